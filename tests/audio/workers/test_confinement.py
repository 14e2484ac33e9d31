"""A worker that a hostile file has taken over can compute and answer, and nothing else."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.audio.confined.system_calls import ALLOW, ARCHITECTURES, KILL, REFUSE, program, why_unfiltered
from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.reading import read_and_judged_here, read_here
from tests.audio.workers.attacks import ATTACKS
from tests.audio.workers.forked import confine_without_filter, start_without_settings
from tests.audio.workers.processes import linux
from tests.stories.bots.forking import CONTEXT, until_ended


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
bot = Bot(os.getpid(), ctypes.addressof(secret), *[None] * 4)
if os.fork() == 0:
    become_an_ordinary_user()  # dumpable again: as after starting another program
    print(outcome(ATTACKS["read its memory"], bot), outcome(ATTACKS["trace it"], bot), flush=True)
    os._exit(0)
os.wait()
"""
    tried = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)

    assert tried.stdout == b"EPERM EPERM\n"


async def told_by(work: Callable[[Path], None], folder: Path) -> list[str]:
    """Return the lines that a fork writes."""
    process = CONTEXT.Process(target=work, args=(folder,))
    process.start()
    assert await until_ended(process) == 0
    return (folder / "told").read_text().splitlines()


@linux
async def test_the_bot_closes_its_memory_before_it_reads_its_keys(tmp_path: Path) -> None:
    told = await told_by(start_without_settings, tmp_path)

    assert told == ["2 dumpable: 1, then 0"]  # 2: no settings


async def test_every_coding_is_read_and_copied_under_the_filter(reader: AudioReader) -> None:
    for name, wav in codings():
        assert await reader.read_sample(wav) == read_and_judged_here(wav), name
        assert read_here(await reader.compact(wav)).sample_rate == 16_000, name


@linux
async def test_a_system_without_the_filter_is_told_and_has_the_limits(tmp_path: Path) -> None:
    told, refused = await told_by(confine_without_filter, tmp_path)

    assert told.startswith("are read in processes with limits, but without a system call filter: there is none for")
    assert refused == "Too many open files"


def verdict(code: bytes, architecture: int, number: int, *arguments: int) -> int:
    """Return what the kernel does with a call, according to the filter."""
    call = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
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


# By hand from the kernel's tables, so that no change of the filter's own list goes unnoticed: read, write, mmap,
# mprotect, munmap, brk, rt_sigprocmask, rt_sigreturn, sched_yield, mremap, madvise, exit, gettimeofday, futex,
# restart_syscall, clock_gettime, exit_group, getrandom.
CALLS = {
    "x86_64": (0, 1, 9, 10, 11, 12, 14, 15, 24, 25, 28, 60, 96, 202, 219, 228, 231, 318),
    "aarch64": (63, 64, 222, 226, 215, 214, 135, 139, 124, 216, 233, 93, 169, 98, 128, 113, 94, 278),
}
READABLE, EXECUTABLE, NO_FILE = 3, 4, 2**64 - 1


@pytest.mark.parametrize("machine", CALLS)
def test_the_filter_allows_a_few_calls_and_these_only_as_decoding_makes_them(machine: str) -> None:
    architecture = ARCHITECTURES[machine]
    code, own = program(architecture), architecture.audit_number
    read, write, mmap, mprotect, *others = CALLS[machine]

    def allowed(number: int, *arguments: int) -> bool:
        said = verdict(code, own, number, *arguments)
        assert said in {ALLOW, REFUSE}
        return said == ALLOW

    assert [number for number in range(600) if allowed(number)] == sorted({read, mprotect, *others})
    assert [file for file in (*range(9), 2**31, 2**32 - 1) if allowed(read, file)] == [0]
    assert [file for file in (*range(9), 2**31, 2**32 - 1) if allowed(write, file)] == [1, 2]
    for file in (NO_FILE, 2**32 - 1):
        assert allowed(mmap, 0, 4096, READABLE, 0x22, file)
        assert not allowed(mmap, 0, 4096, READABLE | EXECUTABLE, 0x22, file)
    for file in (0, 1, 2, 3):
        assert not allowed(mmap, 0, 4096, READABLE, 1, file)
    assert allowed(mprotect, 0, 4096, READABLE)
    assert not allowed(mprotect, 0, 4096, READABLE | EXECUTABLE)
    for number in range(600):
        assert verdict(code, own ^ 1, number) == KILL  # another architecture, whose numbers mean something else
        assert verdict(code, own, number | 0x4000_0000) == KILL
