"""Checks what a person picks from a menu as their client does, and makes an interaction's values from it."""

from collections.abc import Iterable
from typing import Protocol

from sandbox.discord.people.options import TEXT_CHANNEL, OptionReader, Refused
from sandbox.discord.validation.components import CHECKBOX_GROUP, RADIO_GROUP, walk
from sandbox.discord.validation.modals import MOST_TICKS
from sandbox.discord.validation.selects import (
    CHANNEL_SELECT,
    MENTIONABLE_SELECT,
    ROLE_SELECT,
    SELECTS,
    STRING_SELECT,
    USER_SELECT,
    Component,
    bounds,
)
from sandbox.discord.world.model import Channel, Message, Role, Server, User, World
from sandbox.discord.world.shapes import listed

Thing = User | Role | Channel
WITH_OPTIONS = (STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP)


class Named(Protocol):
    """A person, role or channel, in whatever form a test holds it."""

    @property
    def id(self) -> int: ...


Pick = str | Named


def find_menu(message: Message, name: str | None) -> Component:
    """Return the select menu of that custom id or placeholder; without a name, the only one. Raises Refused."""
    menus = [component for component in walk(message.components) if component.get("type") in SELECTS]
    usable = [menu for menu in menus if not menu.get("disabled")]
    found = [menu for menu in usable if name is None or name in (menu["custom_id"], menu.get("placeholder"))]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"“{menu.get('placeholder') or menu['custom_id']}”" for menu in usable) or "none"
    raise Refused(f"Say which menu; there are: {known}.")


def chosen_beforehand(menu: Component) -> list[str]:
    """Return the values that a menu shows as chosen at first."""
    if menu["type"] in WITH_OPTIONS:
        return [option["value"] for option in listed(menu, "options") if option.get("default")]
    return [str(default["id"]) for default in listed(menu, "default_values")]


class Picker:
    """Turns the picks of one person in one channel into values; their ids go into the reader's `resolved`."""

    def __init__(self, world: World, reader: OptionReader, channel: Channel, *, unchecked: bool = False) -> None:
        """Pick in a channel; `unchecked` is a hostile client, which may send anything."""
        self._world = world
        self._reader = reader
        self._channel = channel
        self._unchecked = unchecked

    def values(self, menu: Component, picks: Iterable[Pick]) -> list[str]:
        """Return the values of `picks`, which are values, ids, people, roles or channels. Raises Refused."""
        values = [pick if isinstance(pick, str) else str(pick.id) for pick in picks]
        self._check_count(menu, len(values))
        if menu["type"] in WITH_OPTIONS:
            offered = {option["value"] for option in listed(menu, "options")}
            self._require(set(values) <= offered, "That is not among the choices.")
        else:
            things = self._offered(menu)
            self._require(set(values) <= set(things), "That is not among the choices.")
            self._reader.resolved(*(things[value] for value in values if value in things))
        return values

    def names(self, menu: Component, values: Iterable[str]) -> list[str]:
        """Return the names under which the menu shows `values`, without unknown ones."""
        if menu["type"] in WITH_OPTIONS:
            shown = {option["value"]: str(option["label"]) for option in listed(menu, "options")}
        else:
            shown = {value: thing.name for value, thing in self._offered(menu).items()}
        return [shown[value] for value in values if value in shown]

    def _check_count(self, menu: Component, count: int) -> None:
        all_ticks = len(listed(menu, "options")) if menu["type"] == CHECKBOX_GROUP else 1
        least, most = bounds(menu, min(all_ticks, MOST_TICKS))
        optional = menu.get("required") is False and count == 0
        self._require(optional or least <= count <= most, f"Between {least} and {most} can be chosen here.")

    def _offered(self, menu: Component) -> dict[str, Thing]:
        """Return, by id, what Discord's client puts into a menu of people, roles or channels."""
        server, kind = self._channel.server, menu["type"]
        things: list[Thing] = []
        if kind in (USER_SELECT, MENTIONABLE_SELECT):
            things += self._people(server)
        if kind in (ROLE_SELECT, MENTIONABLE_SELECT) and server is not None:
            things += server.roles  # without @everyone, by Discord's intention
        types = menu.get("channel_types")
        if kind == CHANNEL_SELECT and server is not None and (not types or TEXT_CHANNEL in types):
            things += [channel for channel in server.channels if not channel.deleted]
        return {str(thing.id): thing for thing in things}

    def _people(self, server: Server | None) -> list[User]:
        bot, recipient = self._world.application.bot, self._channel.recipient
        if server is not None:
            return [*(membership.user for membership in server.members.values()), bot]
        return [bot, recipient] if recipient else [bot]

    def _require(self, condition: bool, sentence: str) -> None:
        if not (condition or self._unchecked):
            raise Refused(sentence)
