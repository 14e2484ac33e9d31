"""People as a test plays them: they use commands, press buttons, fill in forms and are told things."""

import asyncio
from typing import Any, Literal, overload

from sandbox.discord.components import BUTTON, INTERACTIVE, LINK_STYLE, SELECTS, STRING_SELECT, walk
from sandbox.discord.model import (
    Channel,
    InteractionType,
    Message,
    MessageFlag,
    Permission,
    Role,
    Server,
    User,
    World,
)
from sandbox.discord.options import Command, OptionReader, Refused, find_command, find_menu_entry
from sandbox.discord.payloads import BOT_DM_CONTEXT, GUILD_CONTEXT, Payloads
from sandbox.discord.replies import NotTold, Reply, Seen, Use, look_at, shown_text
from sandbox.discord.shapes import listed


class Member:
    """One person. Commands are used in the first channel of `home` unless told otherwise."""

    def __init__(self, world: World, payloads: Payloads, user: User, home: Server) -> None:
        self.world = world
        self.user = user
        self.home = home
        self._payloads = payloads
        self._noted: set[int] = set()

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    @property
    def dm(self) -> Channel:
        return self.world.dm_with(self.user)

    @property
    def dm_messages(self) -> list[Seen]:
        return [look_at(message) for message in self.dm.messages.values() if message.visible_to(self.user)]

    def joins(self, server: Server, permissions: Permission | None = None) -> None:
        self.world.join(server, self.user, permissions or Permission.ordinary())

    def leaves(self, server: Server) -> None:
        server.members.pop(self.user.id, None)

    def closes_dms(self) -> None:
        self.user.dms_open = False

    def opens_dms(self) -> None:
        self.user.dms_open = True

    @overload
    async def uses(
        self,
        command: str,
        /,
        *,
        in_: Channel | None = None,
        wait: Literal[True] = True,
        unchecked: bool = False,
        deliver: int = 1,
        within: float = 60,
        **options: Any,
    ) -> Reply: ...

    @overload
    async def uses(
        self,
        command: str,
        /,
        *,
        in_: Channel | None = None,
        wait: Literal[False],
        unchecked: bool = False,
        deliver: int = 1,
        within: float = 60,
        **options: Any,
    ) -> Use: ...

    async def uses(
        self,
        command: str,
        /,
        *,
        in_: Channel | None = None,
        wait: bool = True,
        unchecked: bool = False,
        deliver: int = 1,
        within: float = 60,
        **options: Any,
    ) -> Reply | Use:
        """Use a slash command and wait until it is settled, or with `wait` False go on at once.

        `unchecked` is a hostile client, `deliver` how often Discord delivers the one interaction.
        Raises Refused for what the person's own client would not let through.
        """
        channel = in_ or self.home.channels[0]
        found = find_command(self.world.application.commands, command)
        self._check_place(channel)
        self._check_allowed(found, channel)
        reader = OptionReader(self.world, self._payloads, self.user, channel)
        data = reader.data(found, options, unchecked=unchecked)
        use = self._interact(InteractionType.COMMAND, channel, data, deliver=deliver)
        return await use.reply(within=within) if wait else use

    async def completes(
        self, command: str, option: str, typed: Any, /, *, in_: Channel | None = None, **options: Any
    ) -> list[tuple[str, Any]]:
        """What autocomplete offers for `option` when it holds `typed`; raises NotTold without an answer."""
        channel = in_ or self.home.channels[0]
        found = find_command(self.world.application.commands, command)
        self._check_place(channel)
        reader = OptionReader(self.world, self._payloads, self.user, channel)
        data = reader.data(found, {**options, option: typed}, focused=option)
        reply = await self._interact(InteractionType.AUTOCOMPLETE, channel, data).reply()
        if reply.failed:
            raise NotTold(f"{found.name} did not complete “{option}”: {reply.failed}")
        return list(reply.choices)

    @overload
    async def clicks(
        self,
        seen: Seen | Message,
        label: str,
        *,
        wait: Literal[True] = True,
        deliver: int = 1,
        within: float = 60,
    ) -> Reply: ...

    @overload
    async def clicks(
        self, seen: Seen | Message, label: str, *, wait: Literal[False], deliver: int = 1, within: float = 60
    ) -> Use: ...

    async def clicks(
        self, seen: Seen | Message, label: str, *, wait: bool = True, deliver: int = 1, within: float = 60
    ) -> Reply | Use:
        """Press a button and wait until that is settled, or with `wait` False go on at once."""
        message = self._visible(seen)
        for component in walk(message.components):
            if component.get("type") == BUTTON and component.get("label") == label:
                if component.get("disabled") or component.get("style") == LINK_STYLE:
                    raise Refused(f"The button “{label}” cannot be pressed.")
                use = self._operate(message, component, {}, deliver=deliver)
                return await use.reply(within=within) if wait else use
        raise Refused(f"There is no button “{label}”; there are: {', '.join(look_at(message).buttons) or 'none'}.")

    async def chooses(self, seen: Seen | Message, *values: str, within: float = 60) -> Reply:
        """Choose these values in the message's one select menu, and wait until that is settled."""
        message = self._visible(seen)
        for component in walk(message.components):
            if component.get("type") in SELECTS:
                return await self._operate(message, component, {"values": list(values)}).reply(within=within)
        raise Refused("There is nothing to choose from.")

    async def forges(self, seen: Seen | Message, *, custom_id: str, deliver: int = 1, within: float = 60) -> Reply:
        """Send a press of a button that is not there, or not for this person's eyes: a hostile client."""
        message = seen.message if isinstance(seen, Seen) else seen
        if message is None:
            raise Refused("There is no message to forge a click on.")
        component = {"id": 1, "type": BUTTON, "custom_id": custom_id}
        return await self._operate(message, component, {}, deliver=deliver).reply(within=within)

    async def fills(self, reply: Reply, within: float = 60, /, **values: Any) -> Reply:
        """Submit the form that `reply` opened; values by the inputs' custom ids."""
        return await self.submits(reply, values).reply(within=within)

    def submits(self, reply: Reply, values: dict[str, Any]) -> Use:
        """Submit the form that `reply` opened, without waiting."""
        modal = reply.modal
        if modal is None:
            raise Refused("No form is open.")
        data = {"custom_id": modal["custom_id"], "components": _filled(listed(modal, "components"), values)}
        asked = reply.interaction
        return self._interact(InteractionType.MODAL_SUBMIT, asked.channel, data, message=asked.message)

    def operates(self, seen: Seen | Message, custom_id: str, *values: str) -> Use:
        """Press the button of that custom id, or choose `values` in the menu of that id, without waiting."""
        message = self._visible(seen)
        for component in walk(message.components):
            if component.get("custom_id") == custom_id and not component.get("disabled"):
                kind = component.get("type")
                more = {} if kind == BUTTON else self._chosen(message.channel, component, values)
                return self._operate(message, component, more)
        raise Refused("That can no longer be used.")

    def uses_on(self, name: str, target: User | Seen | Message, *, in_: Channel | None = None) -> Use:
        """Use a command of the menu that opens on a person or a message, without waiting."""
        aim = target if isinstance(target, User) else self._visible(target)
        channel = aim.channel if isinstance(aim, Message) else in_ or self.home.channels[0]
        self._check_place(channel)
        root = find_menu_entry(self.world.application.commands, name, on_message=isinstance(aim, Message))
        self._check_allowed(Command(root, ()), channel)
        resolved = OptionReader(self.world, self._payloads, self.user, channel).resolved(aim)
        data = {"id": root["id"], "name": name, "type": root["type"], "target_id": str(aim.id), "resolved": resolved}
        return self._interact(InteractionType.COMMAND, channel, data)

    def says(self, text: str, *, in_: Channel | None = None) -> Message:
        """Write an ordinary message."""
        channel = in_ or self.home.channels[0]
        self._check_place(channel)
        if not 0 < len(text.strip()) <= 2000:
            raise Refused("A message has 1 to 2000 characters.")
        message = Message(self.world.ids.next(), channel, self.user, self.world.clock.now(), content=text)
        self.world.post(message)
        return message

    async def is_told(self, text: str, *, within: float = 30) -> Seen:
        """Wait for a message to this person with `text` in it: in the DM, or with a ping in a channel.

        Each message counts once; replies that were waited for do not count. Raises NotTold.
        """
        try:
            async with asyncio.timeout(within):
                message = await self.user.told.until(lambda: self._news(text))
        except TimeoutError:
            heard = "; ".join(f"“{seen.text}”" for seen in self.news) or "nothing"
            raise NotTold(f"{self.name} was not told “{text}” within {within:g} s, but: {heard}.") from None
        self.takes_note(message)
        return look_at(message)

    @property
    def news(self) -> list[Seen]:
        """What was said to this person and has not been noted yet by `is_told` or a reply."""
        return [look_at(message) for message in self._unnoted()]

    def takes_note(self, message: Message) -> None:
        """Do not count the message as news."""
        self._noted.add(message.id)

    def _news(self, text: str) -> Message | None:
        return next((message for message in self._unnoted() if text in shown_text(message)), None)

    def _unnoted(self) -> list[Message]:
        return [
            message
            for message in self.user.inbox
            if message.id not in self._noted
            and message.visible_to(self.user)
            and MessageFlag.LOADING not in message.flags
            and (message.channel.recipient is self.user or self.user.id in message.pinged)
        ]

    def _check_place(self, channel: Channel) -> None:
        server = channel.server
        if server is None:
            if channel.recipient is not self.user:
                raise Refused(f"That DM is not {self.name}'s.")
            return
        if self.user.id not in server.members:
            raise Refused(f"{self.name} is not in “{server.name}”.")
        if not server.bot_present:
            raise Refused(f"The bot is not in “{server.name}”.")
        if not server.available:
            raise Refused(f"“{server.name}” is not available at the moment.")

    def _check_allowed(self, command: Command, channel: Channel) -> None:
        context = GUILD_CONTEXT if channel.server else BOT_DM_CONTEXT
        contexts = command.root.get("contexts")
        if contexts is not None and context not in contexts:
            raise Refused(f"{command.name} is not offered here.")
        needed = command.root.get("default_member_permissions")
        if channel.server is None or needed is None:
            return
        held = channel.server.members[self.user.id].permissions
        if Permission.ADMINISTRATOR not in held and (int(needed) == 0 or int(held) & int(needed) != int(needed)):
            raise Refused(f"{self.name} may not use {command.name} here.")

    def _visible(self, seen: Seen | Message) -> Message:
        message = seen.message if isinstance(seen, Seen) else seen
        if message is None or not message.visible_to(self.user):
            raise Refused(f"{self.name} does not see that message.")
        self._check_place(message.channel)
        return message

    def _chosen(self, channel: Channel, menu: dict[str, Any], values: tuple[str, ...]) -> dict[str, Any]:
        least, most = menu.get("min_values", 1), menu.get("max_values", 1)
        if not least <= len(values) <= most:
            raise Refused(f"Between {least} and {most} can be chosen here.")
        if menu["type"] == STRING_SELECT:
            if not set(values) <= {option["value"] for option in listed(menu, "options")}:
                raise Refused("That is not among the choices.")
            return {"values": list(values)}
        reader = OptionReader(self.world, self._payloads, self.user, channel)
        return {"values": list(values), "resolved": reader.resolved(*self._named(values, channel))}

    def _named(self, ids: tuple[str, ...], channel: Channel) -> list[User | Channel | Role]:
        roles = {channel.server.everyone.id: channel.server.everyone} if channel.server else {}
        known: dict[int, User | Channel | Role] = {**self.world.users, **self.world.channels, **roles}
        return [known[int(each)] for each in ids]

    def _operate(self, message: Message, component: dict[str, Any], more: dict[str, Any], *, deliver: int = 1) -> Use:
        data = {
            "id": component["id"],
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            **more,
        }
        return self._interact(InteractionType.COMPONENT, message.channel, data, message=message, deliver=deliver)

    def _interact(
        self,
        kind: InteractionType,
        channel: Channel,
        data: dict[str, Any],
        *,
        message: Message | None = None,
        deliver: int = 1,
    ) -> Use:
        interaction = self.world.interact(kind, self.user, channel, data, message, deliver=deliver)
        return Use(interaction, self.world.clock, self.takes_note)


def _filled(components: list[dict[str, Any]], values: dict[str, Any]) -> list[dict[str, Any]]:
    """The submitted form: the same layout with values instead of descriptions."""
    filled: list[dict[str, Any]] = []
    for component in components:
        about = {"type": component["type"], "id": component.get("id", 1)}
        if component["type"] in INTERACTIVE:
            value = values.get(component["custom_id"], component.get("value", ""))
            key = "values" if isinstance(value, list) else "value"
            filled.append({**about, "custom_id": component["custom_id"], key: value})
        elif "component" in component:
            filled.append({**about, "component": _filled([component["component"]], values)[0]})
        else:
            filled.append({**about, "components": _filled(listed(component, "components"), values)})
    return filled
