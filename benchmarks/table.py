"""Writes lines as a table: for a terminal, as JSON, and into `docs/performance.md`."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Line

BEGIN, END = "<!-- script/bench --write: begin -->", "<!-- script/bench --write: end -->"
HEADINGS = ("what", "floor", "obvious bot", "Mynah", "× obvious", "goal", "met")


def as_markdown(lines: Sequence[Line], remarks: Sequence[str]) -> str:
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *map(_cells, lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([table, "", *(f"- {remark}" for remark in remarks)])


def as_text(lines: Sequence[Line], remarks: Sequence[str]) -> str:
    rows = [HEADINGS, *map(_cells, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{line.what}: {line.note}" for line in lines if line.note]
    return "\n".join([*table, "", *notes, "", *remarks])


def as_json(lines: Sequence[Line], remarks: Sequence[str]) -> str:
    made: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lines": [line.as_json() for line in lines],
        "remarks": list(remarks),
    }
    return json.dumps(made, indent=2, ensure_ascii=False)


def write_into(page: Path, markdown: str) -> None:
    """Put the table between the two marks of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{markdown}\n{END}{after}")


def machine() -> str:
    """Say when and on what this was measured."""
    day = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    load = os.getloadavg()[0]
    return f"{day}, Python {platform.python_version()}, {os.cpu_count()} cores, load at the end {load:.1f}"


def _cells(line: Line) -> tuple[str, ...]:
    met = {True: "yes", False: "**no**", None: ""}[line.is_met]
    return (
        f"{line.what}, {line.unit}" if line.unit else line.what,
        line.floor.shown if line.floor else "-",
        line.obvious.shown if line.obvious else "-",
        line.mynah.shown,
        f"{line.ratio:.2f}" if line.ratio is not None else "",
        line.goal,
        met,
    )
