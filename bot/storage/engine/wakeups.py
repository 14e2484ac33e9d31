"""Wakes background workers when a transaction has made work for them."""

from collections.abc import Callable, Iterable

from bot.models.common import Work


class Wakeups:
    def __init__(self) -> None:
        self._callbacks: dict[Work, list[Callable[[], None]]] = {work: [] for work in Work}

    def subscribe(self, work: Work, callback: Callable[[], None]) -> None:
        """Call `callback` each time there is work of this kind."""
        self._callbacks[work].append(callback)

    def wake(self, works: Iterable[Work]) -> None:
        """Call the subscribers of these kinds of work; the engine does this after a commit."""
        for work in works:
            for callback in self._callbacks[work]:
                callback()
