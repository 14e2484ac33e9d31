"""Tables for `str.translate` that fill themselves, so that a text needs no call for each of its characters."""

from collections.abc import Callable

MOST_REMEMBERED = 20_000  # characters; texts full of rare ones must not fill the memory


class Table(dict[int, str | int | None]):
    """A table for `str.translate` whose entries are worked out when they are met."""

    def __init__(self, work_out: Callable[[str], str | None]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, code: int) -> str | int | None:
        character = chr(code)
        becomes = self._work_out(character)
        entry = code if becomes == character else becomes
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[code] = entry
        return entry
