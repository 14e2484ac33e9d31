"""Puts letters in place of other people in a member's export, so that it does not tell who they are."""

import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase
from typing import Any

from bot.services.common.wording import plain
from bot.storage.engine.database import Row

_MENTION = re.compile(r"<@!?([0-9]{1,20})>")
_START = re.compile(r"(?<![^\W_])")  # of a word. An underscore is no letter here: names stand beside them in file names
_GOES_ON = re.compile(r"[^\W_]")

# Columns that end like people's ids and hold something else.
_NOT_PEOPLE = {"guild_id", "channel_id", "message_id", "caption_id", "log_channel_id", "application_id"}


class Others:
    """Gives everybody but one member a letter: “another member A”, the same in all tables."""

    def __init__(self, member_id: int, tables: Mapping[str, Iterable[Row]]) -> None:
        self._member_id = member_id
        self._labels: dict[int, str] = {}
        self._names: dict[str, str] = {}  # the labels by ids and names, these as they are and as sentences write them
        self._lengths: set[int] = set()  # of these; a few, however many people there are
        self._own_names: set[str] = set()  # somebody else may be called the same
        for rows in tables.values():
            for row in rows:
                self._meet(row)
        for name in self._own_names:
            self._names.pop(name, None)
        self._longest_first = sorted(self._lengths, reverse=True)

    def without(self, row: Row) -> dict[str, Any]:
        """Return a row with letters in place of other people, also in free text that names them."""
        hidden = {column: self.hidden(value) for column, value in row.items()}
        about = self._label_of(row.get("about_id"))
        if about is not None and row.get("text"):  # under whatever name: it may stand nowhere else
            hidden["text"] = f"News that names {about}"
        for column, name_column in _people_in(row):
            if (label := self._label_of(row[column])) is not None:
                hidden[column] = label
                if name_column in row:
                    hidden[name_column] = label
        return hidden

    def _meet(self, row: Row) -> None:
        for column, name_column in _people_in(row):
            label, name = self._label_of(row[column]), row.get(name_column)
            if name and label is not None:
                for spelling in (name, plain(name)):
                    self._note(spelling, label)
            elif name and row[column] == self._member_id:
                self._own_names |= {name.casefold(), plain(name).casefold()}

    def _label_of(self, member_id: int | None) -> str | None:
        """Return the label of somebody else; None for the member and for nobody."""
        if not member_id or member_id == self._member_id:
            return None
        if member_id not in self._labels:
            self._labels[member_id] = f"another member {_letters(len(self._labels))}"
            self._note(str(member_id), self._labels[member_id])
        return self._labels[member_id]

    def hidden(self, value: Any) -> Any:
        """Return a text with letters in place of other people, and anything else as it is."""
        if not isinstance(value, str):
            return value
        value = _MENTION.sub(lambda found: self._label_of(int(found[1])) or found[0], value)
        parts, done = list[str](), 0
        for found in _START.finditer(value):
            if found.start() >= done and (known := self._at(value, found.start())) is not None:
                length, label = known
                parts += (value[done : found.start()], label)
                done = found.start() + length
        return "".join(parts) + value[done:]

    def _at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return the length and the label of the longest name or id that begins at `start` and ends with a word."""
        for length in self._longest_first:
            end = start + length
            label = self._names.get(text[start:end].casefold())
            if label is not None and end <= len(text) and not _GOES_ON.match(text, end):
                return length, label
        return None

    def _note(self, spelling: str, label: str) -> None:
        self._names[spelling.casefold()] = label
        self._lengths.add(len(spelling))


def _people_in(row: Row) -> list[tuple[str, str]]:
    """Return the columns that hold somebody's id, each with the one that would hold their name."""
    people: list[tuple[str, str]] = []
    for column in row:
        is_person = column.endswith(("_id", "_by")) and column not in _NOT_PEOPLE and not isinstance(row[column], str)
        if column == "target_id":
            is_person = row.get("audience") == "member"  # otherwise a role
        if is_person:
            people.append((column, f"{column.removesuffix('_id')}_name"))
    return people


def _letters(number: int) -> str:
    """Return A, B, …, Z, A2, B2, …"""
    letter, rounds = ascii_uppercase[number % len(ascii_uppercase)], number // len(ascii_uppercase)
    return letter if not rounds else f"{letter}{rounds + 1}"
