"""Marks the tests that start processes, browsers or servers as slow; `script/test --fast` leaves these out."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW_FOLDERS = ("fuzz", "page", "stories/hosting")
SLOW_FIXTURES = {"postgres", "process"}  # a database server; `python -m bot`


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures: list[str] = getattr(item, "fixturenames", [])
        if SLOW_FIXTURES.intersection(fixtures) or any(item.path.is_relative_to(HERE / each) for each in SLOW_FOLDERS):
            item.add_marker(pytest.mark.slow)
