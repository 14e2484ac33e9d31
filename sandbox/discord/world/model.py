"""What exists in Discord: people, servers, channels, messages, interactions. No HTTP, no payloads.

These objects refer to each other in circles, so none is written out by `repr`: a failing test would never end.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any, Literal

from sandbox.changes import Changes
from sandbox.discord.world.clock import Clock, Snowflakes
from sandbox.discord.world.permissions import Permission

MEBIBYTE = 1024 * 1024
FIRST_RESPONSE_SECONDS = 3  # after this an interaction can no longer be answered
TOKEN_SECONDS = 15 * 60  # after this its answer can no longer be edited or followed up


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7  # the "thinking…" placeholder
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    IS_COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE_RESULT = 8
    MODAL = 9


@dataclass(eq=False, repr=False)
class User:
    id: int
    username: str
    name: str
    bot: bool = False
    locale: str = "en-US"
    nitro: bool = False
    dms_open: bool = True
    inbox: "list[Message]" = field(default_factory=list["Message"])  # what was said to this user, oldest first
    told: Changes = field(default_factory=Changes)  # announces that the inbox, or something in it, changed

    @property
    def upload_limit(self) -> int:
        """How many bytes a file may have that this person uploads."""
        return (500 if self.nitro else 10) * MEBIBYTE


@dataclass(eq=False, repr=False)
class Role:
    id: int
    name: str
    permissions: Permission
    position: int = 0
    mentionable: bool = False


@dataclass(eq=False, repr=False)
class Membership:
    user: User
    own_permissions: Permission
    joined_at: float
    roles: list[Role] = field(default_factory=list[Role])
    nick: str | None = None

    @property
    def permissions(self) -> Permission:
        """The permissions of the person, with those of their roles."""
        held = self.own_permissions
        for role in self.roles:
            held |= role.permissions
        return held


@dataclass(eq=False, repr=False)
class Channel:
    """A text channel of a server, or a DM between the bot and one person."""

    id: int
    name: str
    server: "Server | None" = None
    recipient: User | None = None
    bot_permissions: Permission = field(default_factory=Permission.ordinary)
    deleted: bool = False
    messages: dict[int, "Message"] = field(default_factory=dict[int, "Message"])


@dataclass(eq=False, repr=False)
class Server:
    id: int
    name: str
    owner: User
    everyone: Role  # shares the server's id
    roles: list[Role] = field(default_factory=list[Role])  # besides everyone, lowest first
    members: dict[int, Membership] = field(default_factory=dict[int, Membership])
    channels: list[Channel] = field(default_factory=list[Channel])
    bot_present: bool = True
    bot_joined_at: float = 0.0  # long ago
    system_channel: "Channel | None" = None
    commands_present: bool = False  # though the bot is not
    available: bool = True
    boost_tier: int = 0
    locale: str = "en-US"

    @property
    def size_limit(self) -> int:
        """How many bytes a file may have that a bot sends here."""
        return {2: 50, 3: 100}.get(self.boost_tier, 10) * MEBIBYTE


@dataclass(eq=False, repr=False)
class Attachment:
    id: int
    filename: str
    data: bytes
    content_type: str | None  # None where Discord did not guess one
    folder_id: int  # the channel, or the application for an ephemeral one; part of its address
    ephemeral: bool = False
    description: str | None = None
    duration_secs: float | None = None
    waveform: str | None = None
    announced_size: int | None = None  # in bytes, where Discord is to say something else than the truth
    removed: bool = False

    @property
    def size(self) -> int:
        """The size in bytes, as Discord states it."""
        return len(self.data) if self.announced_size is None else self.announced_size


@dataclass(eq=False, repr=False)
class Message:
    id: int
    channel: Channel
    author: User
    created_at: float
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    components: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: MessageFlag = NO_FLAGS
    nonce: str | int | None = None
    pinged: frozenset[int] = frozenset()  # ids of the people whose attention it called
    pinged_roles: frozenset[int] = frozenset()  # their holders are among `pinged`
    pinged_everyone: bool = False
    edited_at: float | None = None
    interaction: "Interaction | None" = None
    replied_to: "Message | None" = None
    deleted: bool = False
    kind: dict[str, Any] = field(default_factory=dict[str, Any])  # as sent: what a sticker, a poll and the like hold

    @property
    def ephemeral(self) -> bool:
        return MessageFlag.EPHEMERAL in self.flags

    def visible_to(self, viewer: User) -> bool:
        server = self.channel.server
        here = self.channel.recipient is viewer if server is None else viewer.id in server.members
        if self.deleted or not here:
            return False
        return not self.ephemeral or (self.interaction is not None and self.interaction.user is viewer)


@dataclass(eq=False, repr=False)
class Interaction:
    """One use of a command, a button or a form, and what the bot made of it."""

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    data: dict[str, Any]
    created_at: float
    message: Message | None = None  # the one whose component was used
    answered: CallbackType | None = None
    answer: dict[str, Any] = field(default_factory=dict[str, Any])  # data of the first response
    original: Message | None = None
    filled: bool = False  # a deferred answer has got its content
    original_deleted: bool = False
    followups: list[Message] = field(default_factory=list[Message])
    changes: Changes = field(default_factory=Changes)

    @property
    def thinking(self) -> bool:
        """True while the person sees “thinking…”."""
        return self.answered is CallbackType.DEFERRED_MESSAGE and not (self.filled or self.original_deleted)

    @property
    def size_limit(self) -> int:
        """How many bytes a file may have in an answer to this interaction."""
        server = self.channel.server
        return max(self.user.upload_limit, server.size_limit if server else 0)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event in the world, for the gateway, the page or the timeline to show."""

    kind: Literal["message created", "message edited", "message deleted", "interaction sent", "interaction answered"]
    message: Message | None = None
    interaction: Interaction | None = None


