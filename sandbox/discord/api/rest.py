"""The endpoints that a bot's token opens: itself, its commands, servers, channels and messages."""

import json
from functools import lru_cache
from typing import Any, cast

from aiohttp import web

from sandbox.discord.api.gateway import Gateway
from sandbox.discord.api.messages import Messages
from sandbox.discord.validation.commands import check_commands
from sandbox.discord.validation.drafts import CREATE_FLAGS, EDIT_FLAGS, Draft, read_draft
from sandbox.discord.validation.errors import (
    BAD_JSON,
    DMS_CLOSED,
    EDIT_BY_ANOTHER,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_MUTUAL_SERVER,
    NO_REPLIES_HERE,
    NO_VOICE_MESSAGES_HERE,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MEMBER,
    UNKNOWN_MESSAGE,
    UNKNOWN_USER,
    ApiError,
)
from sandbox.discord.world.model import MEBIBYTE, Channel, Message, MessageFlag, Server, World
from sandbox.discord.world.payloads import Payloads, answer, member, user
from sandbox.discord.world.permissions import Permission
from sandbox.faults import Recorder

DM_SIZE_LIMIT = 10 * MEBIBYTE


class BotRoutes:
    def __init__(
        self, world: World, messages: Messages, payloads: Payloads, gateway: Gateway, recorder: Recorder
    ) -> None:
        self._world = world
        self._messages = messages
        self._payloads = payloads
        self._gateway = gateway
        self._recorder = recorder

    def add_to(self, router: web.UrlDispatcher, base: str) -> None:
        commands = f"{base}/applications/{{application_id}}/commands"
        channel = f"{base}/channels/{{channel_id}}"
        router.add_get(f"{base}/users/@me", self.me)
        router.add_get(f"{base}/oauth2/applications/@me", self.application)
        router.add_get(f"{base}/gateway", self.gateway)
        router.add_get(f"{base}/gateway/bot", self.gateway_bot)
        router.add_get(commands, self.commands)
        router.add_put(commands, self.overwrite_commands)
        router.add_post(f"{base}/users/@me/channels", self.open_dm)
        router.add_delete(f"{base}/users/@me/guilds/{{guild_id}}", self.leave_server)
        router.add_get(f"{base}/guilds/{{guild_id}}", self.server)
        router.add_get(f"{base}/guilds/{{guild_id}}/members/{{user_id}}", self.member)
        router.add_get(channel, self.channel)
        router.add_get(f"{channel}/messages", self.list_messages)
        router.add_post(f"{channel}/messages", self.create_message)
        router.add_get(f"{channel}/messages/{{message_id}}", self.message)
        router.add_patch(f"{channel}/messages/{{message_id}}", self.edit_message)
        router.add_delete(f"{channel}/messages/{{message_id}}", self.delete_message)

    async def me(self, _request: web.Request) -> web.Response:
        private = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}
        return answer({**user(self._world.application.bot), **private})

    async def application(self, _request: web.Request) -> web.Response:
        return answer(self._payloads.application())

    async def gateway(self, _request: web.Request) -> web.Response:
        return answer({"url": self._gateway.url})

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        budget = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
        return answer({"url": self._gateway.url, "shards": 1, "session_start_limit": budget})

    async def commands(self, request: web.Request) -> web.Response:
        self._check_application(request)
        return answer(self._world.application.commands)

    async def overwrite_commands(self, request: web.Request) -> web.Response:
        self._check_application(request)
        body = self._recorder.body(request)
        sent = _checked(body.raw if body.content_type == "application/json" else b"")
        self._world.application.commands = [self._registered(command) for command in sent]
        self._gateway.changes.announce()
        return answer(self._world.application.commands)

    def _registered(self, command: dict[str, Any]) -> dict[str, Any]:
        """Return a command as Discord stores it; one that keeps its name keeps its id."""
        same = (command["name"], command.get("type", 1))
        kept = [old["id"] for old in self._world.application.commands if (old["name"], old["type"]) == same]
        defaults: dict[str, Any] = {
            "type": 1,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
            "name_localizations": None,
            "description_localizations": None,
        }
        given = {key: value for key, value in command.items() if value is not None}
        ids = {
            "id": kept[0] if kept else str(self._world.ids.next()),
            "application_id": str(self._world.application.id),
            "version": str(self._world.ids.next()),
            "contexts": command.get("contexts"),
            "integration_types": command.get("integration_types") or [0],
        }
        permissions = command.get("default_member_permissions")
        shown = None if permissions is None else str(permissions)
        return {**defaults, **given, **ids, "default_member_permissions": shown}

    async def open_dm(self, request: web.Request) -> web.Response:
        person = self._world.users.get(int(self._json(request).get("recipient_id") or 0))
        if person is None or person.bot:
            raise ApiError(*UNKNOWN_USER)
        return answer(self._payloads.channel(self._world.dm_with(person)))

    async def leave_server(self, request: web.Request) -> web.Response:
        server = self._server(request)
        server.bot_present = False
        self._gateway.tell_guild_delete(server, outage=False)
        return web.Response(status=204)

    async def server(self, request: web.Request) -> web.Response:
        return answer(self._payloads.guild(self._server(request)))

    async def member(self, request: web.Request) -> web.Response:
        server, user_id = self._server(request), _number(request, "user_id")
        if user_id not in self._world.users:
            raise ApiError(*UNKNOWN_USER)
        if user_id == self._world.application.bot.id:
            return answer(member(self._payloads.bot_membership()))
        if user_id not in server.members:
            raise ApiError(*UNKNOWN_MEMBER)
        return answer(member(server.members[user_id]))

    async def channel(self, request: web.Request) -> web.Response:
        return answer(self._payloads.channel(self._channel(request)))

    async def list_messages(self, request: web.Request) -> web.Response:
        """Return the newest messages first; `limit`, `before` and `after` work as documented."""
        channel = self._channel(request)
        if channel.server is not None and Permission.READ_MESSAGE_HISTORY not in channel.bot_permissions:
            return answer([])
        before = int(request.query.get("before", 1 << 63))
        after = int(request.query.get("after", 0))
        seen = [
            message
            for message in channel.messages.values()
            if after < message.id < before and not (message.deleted or message.ephemeral)
        ]
        newest = seen[::-1][: int(request.query.get("limit", 50))]
        return answer([self._payloads.message(message) for message in newest])

    async def create_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        limit = channel.server.size_limit if channel.server else DM_SIZE_LIMIT
        draft = self._draft(request, CREATE_FLAGS, limit)
        self._check_may_send(channel, draft)
        return answer(self._payloads.message(self._messages.create(channel, draft)))

    async def message(self, request: web.Request) -> web.Response:
        return answer(self._payloads.message(self._message(request)))

    async def edit_message(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message.author is not self._world.application.bot:
            raise ApiError(*EDIT_BY_ANOTHER)
        server = message.channel.server
        self._messages.edit(message, self._draft(request, EDIT_FLAGS, server.size_limit if server else DM_SIZE_LIMIT))
        return answer(self._payloads.message(message))

    async def delete_message(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message.author is not self._world.application.bot:
            raise ApiError(*MISSING_PERMISSIONS)
        self._world.delete(message)
        return web.Response(status=204)

    def _check_application(self, request: web.Request) -> None:
        if request.match_info["application_id"] != str(self._world.application.id):
            raise ApiError(*MISSING_ACCESS)

    def _server(self, request: web.Request) -> Server:
        server = self._world.servers.get(_number(request, "guild_id"))
        if server is None or not server.bot_present:
            raise ApiError(*UNKNOWN_GUILD)
        return server

    def _channel(self, request: web.Request) -> Channel:
        """Return a channel that the bot can see. Raises ApiError."""
        channel = self._world.channels.get(_number(request, "channel_id"))
        if channel is None or channel.deleted:
            raise ApiError(*UNKNOWN_CHANNEL)
        bot_is_here = channel.server is None or channel.server.bot_present
        if not bot_is_here or Permission.VIEW_CHANNEL not in channel.bot_permissions:
            raise ApiError(*MISSING_ACCESS)
        return channel

    def _message(self, request: web.Request) -> Message:
        channel = self._channel(request)
        message_id = _number(request, "message_id")
        if not message_id:
            raise ApiError(*UNKNOWN_MESSAGE)
        return self._messages.found(channel, message_id)

    def _check_may_send(self, channel: Channel, draft: Draft) -> None:
        person = channel.recipient
        if person is not None:
            if not self._world.shares_a_server(person):
                raise ApiError(*NO_MUTUAL_SERVER)
            if not person.dms_open:
                raise ApiError(*DMS_CLOSED)
            return
        needed = Permission.SEND_MESSAGES
        if draft.files:
            needed |= Permission.ATTACH_FILES
        if needed not in channel.bot_permissions:
            raise ApiError(*MISSING_PERMISSIONS)
        if draft.reply_to is not None and Permission.READ_MESSAGE_HISTORY not in channel.bot_permissions:
            raise ApiError(*NO_REPLIES_HERE)
        if (
            MessageFlag.IS_VOICE_MESSAGE in draft.flags
            and Permission.SEND_VOICE_MESSAGES not in channel.bot_permissions
        ):
            raise ApiError(*NO_VOICE_MESSAGES_HERE)

    def _draft(self, request: web.Request, flags: MessageFlag, size_limit: int) -> Draft:
        parts = self._recorder.body(request).parts
        return read_draft(self._json(request), parts, flags=flags, size_limit=size_limit)

    def _json(self, request: web.Request) -> Any:
        try:
            sent = self._recorder.body(request).json()
        except ValueError as error:
            raise ApiError(*BAD_JSON) from error
        if sent is None:
            raise ApiError(*BAD_JSON)
        return sent


def _number(request: web.Request, name: str) -> int:
    """Return an id from the path; 0, which nothing has, if it is not a number."""
    value = request.match_info[name]
    return int(value) if value.isdecimal() else 0


@lru_cache(maxsize=4)
def _checked(body: bytes) -> list[dict[str, Any]]:
    """Read and check all commands of a bot; the same ones are checked once, since most bots send them at each start."""
    try:
        sent = json.loads(body)
    except ValueError as error:
        raise ApiError(*BAD_JSON) from error
    check_commands(sent)
    return cast("list[dict[str, Any]]", sent)
