"""Creates, edits and finds messages as Discord does."""

import mimetypes
import re
from typing import Any, Literal

from sandbox.discord.validation.components import numbered
from sandbox.discord.validation.drafts import Draft, NewFile
from sandbox.discord.validation.errors import (
    EMPTY_MESSAGE,
    UNKNOWN_MESSAGE,
    VOICE_MESSAGE_EDIT,
    ApiError,
    Form,
)
from sandbox.discord.world.model import Attachment, Channel, Interaction, Message, MessageFlag, User, World
from sandbox.discord.world.permissions import Permission

NONCE_SECONDS = 300  # "the past few minutes"; the length of the window is not published
ROLE_MENTION = re.compile(r"<@&(\d+)>")
USER_MENTION = re.compile(r"<@!?(\d+)>")
EVERYONE_MENTION = re.compile(r"@(everyone|here)\b")

Allowed = dict[str, Any]

ALL_MENTIONS: Allowed = {"parse": ["users", "roles", "everyone"]}
USER_MENTIONS: Allowed = {"parse": ["users"]}


class Messages:
    def __init__(self, world: World) -> None:
        self._world = world
        self._nonces: dict[str, Message] = {}

    def found(self, channel: Channel, message_id: int) -> Message:
        """Return a message that is not deleted or ephemeral. Raises ApiError."""
        message = channel.messages.get(message_id)
        if message is None or message.deleted or message.ephemeral:
            raise ApiError(*UNKNOWN_MESSAGE)
        return message

    def create(self, channel: Channel, draft: Draft, interaction: Interaction | None = None) -> Message:
        """Post what the bot wrote, or return what the same nonce made before. Raises 50006, 10008."""
        if draft.empty:
            raise ApiError(*EMPTY_MESSAGE)
        earlier = self._by_nonce(draft)
        if earlier is not None:
            return earlier
        message = self._blank(channel, interaction)
        message.nonce = draft.nonce
        message.flags = draft.flags
        message.replied_to = self._replied_to(channel, draft)
        self._fill(message, draft)
        if draft.nonce is not None:
            self._nonces[str(draft.nonce)] = message
        self._world.post(message)
        return message

    def placeholder(self, interaction: Interaction, *, ephemeral: bool) -> Message:
        """Post the “thinking…” of a deferred answer."""
        message = self._blank(interaction.channel, interaction)
        message.flags = MessageFlag.LOADING | (MessageFlag.EPHEMERAL if ephemeral else MessageFlag(0))
        self._world.post(message)
        return message

    def edit(self, message: Message, draft: Draft) -> None:
        """Change what the draft names and leave the rest. Raises 50006, 50159."""
        if MessageFlag.IS_VOICE_MESSAGE in message.flags:
            raise ApiError(*VOICE_MESSAGE_EDIT)
        if self._left(message, draft) == 0:
            raise ApiError(*EMPTY_MESSAGE)
        fixed = message.flags & (MessageFlag.EPHEMERAL | MessageFlag.IS_COMPONENTS_V2)
        message.flags = fixed | (draft.flags & ~MessageFlag.EPHEMERAL)
        self._fill(message, draft)
        self._world.edited(message)

    def _blank(self, channel: Channel, interaction: Interaction | None) -> Message:
        author = self._world.application.bot
        return Message(self._world.ids.next(), channel, author, self._world.clock.now(), interaction=interaction)

    def _by_nonce(self, draft: Draft) -> Message | None:
        if draft.nonce is None or not draft.enforce_nonce:
            return None
        earlier = self._nonces.get(str(draft.nonce))
        if earlier is None or self._world.clock.now() - earlier.created_at > NONCE_SECONDS:
            return None
        if earlier.deleted:
            raise ApiError(*UNKNOWN_MESSAGE)
        return earlier

    def _replied_to(self, channel: Channel, draft: Draft) -> Message | None:
        """Return the message that a draft replies to. Raises 50035 if it must exist and does not."""
        if draft.reply_to is None:
            return None
        try:
            return self.found(channel, draft.reply_to)
        except ApiError:
            form = Form()
            unknown = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
            form.require(not draft.reply_must_find_it, "message_reference", unknown, "Unknown message")
            form.check()
            return None

    def _left(self, message: Message, draft: Draft) -> int:
        """Count what the message would show after the edit."""
        content = message.content if draft.content is None else draft.content
        embeds = message.embeds if draft.embeds is None else draft.embeds
        components = message.components if draft.components is None else draft.components
        return len(content) + len(embeds) + len(components) + len(self._kept(message, draft)) + len(draft.files)

    def _kept(self, message: Message, draft: Draft) -> list[Attachment]:
        if draft.kept_attachments is None:
            return message.attachments
        return [attachment for attachment in message.attachments if attachment.id in draft.kept_attachments]

    def _fill(self, message: Message, draft: Draft) -> None:
        if draft.content is not None:
            message.content = draft.content
        if draft.embeds is not None:
            message.embeds = draft.embeds
        if draft.components is not None:
            message.components = numbered(draft.components)
        kept = self._kept(message, draft)
        for attachment in message.attachments:
            attachment.removed = attachment not in kept
        message.attachments = kept + [self._attachment(message, file) for file in draft.files]
        self._ping(message, draft)

    def _attachment(self, message: Message, file: NewFile) -> Attachment:
        guessed = mimetypes.guess_type(file.filename)[0]
        folder = self._world.application.id if message.ephemeral else message.channel.id
        return self._world.attach(
            Attachment(
                self._world.ids.next(),
                file.filename,
                file.data,
                guessed,
                folder,
                ephemeral=message.ephemeral,
                description=file.description,
                duration_secs=file.duration_secs,
                waveform=file.waveform,
            )
        )

    def _ping(self, message: Message, draft: Draft) -> None:
        """Record whom the message pings, within `allowed_mentions`."""
        usual = ALL_MENTIONS if message.interaction is None else USER_MENTIONS
        allowed = usual if draft.allowed_mentions is None else draft.allowed_mentions
        roles = self._pinged_roles(message, _allowed(message, "roles", ROLE_MENTION, allowed))
        people = _allowed(message, "users", USER_MENTION, allowed) | self._holders(message, roles)
        message.pinged_roles = roles
        message.pinged = frozenset(user_id for user_id in people if self._reaches(message, user_id))
        message.pinged_everyone = (
            "everyone" in (allowed.get("parse") or [])
            and self._may_ping_all(message)
            and EVERYONE_MENTION.search(message.content) is not None
        )

    def _pinged_roles(self, message: Message, wanted: set[int]) -> frozenset[int]:
        """Return the server's roles that may be pinged: the mentionable ones, or all with the permission for it."""
        server = message.channel.server
        roles = server.roles if server else []
        free = self._may_ping_all(message)
        return frozenset(role.id for role in roles if role.id in wanted and (free or role.mentionable))

    def _holders(self, message: Message, roles: frozenset[int]) -> set[int]:
        server = message.channel.server
        members = server.members.values() if server else ()
        return {each.user.id for each in members if roles & {role.id for role in each.roles}}

    def _may_ping_all(self, message: Message) -> bool:
        return message.channel.server is not None and Permission.MENTION_EVERYONE in message.channel.bot_permissions

    def _reaches(self, message: Message, user_id: int) -> bool:
        user: User | None = self._world.users.get(user_id)
        return user is not None and message.visible_to(user)


def _allowed(message: Message, kind: Literal["users", "roles"], mention: re.Pattern[str], allowed: Allowed) -> set[int]:
    """Return the ids that the content mentions and `allowed_mentions` lets through."""
    named = {int(number) for number in mention.findall(message.content)}
    ids: list[str] = allowed.get(kind) or []
    return named if kind in (allowed.get("parse") or []) else named & {int(number) for number in ids}
