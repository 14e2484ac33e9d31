"""Writes the story in two columns, who and what, so that it can also be read in a file."""

import os
import shutil
import textwrap
from collections.abc import Iterable
from enum import StrEnum
from typing import TextIO

from sandbox.demo.markdown import Line

_WIDEST = 100  # columns: longer lines are hard to read
_NARROWEST = 40
_USUAL = 80  # if the output goes into a pipe, since it may still be read in a terminal
_MARGIN = 2
_NAME_WIDTH = 12


class Style(StrEnum):
    """ANSI colours by what they mean here."""

    HEADING = "1"
    ASIDE = "2"
    TROUBLE = "31"
    ANN = "36"
    BEN = "33"
    MYNAH = "32"
    FISH_AUDIO = "35"


_NAMES = {"Ann": Style.ANN, "Ben": Style.BEN, "Mynah": Style.MYNAH, "Fish Audio": Style.FISH_AUDIO}


class Screen:
    """Writes line by line; the one line that grows is opened with `begins` and closed with `ends`."""

    def __init__(self, output: TextIO, *, columns: int, colourful: bool) -> None:
        self._output = output
        self._columns = max(_NARROWEST, min(columns, _WIDEST))
        self._colourful = colourful
        self._line_is_open = False

    @classmethod
    def on(cls, output: TextIO) -> "Screen":
        """Return a screen as wide as the terminal; colourful in a terminal, unless NO_COLOR is set."""
        watched = output.isatty() and os.environ.get("TERM") != "dumb"
        columns = shutil.get_terminal_size((_USUAL, 24)).columns
        return cls(output, columns=columns, colourful=watched and not os.environ.get("NO_COLOR"))

    def heading(self, text: str) -> None:
        self._write(f"\n{self._styled(text, Style.HEADING)}\n\n")

    def paragraph(self, text: str, style: Style | None = None) -> None:
        for line in textwrap.wrap(_printable(text), self._columns - _MARGIN):
            self._write(" " * _MARGIN + self._styled(line, style) + "\n")

    def gap(self) -> None:
        self._write("\n")

    def trouble(self, text: str) -> None:
        self.gap()
        self.paragraph(text, Style.TROUBLE)

    def verbatim(self, text: str) -> None:
        """Write lines that must not be broken, such as paths."""
        for line in text.splitlines():
            self._write(f"{' ' * _MARGIN}{_printable(line)}\n")

    def says(self, name: str, lines: Iterable[Line]) -> None:
        """Write what somebody does or says, beside their name."""
        for line in lines:
            self._beside(name, line)
            name = ""

    def begins(self, name: str, text: str) -> None:
        """Begin a line that grows; anything else that is written closes it first."""
        self._close_line()
        self._put(self._margin(name) + _printable(text))
        self._line_is_open = True

    def grows(self, text: str) -> None:
        if self._line_is_open:
            self._put(text)

    def ends(self, text: str) -> None:
        if self._line_is_open:
            self._put(text)
            self._close_line()

    def _beside(self, name: str, line: Line) -> None:
        width = self._columns - _MARGIN - _NAME_WIDTH - len(line.mark)
        style = Style.ASIDE if line.is_small else None
        pieces = textwrap.wrap(_printable(line.text), width, break_on_hyphens=False) or [""]
        for index, piece in enumerate(pieces):
            mark = line.mark if index == 0 or line.mark.startswith("│") else " " * len(line.mark)
            self._write((self._margin(name) + mark + self._styled(piece, style)).rstrip() + "\n")
            name = ""

    def _margin(self, name: str) -> str:
        return " " * _MARGIN + self._styled(name, _NAMES.get(name)) + " " * (_NAME_WIDTH - len(name))

    def _styled(self, text: str, style: Style | None) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colourful and style and text else text

    def _write(self, text: str) -> None:
        self._close_line()
        self._put(text)

    def _close_line(self) -> None:
        if self._line_is_open:
            self._line_is_open = False
            self._put("\n")

    def _put(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()  # the story is told as it happens, also into a pipe


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
