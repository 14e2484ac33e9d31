"""The gateway: one WebSocket per shard, with compression, heartbeats, sessions and their resumption."""

import asyncio
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Any, Literal, cast

import orjson
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from sandbox.changes import Changes
from sandbox.discord.world.model import Channel, Happening, Message, Role, Server, World
from sandbox.discord.world.payloads import Payloads, user
from sandbox.discord.world.payloads import role as role_payload

HEARTBEAT_MILLISECONDS = 41_250
# A client notes the time after it has sent a heartbeat. Without the delay of a network, the answer could come before
# that. It would then be measured from the heartbeat before, and discord.py would say that it is 41 s behind.
ACK_DELAY_SECONDS = 0.05
KEPT_EVENTS = 1_000  # per session, for a RESUME
SESSION_SECONDS = 300  # a session outlives its connection by some minutes

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
KNOWN_INTENTS = (1 << 26) - 1


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SHARD = 4010
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Refusal(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class Session:
    """What one shard of the bot has been told; survives its connection for a while."""

    def __init__(self, shard: tuple[int, int], intents: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.intents = intents
        self.sequence = 0
        self.sent: deque[dict[str, Any]] = deque(maxlen=KEPT_EVENTS)
        self.connection: Connection | None = None
        self.left_at: float | None = None

    def dispatch(self, event: str, data: Any) -> None:
        self.sequence += 1
        frame = {"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": data}
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.send(frame)

    def replay(self, after: int) -> bool:
        """Send again what came after `after`. Returns False if that is no longer kept or never was."""
        oldest = self.sent[0]["s"] if self.sent else self.sequence + 1
        if self.connection is None or not oldest - 1 <= after <= self.sequence:
            return False
        for frame in self.sent:
            if frame["s"] > after:
                self.connection.send(frame)
        return True


class Connection:
    """One WebSocket; frames leave in order, compressed as the client asked."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, compression: str | None
    ) -> None:
        self.socket = socket
        self._transport = transport
        self.session: Session | None = None
        self._outgoing: asyncio.Queue[object] = asyncio.Queue()
        self._compress = _compressor(compression)

    def send(self, frame: object) -> None:
        self._outgoing.put_nowait(frame)

    def cut(self) -> None:
        """Drop the connection without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what is queued, until cancelled or the line is gone."""
        with suppress(ConnectionError):
            while True:
                data = orjson.dumps(await self._outgoing.get())
                if self._compress is None:
                    await self.socket.send_str(data.decode())
                else:
                    await self.socket.send_bytes(self._compress(data))


def _compressor(compression: str | None) -> Callable[[bytes], bytes] | None:
    """Return what compresses each message, with one context for the whole connection."""
    if compression == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compression == "zstd-stream":
        import zstandard

        stream = zstandard.ZstdCompressor().compressobj()
        return lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return None


class Gateway:
    """Accepts the bot's shards and tells them what happens in the world."""

    def __init__(self, world: World, payloads: Payloads, token: str) -> None:
        self.url = ""  # known once the server listens
        self.changes = Changes()
        self._world = world
        self._payloads = payloads
        self.token = token
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        world.subscribe(self._on_happening)

    @property
    def connected(self) -> bool:
        """True while every shard of a bot is connected and has identified or resumed."""
        present = {session.shard for session in self._sessions.values() if session.connection is not None}
        return bool(present) and all(len(present) >= count for _, count in present)

    @property
    def connections(self) -> int:
        return len(self._connections)

    def dispatch(self, event: str, data: Any, *, server: Server | None = None, intent: int = 0) -> None:
        """Send the event to the shard of this server; without a server, to the shard of DMs."""
        self._forget_old()
        for session in self._sessions.values():
            number, count = session.shard
            if number == (_shard_of(server, count)) and (not intent or session.intents & intent):
                session.dispatch(event, data)

    def tell_guild_create(self, server: Server, *, joined: bool) -> None:
        data = self._payloads.guild_create(server, joined=joined)
        self.dispatch("GUILD_CREATE", data, server=server, intent=GUILDS)

    def tell_guild_delete(self, server: Server, *, outage: bool) -> None:
        data: dict[str, Any] = {"id": str(server.id)}
        if outage:
            data["unavailable"] = True
        self.dispatch("GUILD_DELETE", data, server=server, intent=GUILDS)

    def tell_channel(
        self, event: Literal["CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"], channel: Channel
    ) -> None:
        self.dispatch(event, self._payloads.channel(channel), server=channel.server, intent=GUILDS)

    def tell_role_create(self, server: Server, role: Role) -> None:
        data = {"guild_id": str(server.id), "role": role_payload(role)}
        self.dispatch("GUILD_ROLE_CREATE", data, server=server, intent=GUILDS)

    def tell_role_delete(self, server: Server, role: Role) -> None:
        data = {"guild_id": str(server.id), "role_id": str(role.id)}
        self.dispatch("GUILD_ROLE_DELETE", data, server=server, intent=GUILDS)

    def invalidate(self) -> None:
        """End every session, so that none can be resumed."""
        for session in self._sessions.values():
            session.sent.clear()
            session.sequence = -1

    async def drop(self) -> None:
        """Drop every connection without a close frame, and wait until they are gone."""
        cut = frozenset(self._connections)
        for connection in cut:
            connection.cut()
        await self.changes.until(lambda: cut.isdisjoint(self._connections) or None)

    def ask_to_reconnect(self) -> None:
        for connection in self._connections:
            connection.send({"op": Op.RECONNECT, "d": None})

    def say(self, frame: object) -> None:
        """Send any frame on every connection, however odd it is."""
        for connection in self._connections:
            connection.send(frame)

    async def close(self) -> None:
        for connection in tuple(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, request.query.get("compress"))
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write(), name="gateway writer")
        connection.send({"op": Op.HELLO, "s": None, "t": None, "d": {"heartbeat_interval": HEARTBEAT_MILLISECONDS}})
        try:
            await self._listen(connection)
        except Refusal as refusal:
            await socket.close(code=refusal.code, message=refusal.code.name.encode())
        finally:
            writer.cancel()
            self._leave(connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            self._receive(connection, message)

    def _receive(self, connection: Connection, message: WSMessage) -> None:
        frame = _decoded(message)
        match frame.get("op"):
            case Op.HEARTBEAT:
                acknowledgement = {"op": Op.HEARTBEAT_ACK, "s": None, "t": None, "d": None}
                asyncio.get_running_loop().call_later(ACK_DELAY_SECONDS, connection.send, acknowledgement)
            case Op.IDENTIFY:
                self._identify(connection, frame["d"])
            case Op.RESUME:
                self._resume(connection, frame["d"])
            case Op.PRESENCE:
                if connection.session is None:
                    raise Refusal(CloseCode.NOT_AUTHENTICATED)
            case _:
                raise Refusal(CloseCode.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        if connection.session is not None:
            raise Refusal(CloseCode.ALREADY_AUTHENTICATED)
        self._check_token(data)
        session = Session(_shard(data), self._intents(data))
        session.connection, connection.session = connection, session
        self._sessions[session.id] = session
        servers = [
            server
            for server in self._world.servers.values()
            if server.bot_present and _shard_of(server, session.shard[1]) == session.shard[0]
        ]
        session.dispatch("READY", self._ready(session, servers))
        if session.intents & GUILDS:
            for server in servers:
                if server.available:
                    session.dispatch("GUILD_CREATE", self._payloads.guild_create(server))
        self.changes.announce()

    def _ready(self, session: Session, servers: list[Server]) -> dict[str, Any]:
        return {
            "v": 10,
            "user": user(self._world.application.bot),
            "user_settings": {},
            "session_type": "normal",
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guilds": [{"id": str(server.id), "unavailable": True} for server in servers],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "auth": {},
            "application": self._payloads.partial_application(),
            "shard": list(session.shard),
            "_trace": ["sandbox"],
        }

    def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        self._check_token(data)
        session = self._sessions.get(str(data.get("session_id")))
        if session is None:
            connection.send({"op": Op.INVALID_SESSION, "d": False})
            return
        session.connection = connection
        if session.replay(int(data["seq"] or 0)):
            connection.session, session.left_at = session, None
            session.dispatch("RESUMED", {"_trace": ["sandbox"]})
            self.changes.announce()
        else:
            del self._sessions[session.id]
            connection.send({"op": Op.INVALID_SESSION, "d": False})

    def _check_token(self, data: dict[str, Any]) -> None:
        if str(data.get("token")).removeprefix("Bot ") != self.token:
            raise Refusal(CloseCode.AUTHENTICATION_FAILED)

    def _intents(self, data: dict[str, Any]) -> int:
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Refusal(CloseCode.INVALID_INTENTS)
        if intents & PRIVILEGED & ~self._world.application.privileged_intents:
            raise Refusal(CloseCode.DISALLOWED_INTENTS)
        return intents

    def _leave(self, connection: Connection) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection, session.left_at = None, self._world.clock.now()
            if connection.socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
                del self._sessions[session.id]
        self.changes.announce()

    def _forget_old(self) -> None:
        limit = self._world.clock.now() - SESSION_SECONDS
        for session in tuple(self._sessions.values()):
            if session.left_at is not None and session.left_at < limit:
                del self._sessions[session.id]

    def _on_happening(self, happening: Happening) -> None:
        message = happening.message
        if message is not None and not message.ephemeral:
            self._tell_message(happening.kind, message)
        elif happening.kind == "interaction sent" and happening.interaction is not None:
            interaction = happening.interaction
            data = self._payloads.interaction(interaction)
            self.dispatch("INTERACTION_CREATE", data, server=interaction.channel.server)

    def _tell_message(self, kind: str, message: Message) -> None:
        server = message.channel.server
        place = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if server is not None:
            place["guild_id"] = str(server.id)
        event = {"message created": "MESSAGE_CREATE", "message edited": "MESSAGE_UPDATE"}.get(kind, "MESSAGE_DELETE")
        data = place if event == "MESSAGE_DELETE" else {**self._payloads.message(message), **place}
        self.dispatch(event, data, server=server, intent=GUILD_MESSAGES if server else DIRECT_MESSAGES)


def _decoded(message: WSMessage) -> dict[str, Any]:
    try:
        frame = json.loads(message.data) if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) else None
    except ValueError:
        frame = None
    if not isinstance(frame, dict):
        raise Refusal(CloseCode.DECODE_ERROR)
    return cast("dict[str, Any]", frame)


def _shard(data: dict[str, Any]) -> tuple[int, int]:
    number, count = data.get("shard") or (0, 1)
    if not 0 <= number < count:
        raise Refusal(CloseCode.INVALID_SHARD)
    return number, count


def _shard_of(server: Server | None, count: int) -> int:
    return (server.id >> 22) % count if server else 0
