"""The figures of the report agree with signals whose figures follow from arithmetic, and tips fit the figures."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest

from bot.audio.confined.sound.measuring import measure
from bot.audio.confined.sound.opening import open_recording
from bot.models.samples import SampleReport
from tests.audio import waves
from tests.audio.reading import read_here


def report_on(signal: waves.Signal, *, rate: int = 48_000) -> SampleReport:
    return read_here(waves.floats(signal, rate=rate).bytes())


def speech_like(seconds: float, *, rate: int = 48_000, level: float = -20) -> waves.Signal:
    """Return noise in four syllables a second, with a pause after every two seconds. It deserves no tip."""
    moments = np.arange(round(seconds * rate)) / rate
    syllables = np.abs(np.sin(2 * np.pi * 2 * moments)) * (moments % 2.5 < 2)
    return waves.noise(seconds, rate=rate, level=level) * syllables


def with_a_gap(rate: int) -> waves.Signal:
    """Return 20 seconds, of which the middle 12 are silent."""
    return np.concatenate((speech_like(4, rate=rate), waves.silence(12, rate=rate), speech_like(4, rate=rate)))


@pytest.mark.parametrize(("level", "loudness"), [(0, -3.01), (-20, -23.01), (-40, -43.01)])
def test_loudness_is_that_of_the_standard(level: float, loudness: float) -> None:
    """ITU-R BS.1770-5: a sine of 997 Hz at full scale in one channel reads -3.01 LUFS."""
    assert report_on(waves.tone(10, rate=48_000, level=level)).loudness == pytest.approx(loudness, abs=0.05)


def test_channels_are_as_loud_as_their_mix_and_pauses_are_gated_out() -> None:
    tone = waves.tone(10, rate=48_000, level=-20)
    assert report_on(np.stack((tone, tone), axis=1)).loudness == pytest.approx(-23.01, abs=0.05)

    with_pauses = np.concatenate((tone, waves.silence(10, rate=48_000)))
    assert report_on(with_pauses).loudness == pytest.approx(-23.01, abs=0.15)


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
@pytest.mark.parametrize("hertz", [60, 400, 3_000])
def test_high_notes_are_louder_and_rumble_is_quieter_at_every_rate(rate: int, hertz: int) -> None:
    """FFmpeg's own filter for the same standard agrees."""
    tone = waves.tone(5, rate=rate, hertz=hertz, level=-20)

    assert report_on(tone, rate=rate).loudness == pytest.approx(_by_ffmpeg(tone, rate=rate), abs=0.05)


def _by_ffmpeg(mono: waves.Signal, *, rate: int) -> float:
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_abuffer(sample_rate=rate, format="dbl", layout="mono", time_base=Fraction(1, rate)),
        graph.add("ebur128", "metadata=1:framelog=quiet"),
        graph.add("abuffersink"),
    ).configure()
    frame = av.AudioFrame.from_ndarray(mono.reshape(1, -1), "dbl", "mono")
    frame.sample_rate, frame.pts = rate, 0
    graph.push(frame)
    heard = ""
    with suppress(BlockingIOError):
        while True:
            heard = graph.pull().metadata["lavfi.r128.I"]
    return float(heard)


@pytest.mark.parametrize(("offset", "times"), [(0.0, 1), (0.05, 2)])
def test_one_channel_is_decoded_once_where_it_is_kept_as_it_is(offset: float, times: int) -> None:
    recording = open_recording(waves.integers(speech_like(5, rate=16_000) + offset).bytes())
    decoded: list[int] = []

    def frames() -> Iterator[av.AudioFrame]:
        decoded.append(1)
        return recording.frames()

    measure(replace(recording, frames=frames))

    assert len(decoded) == times


@pytest.mark.parametrize("level", [90, 6, 0, -12.5, -40])
def test_the_peak_is_the_highest_sample(level: float) -> None:
    assert report_on(waves.tone(5, rate=48_000, hertz=1_000, level=level)).peak == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize("level", [20, -6, -40, -54])
def test_pauses_are_what_is_quiet_beside_the_speech_however_loud_that_is(level: float) -> None:
    parts = (waves.tone(3, level=level), waves.silence(1), waves.tone(3, level=level - 40), waves.tone(1, level=level))
    assert report_on(np.concatenate(parts), rate=16_000).silence == pytest.approx(0.5, abs=0.005)


def test_a_click_is_not_what_pauses_are_measured_against() -> None:
    signal = speech_like(12, rate=16_000, level=-30)
    signal[80_000:80_400] = 1.0

    assert report_on(signal, rate=16_000).silence < 0.35


def test_a_recording_on_one_channel_is_not_silent() -> None:
    one_sided = np.stack((waves.tone(12), waves.silence(12)), axis=1)

    report = report_on(one_sided, rate=16_000)

    assert report.silence == 0
    assert report.loudness == pytest.approx(-9, abs=0.05)
    assert report.verdicts == ("12 s ✓", "loud enough", "no distortion", "few pauses")
    assert report.tips == ()


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_samples_in_runs_at_full_scale_are_clipped(bits: int) -> None:
    signal = waves.tone(10, level=-6)
    signal[1_000:1_160] = 1
    signal[5_000:5_040] = -1
    signal[9_000:9_002] = 1  # two may be chance

    report = read_here(waves.integers(signal, bits=bits).bytes())

    assert report.clipped * len(signal) == pytest.approx(200)


