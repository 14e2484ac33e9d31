"""Has each test look at no processes but its own: the stories before it share some that stay."""

import pytest

from tests.audio.workers import processes


@pytest.fixture(autouse=True)
def only_own_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "earlier", processes.children())
