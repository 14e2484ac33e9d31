"""Figures of several runs, and the lines of the table that they fill."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from math import nan
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """What several runs measured; `lagged` of them while the driver itself was late."""

    runs: tuple[float, ...]
    lagged: int = 0

    @property
    def middle(self) -> float:
        return median(self.runs) if self.runs else nan

    @property
    def shown(self) -> str:
        """The median, with the least and the most of several runs."""
        if not self.runs:
            return "not measured"
        spread = f" ({_short(min(self.runs))}-{_short(max(self.runs))})" if len(self.runs) > 1 else ""
        return f"{_short(self.middle)}{spread}{' ⚠' * bool(self.lagged)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table.

    `limit` is what Mynah's figure is held against, in the unit of the line or as a multiple of the obvious bot's.
    """

    what: str
    unit: str
    mynah: Figure
    obvious: Figure | None = None
    floor: Figure | None = None
    limit: float | None = None
    is_ratio: bool = False  # `limit` is a factor of the obvious bot's figure
    at_least: bool = False  # more is better
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Mynah's median as a multiple of the obvious bot's."""
        return self.mynah.middle / self.obvious.middle if self.obvious and self.obvious.middle else None

    @property
    def goal(self) -> str:
        if self.limit is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{' × obvious' if self.is_ratio else ''}"

    @property
    def is_met(self) -> bool | None:
        measured = self.ratio if self.is_ratio else self.mynah.middle
        if self.limit is None or measured is None:
            return None
        return measured >= self.limit if self.at_least else measured <= self.limit

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "goal": self.goal, "is_met": self.is_met}


@dataclass(slots=True)
class Runs:
    """Collects one figure per run."""

    values: list[float] = field(default_factory=list[float])
    lagged: int = 0

    def add(self, value: float, *, lagged: bool = False) -> None:
        self.values.append(value)
        self.lagged += lagged

    @property
    def figure(self) -> Figure:
        return Figure(tuple(self.values), self.lagged)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def milliseconds(seconds: Sequence[float], of: Callable[[Sequence[float]], float] = median) -> float:
    return 1000 * of(seconds)


def _short(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