def test_runs_are_seen_across_the_pieces_that_sound_is_read_in() -> None:
    signal = waves.tone(10, level=-6)
    signal[20_000:120_000] = 1

    assert read_here(waves.integers(signal).bytes()).clipped * len(signal) == pytest.approx(100_000)


def test_a_float_beyond_full_scale_is_not_clipped_and_one_that_was_cut_off_before_is() -> None:
    loud = speech_like(12, rate=16_000, level=0)

    assert report_on(loud * 3, rate=16_000).clipped == 0
    assert report_on(np.clip(loud, -1, 1 - 2**-15), rate=16_000).clipped > 0.01


def test_the_clipped_share_is_at_most_all_of_it() -> None:
    """A single bit has only two values, so every sample is at an extreme."""
    assert read_here(waves.integers(waves.tone(10, level=-6), bits=1).bytes()).clipped == 1


def test_clipping_is_the_share_that_arithmetic_says() -> None:
    """A sine at twice full scale is beyond full scale for two thirds of the time: arcsin(1/2) is a third of 90°."""
    loud = waves.tone(10, rate=48_000, hertz=101, level=20 * np.log10(2))

    assert read_here(waves.integers(loud, rate=48_000).bytes()).clipped == pytest.approx(2 / 3, abs=0.005)


def test_a_full_scale_sine_is_not_clipped() -> None:
    assert read_here(waves.integers(waves.tone(10, level=0)).bytes()).clipped == 0


def test_nan_counts_as_silence() -> None:
    signal = waves.tone(10)
    signal[::7] = np.nan
    signal[16_000:64_000] = np.inf

    report = read_here(waves.floats(signal).bytes())

    assert report.silence == pytest.approx(0.3, abs=0.005)
    assert report.peak == pytest.approx(-6, abs=0.01)


@pytest.mark.parametrize(("seconds", "level"), [(10, -22), (10, -18), (10, -14), (30, -18), (120, -18)])
def test_a_good_sample_gets_no_tips(seconds: float, level: float) -> None:
    mono = speech_like(seconds, rate=16_000, level=level)
    assert report_on(mono, rate=16_000).tips == ()

    room = mono[:, np.newaxis] + 0.5 * waves.noise(2 * seconds, level=level).reshape(-1, 2)
    assert report_on(room, rate=16_000).tips == ()


@pytest.mark.parametrize(
    ("signal", "tip"),
    [
        (lambda: speech_like(9.9), "This is short: 10 to 30 seconds"),
        (lambda: np.clip(speech_like(12, level=0), -1, 1), "The loudest parts are cut off"),
        (lambda: speech_like(12, level=-27), "This is a bit quiet"),
        (lambda: speech_like(12, level=-38), "This is very quiet"),
        (lambda: with_a_gap(48_000), "More than half of this is pauses"),
        (lambda: speech_like(12) + 0.05, "The signal has a constant offset"),
        (lambda: waves.noise(24, rate=48_000).reshape(-1, 2), "Left and right differ a lot"),
        (lambda: speech_like(12)[:, np.newaxis] * [1, -1], "Left and right cancel each other out"),
    ],
)
def test_each_thing_that_hurts_a_voice_gets_its_tip(signal: Callable[[], waves.Signal], tip: str) -> None:
    (only,) = report_on(signal()).tips

    assert only.startswith(tip)


@pytest.mark.parametrize(
    ("signal", "verdicts"),
    [
        (lambda: speech_like(12, rate=16_000), ("12 s ✓", "loud enough", "no distortion", "few pauses")),
        (
            lambda: speech_like(5.9, rate=16_000, level=-27),
            ("5 s, short", "a bit quiet", "no distortion", "few pauses"),
        ),
        (lambda: speech_like(60, rate=16_000, level=-45), ("1 min 0 s ✓", "very quiet", "no distortion", "few pauses")),
        (lambda: waves.tone(125, level=9).clip(-1, 1), ("2 min 5 s, long", "loud enough", "distorted", "few pauses")),
        (
            lambda: with_a_gap(16_000),
            ("20 s ✓", "loud enough", "no distortion", "mostly pauses"),
        ),
    ],
)
def test_a_sample_is_judged_in_plain_words(signal: Callable[[], waves.Signal], verdicts: tuple[str, ...]) -> None:
    assert report_on(signal(), rate=16_000).verdicts == verdicts


@pytest.mark.parametrize("level", [-27, -32])
def test_quiet_speech_is_called_quiet_and_not_silent(level: float) -> None:
    """A good 16-bit recording made from too far away: peaks of about -14 dBFS, and nothing cut off."""
    report = read_here(waves.integers(speech_like(12, rate=16_000, level=level)).bytes())

    assert -36 < report.loudness < -27
    assert report.silence < 0.35
    assert any("quiet" in tip for tip in report.tips)


def test_more_than_two_minutes_get_their_tip() -> None:
    (only,) = report_on(speech_like(121, rate=16_000), rate=16_000).tips

    assert only.startswith("More than two minutes add nothing")


def test_telephone_quality_gets_its_tip() -> None:
    (only,) = report_on(speech_like(12, rate=8_000), rate=8_000).tips

    assert only.startswith("8,000 Hz is telephone quality")
