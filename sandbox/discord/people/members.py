"""Plays people: they use commands, press buttons, fill in forms and are told things."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, Literal, overload

from sandbox.discord.people.forms import FormFiller
from sandbox.discord.people.options import (
    MENTION,
    Command,
    OptionReader,
    Refused,
    Upload,
    find_command,
    find_menu_entry,
)
from sandbox.discord.people.picks import Pick, Picker, chosen_beforehand, find_menu
from sandbox.discord.people.replies import NotTold, Reply, Seen, Use, look_at, shown_text
from sandbox.discord.validation.components import BUTTON, LINK_STYLE, walk
from sandbox.discord.validation.selects import STRING_SELECT
from sandbox.discord.world.model import (
    Attachment,
    Channel,
    InteractionType,
    Membership,
    Message,
    MessageFlag,
    Role,
    Server,
    User,
    World,
)
from sandbox.discord.world.payloads import BOT_DM_CONTEXT, GUILD_CONTEXT, Payloads
from sandbox.discord.world.permissions import Permission
from sandbox.recorder import CONTENT_TYPE, FILENAME, Recording


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

    def gets(self, role: Role, *, in_: Server | None = None) -> None:
        """Get a role of the server `in_`; without it, of this person's home."""
        self._membership(in_).roles.append(role)

    def loses(self, role: Role, *, in_: Server | None = None) -> None:
        self._membership(in_).roles.remove(role)

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
        reader = self._reader(channel)
        data = reader.data(found, options, unchecked=unchecked)
        use = self._interact(InteractionType.COMMAND, channel, data, deliver=deliver)
        return await use.reply(within=within) if wait else use

    async def completes(
        self, command: str, option: str, typed: Any, /, *, in_: Channel | None = None, **options: Any
    ) -> list[tuple[str, Any]]:
        """Return what autocomplete offers for `option` when it holds `typed`. Raises NotTold without an answer."""
        reply = await self.starts_completing(command, option, typed, in_=in_, **options).reply()
        if reply.failed:
            raise NotTold(f"{command} did not complete “{option}”: {reply.failed}")
        return list(reply.choices)

    def starts_completing(
        self, command: str, option: str, typed: Any, /, *, in_: Channel | None = None, **options: Any
    ) -> Use:
        """Ask for what autocomplete offers, without waiting; see `completes`."""
        channel = in_ or self.home.channels[0]
        found = find_command(self.world.application.commands, command)
        self._check_place(channel)
        data = self._reader(channel).data(found, {**options, option: typed}, focused=option)
        return self._interact(InteractionType.AUTOCOMPLETE, channel, data)

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

    async def chooses(
        self, seen: Seen | Message, *picks: Pick, menu: str | None = None, deliver: int = 1, within: float = 60
    ) -> Reply:
        """Choose in a select menu, and wait until that is settled.

        `picks` are values, ids, or people, roles and channels themselves; `menu` is the custom id or the
        placeholder, needed if there are several.
        """
        message = self._visible(seen)
        component = find_menu(message, menu)
        more = self._chosen(message.channel, component, picks)
        return await self._operate(message, component, more, deliver=deliver).reply(within=within)

    def sees_chosen(self, seen: Seen | Message, menu: str | None = None) -> list[str]:
        """Return the names that a menu shows as chosen at first."""
        message = self._visible(seen)
        component = find_menu(message, menu)
        picker = Picker(self.world, self._reader(message.channel), message.channel)
        return picker.names(component, chosen_beforehand(component))

    async def forges(
        self,
        seen: Seen | Message,
        *,
        custom_id: str,
        values: tuple[str, ...] | None = None,
        deliver: int = 1,
        within: float = 60,
    ) -> Reply:
        """Use a button or menu that is not there, or not for this person's eyes: a hostile client.

        With `values` it is a menu. Raises Refused only if Discord itself would not take it.
        """
        message = seen.message if isinstance(seen, Seen) else seen
        if message is None:
            raise Refused("There is no message to forge a click on.")
        self._check_membership(message.channel)
        kind = BUTTON if values is None else _kind_of_menu(message, custom_id)
        component = {"id": 1, "type": kind, "custom_id": custom_id}
        more = {} if values is None else {"values": list(values)}
        return await self._operate(message, component, more, deliver=deliver).reply(within=within)

    async def fills(self, reply: Reply, within: float = 60, /, **values: Any) -> Reply:
        """Submit the form that `reply` opened and wait until that is settled; see `submits`."""
        return await self.submits(reply, values).reply(within=within)

    def submits(self, reply: Reply, values: Mapping[str, Any], *, unchecked: bool = False) -> Use:
        """Submit the form that `reply` opened, without waiting.

        `values` has, by the inputs' custom ids, a text, a list of picks, the value of one tick, True or False, or
        Uploads. What is left out is sent as it stood in the form. `unchecked` is a hostile client.
        """
        if reply.modal is None:
            raise Refused("No form is open.")
        asked = reply.interaction
        self._check_place(asked.channel)
        reader = self._reader(asked.channel)
        picker = Picker(self.world, reader, asked.channel, unchecked=unchecked)
        data = FormFiller(values, reader, picker, unchecked=unchecked).data(reply.modal)
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
        resolved = self._reader(channel).resolved(aim)
        data = {"id": root["id"], "name": name, "type": root["type"], "target_id": str(aim.id), "resolved": resolved}
        return self._interact(InteractionType.COMMAND, channel, data)

    def says(self, text: str, *files: Upload, in_: Channel | None = None) -> Message:
        """Write an ordinary message; with a file it needs no text."""
        channel = in_ or self.home.channels[0]
        self._check_place(channel)
        if not 0 < len(text.strip()) <= 2000 and not (files and not text):
            raise Refused("A message has 1 to 2000 characters.")
        message = Message(self.world.ids.next(), channel, self.user, self.world.clock.now(), content=text)
        message.attachments = [self.world.attach(file.attached(self.world.ids.next(), channel.id)) for file in files]
        message.pinged, message.pinged_roles = self._named_in(text, channel)
        self.world.post(message)
        return message

    def sends_voice_message(self, recording: Recording, *, in_: Channel | None = None) -> Message:
        """Send what was recorded in the app, which takes neither text nor other files with it."""
        channel = in_ or self.home.channels[0]
        self._check_place(channel)
        if channel.server and Permission.SEND_VOICE_MESSAGES not in channel.server.members[self.id].permissions:
            raise Refused(f"{self.name} may not send voice messages here.")
        message = Message(self.world.ids.next(), channel, self.user, self.world.clock.now())
        message.flags = MessageFlag.IS_VOICE_MESSAGE
        file = Attachment(self.world.ids.next(), FILENAME, recording.data, CONTENT_TYPE, channel.id)
        file.duration_secs = recording.seconds
        file.waveform = base64.b64encode(recording.waveform).decode("ascii")
        message.attachments = [self.world.attach(file)]
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
        """The messages to this person that no `is_told` or reply has counted yet."""
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
        self._check_membership(channel)
        if not (server.bot_present or server.commands_present):
            raise Refused(f"The bot is not in “{server.name}”.")
        if not server.available:
            raise Refused(f"“{server.name}” is not available at the moment.")

    def _check_membership(self, channel: Channel) -> None:
        if channel.server is not None and self.user.id not in channel.server.members:
            raise Refused(f"{self.name} is not in “{channel.server.name}”.")

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

    @staticmethod
    def _named_in(text: str, channel: Channel) -> tuple[frozenset[int], frozenset[int]]:
        """Return the people and the roles of the channel's server that a text mentions."""
        found = MENTION.findall(text)
        people = {int(number) for sort, number in found if sort in {"@", "@!"}}
        roles = {int(number) for sort, number in found if sort == "@&"}
        server = channel.server
        if server is None:
            return frozenset(people & {channel.recipient.id if channel.recipient else 0}), frozenset()
        return frozenset(people & server.members.keys()), frozenset(roles & {role.id for role in server.roles})

    def _membership(self, server: Server | None) -> Membership:
        return (server or self.home).members[self.id]

    def _visible(self, seen: Seen | Message) -> Message:
        message = seen.message if isinstance(seen, Seen) else seen
        if message is None or not message.visible_to(self.user):
            raise Refused(f"{self.name} does not see that message.")
        self._check_place(message.channel)
        return message

    def _reader(self, channel: Channel) -> OptionReader:
        return OptionReader(self.world, self._payloads, self.user, channel)

    def _chosen(self, channel: Channel, menu: dict[str, Any], picks: tuple[Pick, ...]) -> dict[str, Any]:
        reader = self._reader(channel)
        values = Picker(self.world, reader, channel).values(menu, picks)
        resolved = reader.resolved()
        return {"values": values, "resolved": resolved} if resolved else {"values": values}

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


def _kind_of_menu(message: Message, custom_id: str) -> int:
    """Return the type of the menu of that id; if there is none, that of a menu with options."""
    kinds = {component.get("custom_id"): component["type"] for component in walk(message.components)}
    return kinds.get(custom_id, STRING_SELECT)
