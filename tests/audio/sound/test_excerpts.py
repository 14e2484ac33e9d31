"""An excerpt is the part of a recording with the most speech, cut in pauses, and no longer than Fish Audio takes."""

from collections.abc import Callable
from contextlib import aclosing

import numpy as np
import pytest

from bot.audio import refusals
from bot.audio.confined.sound.excerpts import excerpt, read_best_part
from bot.audio.confined.worker import read_best
from bot.audio.exchange import MAX_EXCERPT_SECONDS, NoAnswer, excerpt_in, reading_in
from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.mp3.mp3s import lasting
from tests.audio.reading import read_and_judged_here, read_here
from tests.audio.workers.processes import MISBEHAVING, asking_to

RATE = 16_000


def spoken(*lengths: float, pause: float = 0.5, rate: int = RATE) -> waves.Signal:
    """Return sentences of so many seconds, each with a pitch of its own and a pause behind it."""
    pieces = [
        np.concatenate([waves.tone(length, rate=rate, hertz=200 + 50 * number), waves.silence(pause, rate=rate)])
        for number, length in enumerate(lengths)
    ]
    return np.concatenate(pieces)


def numbers(sound: bytes) -> waves.Signal:
    return np.frombuffer(sound, "<i2") / 2.0**15


async def test_a_short_sample_is_sent_whole(reader: AudioReader) -> None:
    wav = waves.integers(spoken(5, 5, 5), rate=RATE).bytes()

    assert await reader.excerpt(wav) == (wav, True)


