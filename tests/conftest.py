"""Marks what takes long as slow, so that `script/test --fast` leaves it out.

Slow are the tests that start processes, browsers or servers, and those that search at random for what breaks a rule.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW_FOLDERS = ("fuzz", "page", "stories/hosting")
SLOW_FIXTURES = {"postgres", "process"}  # a database server; `python -m bot`


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_slow(item):
            item.add_marker(pytest.mark.slow)


def is_slow(item: pytest.Item) -> bool:
    return (
        any(item.path.is_relative_to(HERE / folder) for folder in SLOW_FOLDERS)
        or not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    )
