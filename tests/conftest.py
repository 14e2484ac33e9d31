"""Marks slow tests, so that `script/test --fast` leaves them out.

These are the tests that start processes, browsers or servers, those that compute minutes of sound, those of the
stand-ins, those that search for inputs that break a rule, and stories that take more than 0.15 s of processor time.
The last are marked one by one. Tests marked `lasting` begin first.
"""

import asyncio
import gc
import os
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path

import pytest
import uvloop

pytest_plugins = ("tests.databases.fixtures", "tests.fish_audio.fixtures", "tests.sandbox.fixtures")

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded: several processes share the cores already

gc.disable()  # until all tests are collected: nothing that is loaded for them is garbage

HERE = Path(__file__).parent
SLOW_PLACES = (
    *("page", "stories/hosting", "project"),
    *("audio", "sandbox", "contracts/test_contracts.py", "contracts/test_plans.py"),
    "services/text/test_worst_inputs.py",
)
SLOW_FIXTURES = {"postgres", "process"}  # a database server; `python -m bot`


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test on the event loop on which the bot runs."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_slow(item):
            item.add_marker(pytest.mark.slow)
    items.sort(key=_begins_later)  # a test that waits long, and runs alone at the end, leaves a processor idle


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import nothing of what the fast loop leaves out."""
    is_left_out = config.option.markexpr == "not slow" and _is_in_slow_place(collection_path)
    return is_left_out or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect garbage from now on, but without looking through all the tests again and again."""
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def _begins_later(item: pytest.Item) -> bool:
    return item.get_closest_marker("lasting") is None


def is_slow(item: pytest.Item) -> bool:
    return (
        _is_in_slow_place(item.path)
        or not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    )


@cache
def _is_in_slow_place(file: Path) -> bool:
    return any(file.is_relative_to(HERE / place) for place in SLOW_PLACES)
