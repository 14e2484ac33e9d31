"""A compact copy says the same as the WAV it was made from, and nothing but sound comes back from who makes it."""

import pytest
from structlog.testing import capture_logs

from bot.audio import refusals
from bot.audio.exchange import MAX_COPY_BYTES, NoAnswer, copied_bytes_in
from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.reading import read_here

LOUD_THEN_QUIET = waves.tone(6, rate=48_000).reshape(2, -1) * [[1.0], [0.1]]


@pytest.mark.parametrize(
    "wav",
    [
        waves.integers(LOUD_THEN_QUIET.reshape(-1), bits=24, rate=48_000).bytes(),
        waves.floats(LOUD_THEN_QUIET.reshape(-1, 1).repeat(3, axis=1), rate=48_000).bytes(),
        waves.encoded(LOUD_THEN_QUIET.reshape(-1), "pcm_alaw", rate=48_000),
    ],
    ids=["24 bit", "three channels", "A-law"],
)
async def test_a_copy_is_the_same_sound_in_fewer_bytes(wav: bytes) -> None:
    copy = await AudioReader().compact(wav)

    report = read_here(copy)
    assert (report.seconds, report.sample_rate, report.channels) == (6.0, 16_000, 1)
    first, second = (waves.integers(half, rate=48_000).bytes() for half in LOUD_THEN_QUIET)
    sound = copy[44:]
    assert len(sound) == 6 * 16_000 * 2
    for half, like in ((sound[: len(sound) // 2], first), (sound[len(sound) // 2 :], second)):
        assert read_here(waves.Wav(sound=half).bytes()).peak == pytest.approx(read_here(like).peak, abs=0.5)


async def test_the_longest_sample_has_a_copy_within_its_bound() -> None:
    wav = waves.integers(waves.tone(refusals.MAX_SAMPLE_SECONDS, rate=8_000), bits=8, rate=8_000).bytes()

    assert len(await AudioReader().compact(wav)) == 44 + MAX_COPY_BYTES


async def test_what_cannot_be_a_sample_has_no_copy() -> None:
    with pytest.raises(refusals.TooShort):
        await AudioReader().compact(waves.integers(waves.tone(2.9)).bytes())
    with pytest.raises(refusals.NotAWav):
        await AudioReader().compact(waves.mp3(waves.tone(4)))


async def test_a_copy_that_breaks_off_is_none() -> None:
    reader = AudioReader(compact_worker="tests.audio.misbehaving_worker")
    with capture_logs() as logs, pytest.raises(refusals.Undecodable):
        await reader.compact(b"RIFF\0\0\0\0WAVE" + b'{"copied": 4}')

    assert [entry["event"] for entry in logs] == ["audio worker gave no answer"]


@pytest.mark.parametrize("size", ["0", "-2", "7", f"{MAX_COPY_BYTES + 2}", "true", "2.0", "null"])
def test_a_size_that_no_copy_has_is_not_believed(size: str) -> None:
    with pytest.raises(NoAnswer):
        copied_bytes_in(f'{{"copied": {size}}}'.encode())
