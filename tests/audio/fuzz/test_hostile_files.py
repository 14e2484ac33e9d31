"""Hostile files in FFmpeg's containers neither crash nor hang their worker, nor do they reach anything else."""

import asyncio
import socket
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.audio.reader import AudioReader
from bot.audio.refusals import NotReadInTime, SampleRefused
from tests.audio import waves
from tests.audio.fuzz.hostile import corpus, leading
from tests.audio.reading import read_here

CANARY_SECONDS = 7.5  # no hostile file holds so much sound of its own

# FFmpeg is out of memory, or says so where something is too many; the worker ends at once.
TOO_MUCH = {"MP4: 2,000 tracks", "MP4: 4 billion table entries", "Ogg: 2,000 streams"}
HARMLESS = {
    "MP4: no duration",
    "Ogg: one behind the other",
    "MP3: a tag of 10 MB",
    "FLAC: metadata of 16 MB",
    "WebM: unknown sizes",
}


async def outcome(reader: AudioReader, data: bytes) -> str | float:
    """Return the seconds of what was read, or the name of the refusal."""
    try:
        report, _ = await reader.read_sample(data)
    except SampleRefused as refusal:
        return type(refusal).__name__
    return report.seconds


async def test_hostile_files_are_read_or_refused_by_workers_that_stay_well(tmp_path: Path) -> None:
    files = corpus("http://127.0.0.1:9/sound.wav", str(tmp_path / "sound.wav"))
    assert len(files) > 90
    with capture_logs() as logs:
        async with aclosing(AudioReader()) as reader:
            outcomes = dict(
                zip(files, await asyncio.gather(*(outcome(reader, data) for data in files.values())), strict=True)
            )

    assert [entry["event"] for entry in logs] == [], "a worker crashed"
    assert {name for name, found in outcomes.items() if found == NotReadInTime.__name__} <= TOO_MUCH
    assert {name: outcomes[name] for name in HARMLESS if not isinstance(outcomes[name], float)} == {}


def test_a_file_that_leads_elsewhere_gets_nothing_from_there_even_where_nothing_is_confined(tmp_path: Path) -> None:
    canary = tmp_path / "sound.m4a"
    canary.write_bytes(waves.other_format(waves.speech(CANARY_SECONDS, rate=48_000), "aac", "ipod"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/sound.m4a"
        files = leading(address, str(canary))
        files = {name: data for name, data in files.items() if address.encode() in data or bytes(canary) in data}
        assert len(files) > 15
        for name, data in files.items():
            with suppress(SampleRefused):
                assert read_here(data).seconds < CANARY_SECONDS - 1, name
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has connected
            server.accept()
