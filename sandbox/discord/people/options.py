"""Checks a person's options as their client does, and makes an interaction's data from them."""

import mimetypes
import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.validation.commands import OptionType
from sandbox.discord.validation.drafts import clean_filename
from sandbox.discord.world.model import Attachment, Channel, Message, Role, Server, User, World
from sandbox.discord.world.payloads import Payloads, member, role, user
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.shapes import Payload, listed

TEXT_CHANNEL = 0
GUESSED = "guessed from the name"
MENTION = re.compile(r"<(@!?|@&|#)(\d+)>")


class Refused(Exception):
    """The person's own client does not allow this; the sentence says why."""


@dataclass(frozen=True)
class Upload:
    """A file for an attachment option. Its `content_type` is None if Discord cannot tell it.

    `announced_size`, in bytes, lets Discord be wrong about the size.
    """

    filename: str
    data: bytes = field(repr=False)
    content_type: str | None = GUESSED
    announced_size: int | None = None

    def attached(self, attachment_id: int, folder_id: int, *, ephemeral: bool = False) -> Attachment:
        """Return the file as Discord keeps it: in a channel's folder or, if it is `ephemeral`, an application's."""
        guessed = mimetypes.guess_type(self.filename)[0]
        return Attachment(
            attachment_id,
            clean_filename(self.filename),
            self.data,
            guessed if self.content_type == GUESSED else self.content_type,
            folder_id,
            ephemeral=ephemeral,
            announced_size=self.announced_size,
        )


@dataclass(frozen=True)
class Command:
    """A registered command or subcommand, found by what a person types."""

    root: dict[str, Any]
    path: tuple[dict[str, Any], ...]  # groups and subcommand below the root

    @property
    def options(self) -> list[dict[str, Any]]:
        return listed(self.path[-1] if self.path else self.root, "options")

    @property
    def name(self) -> str:
        return "/" + " ".join([self.root["name"], *(part["name"] for part in self.path)])


def find_command(commands: list[dict[str, Any]], typed: str) -> Command:
    """Return the command for a path such as “/voice create”. Raises Refused for an unknown one, and for a group."""
    words = typed.removeprefix("/").split()
    level, found = commands, list[Payload]()
    for word in words:
        fitting = [thing for thing in level if thing["name"] == word and thing.get("type", 1) in (1, 2)]
        if not fitting:
            known = ", ".join(sorted(thing["name"] for thing in level)) or "none"
            raise Refused(f"There is no command “{typed}”; at “{word}” there are: {known}.")
        found.append(fitting[0])
        level = [part for part in listed(fitting[0], "options") if part["type"] in (1, 2)]
    if not found or level:
        raise Refused(f"“{typed}” is a group, not a command.")
    return Command(found[0], tuple(found[1:]))


def find_menu_entry(commands: list[dict[str, Any]], name: str, *, on_message: bool) -> dict[str, Any]:
    """Return the command of that name in the menu of messages or of people. Raises Refused if there is none."""
    kind = 3 if on_message else 2
    for command in commands:
        if command["name"] == name and command.get("type") == kind:
            return command
    raise Refused(f"There is no “{name}” in this menu.")