@dataclass(eq=False, repr=False)
class Application:
    id: int
    name: str
    bot: User
    owner: User
    team: tuple[User, ...] = ()  # when not empty, the application belongs to these; the first is the team's owner
    commands: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    privileged_intents: int = 0


class World:
    """Everything in this Discord. Each change of what people see is made here, and the listeners are told of it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.users: dict[int, User] = {}
        self.servers: dict[int, Server] = {}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[str, Interaction] = {}  # by token
        self.dms: dict[int, Channel] = {}  # by the person's id
        self._listeners: list[Callable[[Happening], None]] = []
        owner = self.add_user("Host")
        bot = self.add_user("Mynah", bot=True)
        self.application = Application(bot.id, "Mynah", bot, owner)

    def __getstate__(self) -> dict[str, Any]:
        """Save everything but the listeners."""
        return {**self.__dict__, "_listeners": []}

    @property
    def first_server(self) -> "Server | None":
        return next(iter(self.servers.values()), None)

    def add_user(self, name: str, *, bot: bool = False, nitro: bool = False) -> User:
        username = "".join(letter for letter in name.lower() if letter.isalnum()) or "someone"
        user = User(self.ids.next(), username, name, bot=bot, nitro=nitro)
        self.users[user.id] = user
        return user

    def add_server(self, name: str, owner: User) -> Server:
        """Add a server with one channel, its owner and the bot."""
        server_id = self.ids.next()
        server = Server(server_id, name, owner, Role(server_id, "@everyone", Permission.ordinary()))
        self.servers[server.id] = server
        self.add_channel(server, "general")
        self.join(server, owner, Permission.ordinary() | Permission.ADMINISTRATOR | Permission.MANAGE_GUILD)
        return server

    def add_channel(self, server: Server, name: str) -> Channel:
        channel = Channel(self.ids.next(), name, server)
        server.channels.append(channel)
        self.channels[channel.id] = channel
        return channel

    def add_role(self, server: Server, name: str, permissions: Permission) -> Role:
        role = Role(self.ids.next(), name, permissions, position=len(server.roles) + 1)
        server.roles.append(role)
        return role

    def remove_role(self, server: Server, role: Role) -> None:
        server.roles.remove(role)
        for membership in server.members.values():
            if role in membership.roles:
                membership.roles.remove(role)

    def join(self, server: Server, user: User, permissions: Permission) -> None:
        server.members[user.id] = Membership(user, permissions, self.clock.now())

    def dm_with(self, user: User) -> Channel:
        """Return the DM channel with the bot; create it at the first call."""
        if user.id not in self.dms:
            channel = Channel(self.ids.next(), user.name, recipient=user)
            self.dms[user.id] = self.channels[channel.id] = channel
        return self.dms[user.id]

    def shares_a_server(self, user: User) -> bool:
        """Return whether the user is in a server that the bot is in."""
        return any(server.bot_present and user.id in server.members for server in self.servers.values())

    def attach(self, attachment: Attachment) -> Attachment:
        self.attachments[attachment.id] = attachment
        return attachment

    def post(self, message: Message) -> None:
        message.channel.messages[message.id] = message
        self._tell(Happening("message created", message=message))

    def edited(self, message: Message) -> None:
        message.edited_at = self.clock.now()
        self._tell(Happening("message edited", message=message))

    def delete(self, message: Message) -> None:
        message.deleted = True
        for attachment in message.attachments:
            attachment.removed = True
        self._tell(Happening("message deleted", message=message))

    def interact(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        message: Message | None = None,
        *,
        deliver: int = 1,
    ) -> Interaction:
        """Send an interaction to the bot, `deliver` times."""
        token = secrets.token_urlsafe(96)
        now = self.clock.now()
        interaction = Interaction(self.ids.next(), token, kind, user, channel, data, now, message)
        self.interactions[token] = interaction
        for _ in range(deliver):
            self._tell(Happening("interaction sent", interaction=interaction))
        return interaction

    def answered(self, interaction: Interaction) -> None:
        """Tell that an interaction got its first response, an edit, a follow-up, or lost its original."""
        self._tell(Happening("interaction answered", interaction=interaction))
        interaction.changes.announce()

    def subscribe(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        """Call `listener` with everything that happens from now on; returns the function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, happening: Happening) -> None:
        for listener in tuple(self._listeners):
            listener(happening)
        message = happening.message
        if message is not None:
            for user in self._audience(message):
                if message not in user.inbox:
                    user.inbox.append(message)
                user.told.announce()

    def _audience(self, message: Message) -> list[User]:
        """Return the people who see a message in private or are pinged by it."""
        if message.ephemeral and message.interaction is not None:
            return [message.interaction.user]
        if message.channel.recipient is not None:
            return [message.channel.recipient]
        return [self.users[user_id] for user_id in message.pinged]
