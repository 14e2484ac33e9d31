"""A compact copy sounds like the WAV of which it was made, and the bot takes nothing but sound from the worker."""

from contextlib import aclosing

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.audio import refusals
from bot.audio.exchange import MAX_COPY_BYTES, NoAnswer, copied_bytes_in
from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.reading import read_here
from tests.audio.workers.processes import MISBEHAVING, asking_to

LOUD_THEN_QUIET = waves.tone(6, rate=48_000).reshape(2, -1) * [[1.0], [0.1]]


async def test_a_copy_is_the_same_sound_in_fewer_bytes(reader: AudioReader) -> None:
    for wav in (
        waves.integers(LOUD_THEN_QUIET.reshape(-1), bits=24, rate=48_000).bytes(),
        waves.floats(LOUD_THEN_QUIET.reshape(-1, 1).repeat(3, axis=1), rate=48_000).bytes(),
        waves.encoded(LOUD_THEN_QUIET.reshape(-1), "pcm_alaw", rate=48_000),
    ):
        copy = await reader.compact(wav)

        report = read_here(copy)
        assert (report.seconds, report.sample_rate, report.channels) == (6.0, 16_000, 1)
        sound = np.frombuffer(copy[44:], "<i2").reshape(2, -1) / 2**15
        assert np.abs(sound).max(axis=1) == pytest.approx(np.abs(LOUD_THEN_QUIET).max(axis=1), rel=0.06)


async def test_the_longest_sample_has_a_copy_within_its_bound(reader: AudioReader) -> None:
    wav = waves.integers(waves.tone(refusals.MAX_SAMPLE_SECONDS, rate=8_000), bits=8, rate=8_000).bytes()

    assert len(await reader.compact(wav)) == 44 + MAX_COPY_BYTES


async def test_what_cannot_be_a_sample_has_no_copy(reader: AudioReader) -> None:
    with pytest.raises(refusals.TooShort):
        await reader.compact(waves.integers(waves.tone(2.9)).bytes())
    with pytest.raises(refusals.NotUsable):
        await reader.compact(b"\x89PNG\r\n\x1a\n")


async def test_incomplete_copies_are_refused() -> None:
    async with aclosing(AudioReader(worker=MISBEHAVING)) as misled:
        with capture_logs() as logs, pytest.raises(refusals.Undecodable):
            await misled.compact(asking_to('{"copied": 4}'))

    assert [entry["event"] for entry in logs] == ["audio worker gave no answer"]


@pytest.mark.parametrize("size", ["0", "-2", "7", f"{MAX_COPY_BYTES + 2}", "true", "2.0", "null"])
def test_an_impossible_size_of_a_copy_is_refused(size: str) -> None:
    with pytest.raises(NoAnswer):
        copied_bytes_in(f'{{"copied": {size}}}'.encode())
