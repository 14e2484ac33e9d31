"""A worker that a hostile file has taken over can compute and answer, and nothing else."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bot.audio.confined.system_calls import (
    ALLOW,
    ARCHITECTURES,
    KILL,
    PROT_EXEC,
    REFUSE,
    Architecture,
    program,
    why_unfiltered,
)
from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.reading import read_and_judged_here, read_here
from tests.audio.workers.attacks import ATTACKS
from tests.audio.workers.processes import linux


def codings() -> Iterator[tuple[str, bytes]]:
    speech = waves.speech(4, rate=22_050)
    for bits in (8, 16, 24, 32):
        yield f"{bits} bit", waves.integers(speech, bits=bits, rate=22_050).bytes()
    yield "big-endian", waves.integers(speech, form=b"RIFX", rate=22_050).bytes()
    yield "32 bit float", waves.floats(speech, rate=22_050).bytes()
    yield "64 bit float", waves.floats(speech, bits=64, rate=22_050).bytes()
    for codec in ("pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_yamaha"):
        yield codec, waves.encoded(speech, codec, rate=22_050)
    any_gsm = waves.noise(1).tobytes()[:65] * 200
    yield "GSM", waves.Wav(sound=any_gsm, tag=waves.GSM, rate=8_000, bits=0, block=65).bytes()
    yield "64 channels", waves.integers(speech.repeat(64).reshape(-1, 64), rate=22_050).bytes()
    yield "20 MB", waves.floats(waves.speech(54.6, rate=48_000), bits=64, rate=48_000).bytes()


def attempted(mode: str) -> dict[str, Any]:
    """Return the outcome of each attack."""
    command = [sys.executable, "-m", "tests.audio.workers.attacks", mode]
    tried = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(map(json.loads, tried.stdout.splitlines()))


@linux
def test_a_worker_reaches_neither_the_bot_nor_its_files() -> None:
    assert why_unfiltered() is None

    outcomes = attempted("confined")

    assert outcomes.pop("files left") == {name: name for name in ("mynah.db", "mynah.db-wal", "other")}
    assert outcomes.pop("secret left") == "key"
    assert outcomes == dict.fromkeys(ATTACKS, "EPERM")


@linux
def test_a_process_that_is_not_confined_reaches_them() -> None:
    """This shows that the attacks are real. Some kernels forbid a process to read another's memory in any case."""
    outcomes = attempted("free")

    assert outcomes["was signalled"]
    assert outcomes["files left"] == {"mynah.db": "other"}


@linux
def test_the_bots_memory_is_closed_to_other_processes_of_its_user() -> None:
    program = """
import ctypes, os
from bot.hosting.memory import keep_memory_private
from tests.audio.workers.attacks import ATTACKS, Bot, become_an_ordinary_user, outcome
become_an_ordinary_user()
keep_memory_private()
secret = ctypes.create_string_buffer(b"key")
bot = Bot(os.getpid(), ctypes.addressof(secret), *[None] * 3)
if os.fork() == 0:
    become_an_ordinary_user()  # dumpable again: as after starting another program
    print(outcome(ATTACKS["read its memory"], bot), outcome(ATTACKS["trace it"], bot), flush=True)
    os._exit(0)
os.wait()
"""
    tried = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)

    assert tried.stdout == b"EPERM EPERM\n"


@linux
def test_the_bot_closes_its_memory_before_it_reads_its_keys(tmp_path: Path) -> None:
    program = """
import ctypes
from bot.__main__ import main
try:
    main()
except SystemExit as ended:
    print(ended.code, "dumpable:", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE
"""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    tried = subprocess.run(
        [sys.executable, "-c", program, "invite"], stdout=subprocess.PIPE, cwd=tmp_path, env=environment, check=True
    )

    assert tried.stdout == b"2 dumpable: 0\n"  # 2: there are no settings


async def test_every_coding_is_read_and_copied_under_the_filter() -> None:
    async with aclosing(AudioReader()) as reader:
        for name, wav in codings():
            assert await reader.read_sample(wav) == read_and_judged_here(wav), name
            assert read_here(await reader.compact(wav)).sample_rate == 16_000, name


@linux
def test_a_system_without_the_filter_is_told_and_has_the_limits(capfd: pytest.CaptureFixture[str]) -> None:
    program = """
from bot.audio.confined import system_calls
from bot.audio.confined.confinement import confine
from bot.hosting.checks import recordings
system_calls.ARCHITECTURES.clear()
print(recordings())
confine(cpu_seconds=10, memory_bytes=2**30)
try:
    open("/etc/passwd")
except OSError as error:
    print(error.strerror)
"""
    subprocess.run([sys.executable, "-c", program], check=True)

    told, refused = capfd.readouterr().out.splitlines()
    assert told.startswith("are read in processes with limits, but without a system call filter: there is none for")
    assert refused == "Too many open files"


def verdict(code: bytes, architecture: int, number: int, third_argument: int = 0) -> int:
    """Return what the kernel does with a call, according to the filter."""
    call = struct.pack("=IIQQQQQQQ", number, architecture, 0, 0, 0, third_argument, 0, 0, 0)
    instructions = list(struct.iter_unpack("=HBBI", code))
    step = accumulator = 0
    while True:
        operation, if_true, if_false, operand = instructions[step]
        step += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", call, operand)
            case 0x06:
                return operand
            case 0x15 | 0x35 | 0x45:
                holds = {
                    0x15: accumulator == operand,
                    0x35: accumulator >= operand,
                    0x45: bool(accumulator & operand),
                }[operation]
                step += if_true if holds else if_false
            case _:
                raise AssertionError(operation)


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_the_filter_allows_only_what_it_lists(architecture: Architecture) -> None:
    code = program(architecture)
    own = architecture.audit_number
    listed = {*architecture.allowed, *architecture.mapping}
    assert len(listed) == 18

    for number in range(600):
        assert verdict(code, own, number) == (ALLOW if number in listed else REFUSE)
        assert verdict(code, own ^ 1, number) == KILL  # another architecture, whose numbers mean something else
        assert verdict(code, own, number | 0x4000_0000) == KILL
    for number in architecture.mapping:
        assert verdict(code, own, number, PROT_EXEC | 1) == REFUSE
        assert verdict(code, own, number, 3) == ALLOW