async def test_a_long_one_is_cut_in_pauses_where_there_is_most_speech(reader: AudioReader) -> None:
    mumbled, fluent = spoken(*[1] * 16, pause=2), spoken(*[3.5] * 12)  # 48 seconds each
    wav = waves.integers(np.concatenate([mumbled, fluent, mumbled]), rate=RATE).bytes()

    part, is_whole = await reader.excerpt(wav)

    assert not is_whole
    report = read_here(part)
    assert 20 <= report.seconds <= MAX_EXCERPT_SECONDS
    assert report.silence < 0.2  # as in what is spoken fluently
    sound = numbers(part[44:])
    assert np.abs(np.concatenate([sound[: RATE // 20], sound[-RATE // 20 :]])).max() == 0


async def test_of_several_clips_it_is_the_best_part_of_the_one_with_most_speech(reader: AudioReader) -> None:
    mumbled, short, fluent = spoken(*[1] * 9, pause=2), spoken(4), spoken(*[3.5] * 5)
    clips = [waves.integers(clip, rate=RATE).bytes() for clip in (mumbled, short, fluent)]

    assert await reader.excerpt(*clips) == (clips[2], False)


@pytest.mark.parametrize("seconds", [30.1, 34, 240])
@pytest.mark.parametrize("rate", [8_000, 11_075, RATE])
def test_where_nobody_pauses_it_still_has_its_length(seconds: float, rate: int) -> None:
    part = excerpt(waves.integers(waves.noise(seconds, rate=rate), rate=rate).bytes())

    assert 10 <= len(part.sound) / 2 / rate <= MAX_EXCERPT_SECONDS


def too_long(*, rate: int = RATE) -> waves.Signal:
    """Return 4 min 36 s, of which 48 are spoken fluently, near the end."""
    mumbled, fluent = spoken(*[1] * 16, pause=2, rate=rate), spoken(*[3.5] * 12, rate=rate)
    return np.concatenate([*[mumbled] * 4, fluent, mumbled[: 36 * rate]])


@pytest.mark.parametrize(
    ("file", "quietest"),
    [
        (lambda: waves.integers(too_long(), rate=RATE).bytes(), 0.0),
        (lambda: waves.other_format(too_long(), "libopus", "ogg", rate=RATE), 0.01),
    ],
    ids=["WAV", "voice message"],
)
async def test_what_is_too_long_for_a_sample_has_a_best_part(
    reader: AudioReader, file: Callable[[], bytes], quietest: float
) -> None:
    data = file()

    report, kept = await reader.read_best_part(data)

    assert report.whole_seconds == pytest.approx(276, abs=0.1)
    assert 20 <= report.seconds <= MAX_EXCERPT_SECONDS
    assert report.silence < 0.2  # as in what is spoken fluently
    assert read_here(kept).seconds == pytest.approx(report.seconds, abs=0.01)
    sound, edge = numbers(kept[44:]), read_here(kept).sample_rate // 50
    assert np.abs(np.concatenate([sound[:edge], sound[-edge:]])).max() <= quietest
    with pytest.raises(refusals.TooLong, match="longer than 4 minutes"):
        await reader.read_sample(data)


def test_the_best_part_of_two_channels_is_the_same_sound() -> None:
    sound = too_long(rate=8_000)
    mono = waves.integers(sound, rate=8_000).bytes()
    stereo = waves.integers(np.repeat(sound, 2).reshape(-1, 2), rate=8_000).bytes()

    (one, _), (two, _) = read_best_part(mono), read_best_part(stereo)

    assert one.sound == two.sound
    assert two.figures.likeness == pytest.approx(1)


async def test_what_is_no_longer_than_a_sample_is_read_as_one(reader: AudioReader) -> None:
    wav = waves.integers(waves.speech(15)).bytes()

    assert await reader.read_best_part(wav) == read_and_judged_here(wav)


def test_the_longest_has_a_limit_too() -> None:
    for sound in (
        lasting(901),
        waves.Wav(sound=b"\1" * (900 * 8_000 + 1), rate=8_000, bits=8).bytes(),
    ):
        with pytest.raises(refusals.TooLong, match="longer than 15 minutes"):  # as the bot hears it
            reading_in(read_best(sound))


def test_studio_rates_come_down_to_what_fish_audio_recommends() -> None:
    part = excerpt(waves.integers(spoken(9, 9, 9, 9, rate=96_000), rate=96_000).bytes())

    assert part.sample_rate == 44_100
    assert len(part.sound) <= MAX_EXCERPT_SECONDS * 44_100 * 2
    assert np.abs(numbers(part.sound)).max() == pytest.approx(0.5, abs=0.02)


async def test_what_is_no_kept_sample_has_none(reader: AudioReader) -> None:
    with pytest.raises(refusals.Undecodable):
        await reader.excerpt(waves.integers(waves.tone(4), bits=24).bytes())
    with pytest.raises(refusals.TooShort):
        await reader.excerpt(waves.integers(waves.tone(2)).bytes())
    async with aclosing(AudioReader(worker=MISBEHAVING)) as misled:
        with pytest.raises(refusals.Undecodable):
            await misled.excerpt(asking_to('{"excerpt": 4, "rate": 16000, "whole": true, "spoken": 1}'))


@pytest.mark.parametrize(
    "answer",
    [
        '{"excerpt": 0, "rate": 16000, "whole": true, "spoken": 1}',
        '{"excerpt": 960002, "rate": 16000, "whole": true, "spoken": 1}',
        '{"excerpt": 3, "rate": 16000, "whole": true, "spoken": 1}',
        '{"excerpt": 2, "rate": 96000, "whole": true, "spoken": 1}',
        '{"excerpt": 2, "rate": 7999, "whole": true, "spoken": 1}',
        '{"excerpt": 2, "whole": true, "spoken": 1}',
        '{"excerpt": 2, "rate": 16000, "spoken": 1}',
        '{"excerpt": 2, "rate": 16000, "whole": true}',
        '{"excerpt": 2, "rate": 16000, "whole": true, "spoken": NaN}',
        '{"copied": 2, "rate": 16000, "whole": true, "spoken": 1}',
    ],
)
def test_an_impossible_excerpt_is_refused(answer: str) -> None:
    with pytest.raises(NoAnswer):
        excerpt_in(answer.encode())
