"""The benchmark itself: its figures, its table, and one row in the smallest size."""

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import bots
from benchmarks.__main__ import PAGE, measure
from benchmarks.bots import MYNAH, Program, start_process
from benchmarks.figures import Figure, Line, quantile
from benchmarks.sounds import ReadyMade, texts, without_tags
from benchmarks.table import BEGIN, END, as_json, as_markdown, as_text, write_into
from bot.audio.mp3.tags import tag_mp3
from tests.stories.bots.forking import ForkedBot, fork_bot

SAY = Line(
    what="`/say`",
    unit="ms",
    floor=Figure((7.0, 8.0, 9.0)),
    obvious=Figure((10.0, 12.0, 11.0)),
    mynah=Figure((20.0, 22.0, 90.0), lagged=1),
    limit=1.5,
    is_ratio=True,
)


def test_a_goal_beside_the_obvious_bot_is_a_ratio_of_medians() -> None:
    assert SAY.ratio == 2.0
    assert SAY.is_met is False
    assert "| `/say`, ms | 8 (7-9) | 11 (10-12) | 22 (20-90) ⚠ | 2.00 | ≤ 1.5 × obvious | **no** |" in as_markdown(
        [SAY], []
    )


@pytest.mark.parametrize(("limit", "at_least", "is_met"), [(5, False, True), (4, False, False), (6, True, False)])
def test_a_goal_of_its_own_is_held_against_the_median(limit: float, at_least: bool, is_met: bool) -> None:
    line = Line(what="", unit="", mynah=Figure((4, 5, 9)), limit=limit, at_least=at_least)
    assert line.is_met is is_met


def test_the_99th_percentile_of_a_hundred_is_the_slowest_but_none() -> None:
    assert quantile(list(range(100)), 0.99) == 99
    assert quantile([3], 0.99) == 3


def test_the_table_goes_between_the_marks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_into(page, as_markdown([SAY], ["a remark"]))
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n| what | floor |")
    assert text.endswith(f"- a remark\n{END}\nafter\n")
    assert "old" not in text


def test_the_documented_page_has_the_marks() -> None:
    text = PAGE.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)


def test_each_text_has_a_sound_of_its_own_that_is_found_behind_tags() -> None:
    sounds, several = ReadyMade(0.0), texts()
    first, second = sounds.of(next(several)), sounds.of(next(several))
    assert first != second
    tagged = tag_mp3(first, title="A", artist="B", comment="C", mark="D")
    assert tagged != first
    assert without_tags(tagged) == first == without_tags(first)


@pytest.fixture
def forks_mynah(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork Mynah, and start the other programs as the benchmark does: Mynah with a probe is one of them."""

    async def start(program: Program, environment: Mapping[str, str], folder: Path) -> Process | ForkedBot:
        if program != MYNAH:
            return await start_process(program, environment, folder)
        process = fork_bot((), environment=environment, folder=folder, output=folder / "bot.log")
        return ForkedBot(process, asyncio.StreamReader())

    monkeypatch.setattr(bots, "start_process", start)


@pytest.mark.slow
@pytest.mark.usefixtures("forks_mynah")
async def test_a_row_is_measured() -> None:
    lines, _ = await measure(["statements", "requests", "imitation"], "smallest")
    [blocks, statements, requests, *imitation] = lines
    assert blocks.mynah.middle == 3
    assert statements.mynah.middle > 3
    assert requests.is_met
    asked, sent = imitation[::3], [line.mynah.middle for line in imitation[1::3]]
    assert [line.mynah.middle for line in asked] == [2, 1, 1]  # the first sample is written down before
    assert sent[0] > 2_000 > sent[1] > 1_000  # kB
    assert sent[2] < 1
    assert "requests to Discord" in as_text(lines, [])
    assert json.loads(as_json(lines, []))["lines"][0]["is_met"] is True
