"""`python -m benchmarks [ROW …] [--quick] [--write] [--json FILE]`: measures, and prints one table."""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvloop

from benchmarks.bench import Bench, RowOfTable
from benchmarks.bots import ROOT
from benchmarks.figures import Line
from benchmarks.rows import creating, imitating, interacting, process, saying, sharing, storing, training, waiting
from benchmarks.table import as_json, as_markdown, as_text, machine, write_into
from benchmarks.timing import LagWatch

PAGE = ROOT / "docs/performance.md"
LONGEST_ROW_SECONDS = 240.0  # then the row has failed; on a quiet machine none takes half as long

ROWS: Mapping[str, RowOfTable] = {
    "say": saying.say_overhead,
    "sounds": saying.sounds_per_second,
    "statements": storing.statements,
    "interactions": interacting.acknowledgement,
    "autocomplete": interacting.autocompletion,
    "requests": interacting.requests_per_command,
    "creations": creating.creations,
    "imitation": imitating.imitation,
    "trainings": training.pending_trainings,
    "notice": training.trained_notice,
    "fairness": waiting.fairness,
    "repeated": waiting.repeated_words,
    "processes": sharing.several_processes,
    "start": process.starting,
    "memory": process.memory,
    "database": storing.large_database,
}


async def measure(names: Sequence[str], size: str) -> tuple[list[Line], list[str]]:
    """Measure rows one after the other. Returns their lines and remarks; a row that fails is a remark."""
    lag = LagWatch()
    bench, lines = Bench(size, lag), list[Line]()
    for name in names:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(LONGEST_ROW_SECONDS):
                lines += await ROWS[name](bench)
        except Exception as error:
            if size == "smallest":
                raise
            bench.remarks.append(f"The row `{name}` failed: {type(error).__name__}: {error}")
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    lag.close()
    return lines, bench.remarks


# Rows that say nothing with small figures, or take long however small those are: trainings are asked about once per
# interval, and `processes` starts twenty shards, of which Discord lets a bot start one every five seconds.
NOT_QUICK = ("sounds", "creations", "trainings", "processes", "memory")


def main() -> None:
    arguments = _parser().parse_args()
    size = "quick" if arguments.quick else "whole"
    rows = arguments.rows or [name for name in ROWS if not (arguments.quick and name in NOT_QUICK)]
    lines, remarks = uvloop.run(measure(rows, size))
    remarks.append(f"Measured {machine()}{', with `--quick`' if arguments.quick else ''}.")
    print(as_text(lines, remarks))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(as_json(lines, remarks))
    if arguments.write:
        write_into(PAGE, as_markdown(lines, remarks))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="Measure Mynah beside a floor and an obvious bot, in the sandbox; docs/performance.md explains it.",
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[*ROWS, []], help=f"of: {', '.join(ROWS)}; all")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"one run with small figures, in about a minute; without {', '.join(NOT_QUICK)} unless they are named",
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--json", type=Path, default=Path("data/bench.json"), help="where to write the figures")
    return parser


if __name__ == "__main__":
    main()
