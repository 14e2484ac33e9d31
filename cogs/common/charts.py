"""Draws small bar charts as PNG. Pillow is imported at the first drawing, since most processes never draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 960, 300  # pixels of one panel; twice what Discord shows, for sharp letters
_MARGIN = 40
_TITLE_SPACE, _DAY_SPACE = 76, 44
_GAP = 0.25  # between two bars, as a share of their distance

_GROUND, _INK, _FAINT = "#2b2d31", "#f2f3f5", "#80848e"
_BAR, _LAST_BAR = "#7c87f7", "#f0b232"


@dataclass(frozen=True, slots=True)
class Series:
    """A count for each day, oldest first."""

    title: str  # in letters of Western Europe, which the font has
    days: Sequence[tuple[str, int]]  # such as ("2026-11-23", 120)

    @property
    def highest(self) -> int:
        return max((count for _, count in self.days), default=0)

    @property
    def in_words(self) -> str:
        """Describe the chart for those who do not see it."""
        days = [day for day, count in self.days if count == self.highest]
        total = sum(count for _, count in self.days)
        peak = f"; most on {days[-1]}: {self.highest:,}" if self.highest else ""
        return f"{self.title}, {self.days[0][0]} to {self.days[-1][0]}: {total:,} in all{peak}."


def bar_charts(several: Sequence[Series]) -> bytes:
    """Draw one panel below the other as a PNG. This takes some ten milliseconds: call it in a thread."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT * len(several)), _GROUND)
    draw = ImageDraw.Draw(image)
    for number, series in enumerate(several):
        _panel(draw, series, top=number * HEIGHT)
    png = BytesIO()
    image.save(png, "PNG", optimize=True)
    return png.getvalue()


def _panel(draw: "ImageDraw", series: Series, *, top: int) -> None:
    from PIL import ImageFont

    large, small = ImageFont.load_default(size=28), ImageFont.load_default(size=22)
    floor, ceiling = top + HEIGHT - _DAY_SPACE, top + _TITLE_SPACE
    right = WIDTH - _MARGIN
    draw.text((_MARGIN, top + 22), series.title, fill=_INK, font=large)
    draw.text((right, top + 26), f"highest day: {series.highest:,}", fill=_FAINT, font=small, anchor="ra")
    distance = (right - _MARGIN) / len(series.days)
    for place, (_, count) in enumerate(series.days):
        left = _MARGIN + (place + _GAP / 2) * distance
        height = (floor - ceiling) * count / (series.highest or 1)
        colour = _LAST_BAR if place == len(series.days) - 1 else _BAR
        if count:  # at least a line, so that a small count can be told from none
            draw.rectangle((left, floor - max(height, 2), left + (1 - _GAP) * distance, floor), fill=colour)
    draw.line((_MARGIN, floor + 1, right, floor + 1), fill=_FAINT, width=2)
    draw.text((_MARGIN, floor + 10), series.days[0][0], fill=_FAINT, font=small)
    draw.text((right, floor + 10), f"{series.days[-1][0]} (today)", fill=_FAINT, font=small, anchor="ra")
