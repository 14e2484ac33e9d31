"""Puts letters in place of other people in a member's export, so that it does not tell who they are."""

import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase
from typing import Any

from bot.storage.engine.database import Row

# Columns that end like people's ids and hold something else.
_NOT_PEOPLE = {"guild_id", "channel_id", "message_id", "caption_id", "log_channel_id", "application_id"}


class Others:
    """Gives everybody but one member a letter: “another member A”, the same in all tables."""

    def __init__(self, member_id: int, tables: Mapping[str, Iterable[Row]]) -> None:
        self._member_id = member_id
        self._labels: dict[int, str] = {}
        self._names: dict[str, str] = {}
        self._own_names: set[str] = set()  # somebody else may be called the same
        for rows in tables.values():
            for row in rows:
                self._meet(row)
        words = sorted((*(self._names.keys() - self._own_names), *map(str, self._labels)), key=len, reverse=True)
        self._known = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)") if words else None

    def without(self, row: Row) -> dict[str, Any]:
        """Return a row with letters in place of other people, also in free text that names them."""
        hidden = {column: self._hidden(value) for column, value in row.items()}
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
                self._names[name] = label
            elif name and row[column] == self._member_id:
                self._own_names.add(name)

    def _label_of(self, member_id: int | None) -> str | None:
        """Return the label of somebody else; None for the member and for nobody."""
        if not member_id or member_id == self._member_id:
            return None
        if member_id not in self._labels:
            self._labels[member_id] = f"another member {_letters(len(self._labels))}"
        return self._labels[member_id]

    def _hidden(self, value: Any) -> Any:
        if self._known is None or not isinstance(value, str):
            return value
        by_id = {str(member_id): label for member_id, label in self._labels.items()}
        return self._known.sub(lambda found: self._names.get(found[0]) or by_id[found[0]], value)


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
