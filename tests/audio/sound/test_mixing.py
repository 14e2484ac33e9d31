"""All channels become one without a loss of sound, in 16 bits."""

from itertools import count

import numpy as np
import pytest

from bot.audio.reader import AudioReader
from bot.models.samples import SampleReport
from tests.audio import waves
from tests.audio.reading import kept_here, read_here
from tests.audio.sound.test_measuring import speech_like

SPEECH = speech_like(6, rate=16_000)
PLAIN = waves.integers(SPEECH)


def sound_of(kept: bytes) -> waves.Signal:
    assert kept[:44] == waves.integers(SPEECH[: (len(kept) - 44) // 2]).bytes()[:44]  # at 16 kHz, without any extras
    return np.frombuffer(kept[44:], "<i2") / 2**15


def power(signal: waves.Signal) -> float:
    """Return the power in dB."""
    return float(10 * np.log10(np.mean(signal**2)))


def side_by_side(*channels: waves.Signal) -> waves.Signal:
    return np.stack(channels, axis=1)


@pytest.mark.parametrize(
    "wav",
    [
        PLAIN,
        PLAIN.but(extra=b"\0\0"),
        PLAIN.but(before=waves.chunk(b"LIST", b"INFO"), after=waves.chunk(b"JUNK", b"odd")),
        waves.integers(SPEECH.repeat(2), rate=32_000),
    ],
    ids=["plain", "18 bytes of format", "other chunks", "32 kHz"],
)
def test_a_plain_wav_is_kept_byte_for_byte(wav: waves.Wav) -> None:
    assert kept_here(wav.bytes()) == wav.bytes()


@pytest.mark.parametrize(
    "file",
    [
        PLAIN.but(block=16).bytes(),
        PLAIN.but(byte_rate=0).bytes(),
        PLAIN.but(sound_size=0xFFFF_FFFF).bytes(),
        PLAIN.but(sound_size=0).bytes(),
        PLAIN.but(riff_size=0).bytes(),
        PLAIN.but(sound_size=len(PLAIN.sound) + 50).bytes(),
        PLAIN.but(before=waves.chunk(b"LIST", b"odd", is_padded=False)).bytes(),
        PLAIN.but(before=waves.chunk(b"fmt ", PLAIN.format())).bytes(),
        waves.id3_tag() + PLAIN.bytes(),
        waves.extensible(PLAIN).bytes(),
        waves.integers(SPEECH, form=b"RIFX").bytes(),
        PLAIN.but(form=b"RF64").bytes(),
        waves.integers(SPEECH, bits=24).bytes(),
        waves.floats(SPEECH).bytes(),
        waves.integers(side_by_side(SPEECH, SPEECH)).bytes(),
    ],
    ids=count(1),  # pytest would make each name of a whole file
)
def test_what_another_reader_may_read_otherwise_is_kept_as_a_plain_wav_of_the_same_sound(file: bytes) -> None:
    kept = kept_here(file)

    assert kept != file
    assert np.abs(sound_of(kept) - SPEECH).max() < 2**-14
    assert kept_here(kept) == kept


def test_a_high_rate_is_brought_down_to_what_fish_audio_recommends() -> None:
    report = read_here(kept_here(waves.integers(waves.tone(4, rate=96_000), bits=24, rate=96_000).bytes()))

    assert (report.sample_rate, report.seconds) == (44_100, pytest.approx(4, abs=0.01))
    assert report.peak == pytest.approx(-6, abs=0.1)


@pytest.mark.parametrize(
    ("channels", "like"),
    [
        (side_by_side(SPEECH, -SPEECH), SPEECH),
        (side_by_side(0.5 * SPEECH, -0.6 * SPEECH), -0.6 * SPEECH),
        (side_by_side(SPEECH, 0 * SPEECH), SPEECH),
        (side_by_side(*[0 * SPEECH] * 31, SPEECH), SPEECH),
        (side_by_side(SPEECH, *(waves.noise(6, level=-70, seed=seed) for seed in range(15))), SPEECH),
        (side_by_side(SPEECH, 0.5 + 0 * SPEECH), SPEECH),
        (side_by_side(SPEECH, SPEECH, -SPEECH, -SPEECH), SPEECH),
        (side_by_side(SPEECH, 0.5 * SPEECH), 0.9 * SPEECH),
    ],
    ids=[
        "opposites",
        "opposites of which one is louder",
        "one of two",
        "one of 32",
        "one among hisses",
        "one beside an offset",
        "two pairs of opposites",
        "one louder than the other",
    ],
)
def test_a_mix_loses_no_speech(channels: waves.Signal, like: waves.Signal) -> None:
    mix = sound_of(kept_here(waves.floats(channels).bytes()))

    assert power(mix - like) < power(like) - 40


def test_two_who_speak_side_by_side_are_both_heard() -> None:
    ann, ben = speech_like(6, rate=16_000), waves.noise(6, seed=7) * (np.arange(96_000) % 8_000 < 4_000)

    mix = sound_of(kept_here(waves.integers(side_by_side(ann, ben)).bytes()))

    for voice in (ann, ben):
        assert np.corrcoef(mix, voice)[0, 1] > 0.5


@pytest.mark.parametrize("level", [3, 9.7, 40, 90, 180])
@pytest.mark.parametrize("bits", [32, 64])
def test_a_float_above_full_scale_is_turned_down_and_not_cut_off(level: float, bits: int) -> None:
    """A program that turns 16-bit integers into floats without scaling them writes a level of 90 dB."""
    loud = SPEECH / np.abs(SPEECH).max() * 10 ** (level / 20)
    file = waves.floats(loud, bits=64 if bits == 64 else 32).bytes()

    report, kept = read_here(file), kept_here(file)

    assert report.peak == pytest.approx(level, abs=0.01)
    assert report.clipped == 0
    assert report.gain == pytest.approx(-1 - level, abs=0.01)
    assert np.abs(sound_of(kept)).max() == pytest.approx(10 ** (-1 / 20), abs=0.001)
    assert np.corrcoef(sound_of(kept), SPEECH)[0, 1] > 0.9999
    assert not any("cut off" in tip for tip in report.tips)


def _is_sound(report: SampleReport) -> bool:
    return report.verdicts[1:] == ("very quiet", "no distortion", "few pauses")


@pytest.mark.parametrize("peak", [-45, -56, -75, -96])
def test_quiet_float_speech_is_made_louder_and_said_to_be_quiet(peak: float) -> None:
    quiet = SPEECH / np.abs(SPEECH).max() * 10 ** (peak / 20)
    file = waves.floats(quiet).bytes()

    report, kept = read_here(file), kept_here(file)

    assert _is_sound(report)
    assert report.peak == pytest.approx(peak, abs=0.01)
    assert report.gain > 10
    assert read_here(kept).loudness > -25
    assert np.corrcoef(sound_of(kept), SPEECH)[0, 1] > 0.9999


def test_quiet_whole_numbers_are_made_louder_too() -> None:
    quiet = waves.integers(SPEECH / np.abs(SPEECH).max() * 10 ** (-56 / 20)).bytes()

    assert _is_sound(read_here(quiet))
    assert read_here(kept_here(quiet)).loudness > -25


@pytest.mark.parametrize("damage", [1e5, -3e9, 3e38, np.nan, -np.inf])
def test_a_single_damaged_float_does_not_silence_the_rest(damage: float) -> None:
    signal = SPEECH.copy()
    signal[40_000] = damage
    file = waves.floats(signal).bytes()

    assert read_here(file).verdicts[1] != "very quiet"
    assert power(sound_of(kept_here(file))) == pytest.approx(power(SPEECH), abs=12)


def test_an_offset_is_not_kept_where_a_copy_is_made() -> None:
    kept = sound_of(kept_here(waves.floats(SPEECH + 0.3).bytes()))

    assert abs(kept.mean()) < 0.001


async def test_the_compact_copy_is_the_kept_sound(reader: AudioReader) -> None:
    file = waves.floats(side_by_side(SPEECH, -SPEECH) * 20).bytes()

    _, kept = await reader.read_sample(file)
    copies = (await reader.compact(file), await reader.compact(kept))

    assert kept == kept_here(file)
    for copy in copies:
        assert np.abs(sound_of(copy) - sound_of(kept)).max() <= 2**-14


def test_nothing_is_kept_above_44_100_hz() -> None:
    kept = kept_here(waves.integers(SPEECH.repeat(3), rate=48_000).bytes())

    assert read_here(kept).sample_rate == 44_100
    assert kept_here(kept) == kept


def test_silence_at_the_edges_is_not_kept_and_pauses_are() -> None:
    quiet = waves.noise(4, level=-70)
    pause = waves.silence(2)
    said = waves.tone(3)

    kept = kept_here(waves.integers(np.concatenate((quiet, said, pause, said, quiet))).bytes())

    assert read_here(kept).seconds == pytest.approx(9, abs=0.05)  # half a second stays at either end
    assert read_here(kept).silence == pytest.approx(3 / 9, abs=0.01)
    assert kept_here(kept) == kept, "what was trimmed once is trimmed"


@pytest.mark.parametrize("place", [0.0, 2.0, 4.0])
def test_trimming_makes_no_sample_too_short(place: float) -> None:
    wav = np.concatenate((waves.silence(place), waves.tone(1.1), waves.silence(4 - place)))

    assert read_here(kept_here(waves.integers(wav).bytes())).seconds == 3.0
