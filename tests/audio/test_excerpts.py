"""An excerpt is the part of a recording with the most speech, cut in pauses, and no longer than Fish Audio takes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
import pytest

from bot.audio import refusals
from bot.audio.confined.sound.excerpts import excerpt
from bot.audio.exchange import MAX_EXCERPT_SECONDS, NoAnswer, excerpt_in
from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.processes import MISBEHAVING, asking_to
from tests.audio.reading import read_here

RATE = 16_000


@pytest.fixture
async def reader() -> AsyncGenerator[AudioReader]:
    async with aclosing(AudioReader()) as reader:
        yield reader


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


@pytest.mark.parametrize("seconds", [30.1, 34, 240])
@pytest.mark.parametrize("rate", [8_000, 11_075, RATE])
def test_where_nobody_pauses_it_still_has_its_length(seconds: float, rate: int) -> None:
    part = excerpt(waves.integers(waves.noise(seconds, rate=rate), rate=rate).bytes())

    assert 10 <= len(part.sound) / 2 / rate <= MAX_EXCERPT_SECONDS


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
            await misled.excerpt(asking_to('{"excerpt": 4, "rate": 16000, "whole": true}'))


@pytest.mark.parametrize(
    "answer",
    [
        '{"excerpt": 0, "rate": 16000, "whole": true}',
        '{"excerpt": 960002, "rate": 16000, "whole": true}',
        '{"excerpt": 3, "rate": 16000, "whole": true}',
        '{"excerpt": 2, "rate": 96000, "whole": true}',
        '{"excerpt": 2, "rate": 7999, "whole": true}',
        '{"excerpt": 2, "whole": true}',
        '{"excerpt": 2, "rate": 16000}',
        '{"copied": 2, "rate": 16000, "whole": true}',
    ],
)
def test_an_impossible_excerpt_is_refused(answer: str) -> None:
    with pytest.raises(NoAnswer):
        excerpt_in(answer.encode())
