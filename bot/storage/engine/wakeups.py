"""Wakes background workers when a transaction has made work for them."""

from collections.abc import Callable, Iterable

from bot.models import Work


class Wakeups:
    """Passes on which kinds of work there are to the workers of this process."""

    def __init__(self) -> None:
        self._callbacks: dict[Work, list[Callable[[], None]]] = {work: [] for work in Work}

    def subscribe(self, work: Work, callback: Callable[[], None]) -> None:
        """Call `callback` whenever there is such work."""
        self._callbacks[work].append(callback)

    def wake(self, works: Iterable[Work]) -> None:
        """Call everybody who has subscribed to one of `works`; the engine does this after a commit."""
        for work in works:
            for callback in self._callbacks[work]:
                callback()