class OptionReader:
    """Checks a person's options against the registered ones and makes the payload's `data`."""

    def __init__(self, world: World, payloads: Payloads, person: User, channel: Channel) -> None:
        self._world = world
        self._payloads = payloads
        self._person = person
        self._server: Server | None = channel.server
        self._resolved: dict[str, dict[str, Any]] = {}

    def data(
        self, command: Command, given: dict[str, Any], *, unchecked: bool = False, focused: str | None = None
    ) -> dict[str, Any]:
        """Return the `data` of an interaction. Raises Refused for options that the client would not let through.

        `focused` names the option being completed: then nothing is required yet and nothing is checked.
        """
        if not (unchecked or focused):
            self._check(command, given)
        registered = {option["name"]: option for option in command.options}
        options: list[dict[str, Any]] = []
        for name, value in given.items():
            kind = OptionType(registered[name]["type"]) if name in registered else _kind_of(value)
            option: dict[str, Any] = {"name": name, "type": int(kind), "value": self._value(kind, value)}
            options.append({**option, "focused": True} if name == focused else option)
        for part in reversed(command.path):
            options = [{"name": part["name"], "type": part["type"], "options": options}]
        data: dict[str, Any] = {
            "id": command.root["id"],
            "name": command.root["name"],
            "type": 1,
            "options": options,
        }
        return {**data, "resolved": self._resolved} if self._resolved else data

    def resolved(self, *things: User | Message | Channel | Role) -> dict[str, dict[str, Any]]:
        """Return what an interaction says about things that were picked from a menu."""
        for thing in things:
            match thing:
                case User():
                    self._resolve_user(thing.id)
                case Message():
                    self._resolve("messages", thing.id, self._payloads.message(thing))
                case Channel():
                    self._resolve_channel(thing)
                case Role():
                    self._resolve("roles", thing.id, role(thing))
        return self._resolved

    def _check(self, command: Command, given: dict[str, Any]) -> None:
        registered = {option["name"]: option for option in command.options}
        for name in given:
            if name not in registered:
                raise Refused(f"{command.name} has no option “{name}”; it has: {', '.join(registered) or 'none'}.")
        for name, option in registered.items():
            if name in given:
                self._check_value(option, given[name])
            elif option.get("required"):
                raise Refused(f"{command.name} needs the option “{name}”.")

    def _check_value(self, option: dict[str, Any], value: object) -> None:
        name, kind = option["name"], OptionType(option["type"])
        if not _fits(kind, value):
            raise Refused(f"The option “{name}” is of type {kind.name.lower()}, not {value!r:.60}.")
        choices = listed(option, "choices")
        if choices and value not in [choice["value"] for choice in choices]:
            raise Refused(f"{value!r} is not among the choices of “{name}”.")
        if isinstance(value, str):
            _check_between(name, len(value), option.get("min_length"), option.get("max_length", 6000), " characters")
            if option.get("required") and not value:
                raise Refused(f"The option “{name}” is empty.")
        elif isinstance(value, int | float):
            _check_between(name, value, option.get("min_value"), option.get("max_value"), "")
        elif isinstance(value, Upload):
            self.check_size(value)
        elif isinstance(value, Role | Channel):
            self._check_is_here(option, value)

    def check_size(self, upload: Upload) -> None:
        """Raise Refused for a file that is larger than this person may upload."""
        if len(upload.data) > self._person.upload_limit:
            raise Refused(
                f"“{upload.filename}” has {len(upload.data)} bytes; {self._person.name} may upload "
                f"{self._person.upload_limit} (500 MiB with nitro=True)."
            )

    def _check_is_here(self, option: dict[str, Any], thing: Role | Channel) -> None:
        here: list[Role | Channel] = [*self._roles, *(self._server.channels if self._server else ())]
        if thing not in here:
            raise Refused(f"“{thing.name}” is not in this server.")
        types = option.get("channel_types")
        if isinstance(thing, Channel) and types and TEXT_CHANNEL not in types:
            raise Refused(f"“{option['name']}” takes no text channels.")

    @property
    def _roles(self) -> list[Role]:
        return [self._server.everyone, *self._server.roles] if self._server else []

    def _value(self, kind: OptionType, value: Any) -> Any:
        """Return the value as it is sent, and put what it names into `resolved`."""
        match value:
            case Upload():
                return self.upload(value)
            case Channel():
                self._resolve_channel(value)
                return str(value.id)
            case Role():
                self._resolve("roles", value.id, role(value))
                return str(value.id)
            case str() if kind is OptionType.STRING:
                self._resolve_mentions(value)
                return value
            case _ if kind in (OptionType.USER, OptionType.MENTIONABLE) and hasattr(value, "id"):
                self._resolve_user(value.id)
                return str(value.id)
            case _:
                return value

    def upload(self, upload: Upload) -> str:
        """Put a file where only the bot can fetch it. Returns its id."""
        kept = upload.attached(self._world.ids.next(), self._world.application.id, ephemeral=True)
        attachment = self._world.attach(kept)
        self._resolve("attachments", attachment.id, self._payloads.attachment(attachment))
        return str(attachment.id)

    def _resolve_mentions(self, text: str) -> None:
        for sort, number in MENTION.findall(text):
            if sort.startswith("@&"):
                self.resolved(*(each for each in self._roles if each.id == int(number)))
            elif sort == "#":
                channel = self._world.channels.get(int(number))
                if channel is not None and channel.server is self._server and self._server is not None:
                    self._resolve_channel(channel)
            else:
                self._resolve_user(int(number))

    def _resolve_user(self, user_id: int) -> None:
        person = self._world.users.get(user_id)
        if person is None:
            return
        self._resolve("users", user_id, user(person))
        membership = self._server.members.get(user_id) if self._server else None
        if membership is not None:
            shown = member(membership)
            del shown["user"]  # it stands in `users`
            self._resolve("members", user_id, {**shown, "permissions": str(int(membership.permissions))})

    def _resolve_channel(self, channel: Channel) -> None:
        shown = {"permissions": str(int(Permission.ordinary())), **self._payloads.channel(channel)}
        self._resolve("channels", channel.id, {**shown, "name": channel.name})

    def _resolve(self, kind: str, thing_id: int, payload: dict[str, Any]) -> None:
        self._resolved.setdefault(kind, {})[str(thing_id)] = payload


def _check_between(name: str, value: float, least: float | None, most: float | None, unit: str) -> None:
    if least is not None and value < least:
        raise Refused(f"“{name}” must be at least {least:g}{unit}, not {value:g}.")
    if most is not None and value > most:
        raise Refused(f"“{name}” must be at most {most:g}{unit}, not {value:g}.")


def _fits(kind: OptionType, value: object) -> bool:
    match kind:
        case OptionType.STRING:
            return isinstance(value, str)
        case OptionType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case OptionType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case OptionType.BOOLEAN:
            return isinstance(value, bool)
        case OptionType.ATTACHMENT:
            return isinstance(value, Upload)
        case OptionType.CHANNEL:
            return isinstance(value, Channel)
        case OptionType.ROLE:
            return isinstance(value, Role)
        case OptionType.MENTIONABLE:
            return hasattr(value, "id") and not isinstance(value, Channel)
        case _:
            return hasattr(value, "id") and not isinstance(value, Channel | Role)


def _kind_of(value: object) -> OptionType:
    """Return the type that a hostile client gives to an option that was never registered."""
    for kind in (OptionType.BOOLEAN, OptionType.INTEGER, OptionType.NUMBER, OptionType.ATTACHMENT):
        if _fits(kind, value):
            return kind
    return OptionType.STRING
