"""Does what the visitor of the page does as one of the members: commands, clicks, choices, forms, messages."""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sandbox.discord import Channel, Discord, Member, NotTold, Refused, Reply, Role, Upload, Use
from sandbox.discord.people.options import find_command
from sandbox.discord.people.replies import NO_RESPONSE
from sandbox.discord.validation.commands import OptionType
from sandbox.discord.world.model import MEBIBYTE, CallbackType, Message
from sandbox.page.people import People
from sandbox.page.samples import spoken

Payload = Mapping[str, Any]
Files = Mapping[str, list[Upload]]  # by the option or input that takes them

KEPT_FORMS = 50


class Actions:
    """Each method takes what the page sent, and returns what the page needs at once. The feed brings the rest."""

    def __init__(self, discord: Discord, people: People) -> None:
        self._discord = discord
        self._world = discord.world
        self._people = people
        self._forms: dict[str, Reply] = {}  # by the id of the interaction that opened them

    async def use(self, payload: Payload, files: Files) -> dict[str, Any]:
        member, channel = self._who(payload), self._where(payload)
        _check_sizes(member, files)
        single = {name: given[0] for name, given in files.items()}
        options = self._options(str(payload["command"]), payload["options"], single)
        use = await member.uses(str(payload["command"]), in_=channel, wait=False, **options)
        return await self._outcome(use)

    async def use_on(self, payload: Payload) -> dict[str, Any]:
        """Use a command of the menu on a message, or on a person."""
        member, channel = self._who(payload), self._where(payload)
        target = self._message(payload) if "message" in payload else self._world.users[int(payload["person"])]
        return await self._outcome(member.uses_on(str(payload["command"]), target, in_=channel))

    async def complete(self, payload: Payload) -> dict[str, Any]:
        member, channel = self._who(payload), self._where(payload)
        command, option = str(payload["command"]), str(payload["option"])
        try:
            options = self._readable(command, payload["options"])
            choices = await member.completes(command, option, str(payload["typed"]), in_=channel, **options)
        except NotTold:
            return {"choices": None}
        return {"choices": [{"name": name, "value": value} for name, value in choices]}

    async def operate(self, payload: Payload) -> dict[str, Any]:
        use = self._who(payload).operates(self._message(payload), str(payload["custom_id"]), *payload.get("values", ()))
        return await self._outcome(use)

    async def submit(self, payload: Payload, files: Files) -> dict[str, Any]:
        """Submit a form; one that is refused stays open."""
        form = self._forms.get(str(payload["form"]))
        member = self._who(payload)
        if form is None or form.interaction.user is not member.user:
            raise Refused("That form is no longer open.")
        _check_sizes(member, files)
        use = member.submits(form, {**payload["values"], **files})
        del self._forms[str(payload["form"])]
        return await self._outcome(use)

    async def say(self, payload: Payload) -> dict[str, Any]:
        self._who(payload).says(str(payload["text"]), in_=self._where(payload))
        return {}

    async def record(self, payload: Payload) -> dict[str, Any]:
        """Send a voice message in which the member speaks."""
        recording = await spoken(self._people.number(str(payload["as"])))
        self._who(payload).sends_voice_message(recording, in_=self._where(payload))
        return {}

    async def _outcome(self, use: Use) -> dict[str, Any]:
        """Return what the bot did within Discord's three seconds: nothing, an answer, or a form."""
        if not await use.answered():
            return {"failed": NO_RESPONSE}
        if use.interaction.answered is not CallbackType.MODAL:
            return {}
        form = await use.reply()
        self._forms[str(use.interaction.id)] = form
        while len(self._forms) > KEPT_FORMS:  # Discord does not say when a form is closed
            del self._forms[next(iter(self._forms))]
        return {"form": {"id": str(use.interaction.id), **(form.modal or {})}}

    @property
    def _roles(self) -> dict[str, Role]:
        server = self._discord.server
        return {str(role.id): role for role in (server.everyone, *server.roles)}

    def _who(self, payload: Payload) -> Member:
        return self._people.find(str(payload["as"]))

    def _where(self, payload: Payload) -> Channel:
        return self._world.channels[int(payload["channel"])]

    def _message(self, payload: Payload) -> Message:
        return self._where(payload).messages[int(payload["message"])]

    def _options(self, command: str, given: Payload, files: Mapping[str, Upload]) -> dict[str, Any]:
        kinds = {
            option["name"]: OptionType(option["type"])
            for option in find_command(self._world.application.commands, command).options
        }
        values = {name: self._value(name, kinds.get(name), value) for name, value in given.items()}
        return {**values, **files}

    def _readable(self, command: str, given: Payload) -> dict[str, Any]:
        """Return the options that are valid so far; another one is still being typed."""
        options: dict[str, Any] = {}
        for name, value in given.items():
            with suppress(Refused):
                options |= self._options(command, {name: value}, {})
        return options

    def _value(self, name: str, kind: OptionType | None, value: object) -> object:
        match kind:
            case OptionType.INTEGER | OptionType.NUMBER:
                return _number(name, kind, value)
            case OptionType.USER:
                return self._world.users[int(str(value))]
            case OptionType.MENTIONABLE:
                return self._roles.get(str(value)) or self._world.users[int(str(value))]
            case OptionType.CHANNEL:
                return self._world.channels[int(str(value))]
            case OptionType.ROLE:
                return self._roles[str(value)]
            case _:
                return value


def _number(name: str, kind: OptionType, value: object) -> float:
    """Return what was typed as a number. Raises Refused as Discord's client does."""
    try:
        number = float(str(value))
        if kind is OptionType.NUMBER and math.isfinite(number):
            return number
        if number.is_integer():
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise Refused(f"“{name}” must be a {'whole ' if kind is OptionType.INTEGER else ''}number.")


def _check_sizes(member: Member, files: Files) -> None:
    limit = member.user.upload_limit
    for file in (file for given in files.values() for file in given):
        if len(file.data) > limit:
            raise Refused(f"“{file.filename}” is too large: Discord lets {member.name} upload {limit // MEBIBYTE} MiB.")
