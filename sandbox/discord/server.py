"""The stand-in for Discord: one local server with REST, gateway and CDN, and its people."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

from aiohttp import web

from sandbox.discord.api.gateway import Gateway
from sandbox.discord.api.interactions import InteractionRoutes
from sandbox.discord.api.messages import Messages
from sandbox.discord.api.ratelimits import RateLimits, too_many_requests
from sandbox.discord.api.rest import BotRoutes
from sandbox.discord.people.members import Member
from sandbox.discord.people.replies import Seen, look_at, wait_for
from sandbox.discord.validation.errors import NO_USER_AGENT, UNAUTHORIZED, ApiError, error_body
from sandbox.discord.world.cdn import PATHS, Cdn
from sandbox.discord.world.clock import Clock
from sandbox.discord.world.model import MEBIBYTE, Channel, Role, Server, User, World
from sandbox.discord.world.payloads import Payloads, answer
from sandbox.discord.world.permissions import Permission
from sandbox.faults import Handler, Headers, Recorder
from sandbox.local_only import refuse_other_sites

BASE = "/api/v10"
DEFAULT_TOKEN = "sandbox.discord.token"  # noqa: S105 - it opens nothing but this stand-in
NO_PERMISSIONS = Permission(0)
BODY_LIMIT = 1024 * MEBIBYTE  # ours; Discord's own limits are checked file by file


class Discord(Recorder):
    """A local Discord. It outlives the bot: the next process finds everything as it was.

    `world.subscribe` tells of everything that happens besides requests.
    """

    def __init__(self, token: str, world: World | None = None) -> None:
        super().__init__(base=BASE)
        self.token = token
        self.base_url = ""  # known once it listens, like the addresses made from it
        self.world = world or World(Clock())
        self.clock = self.world.clock
        self._limits = RateLimits(self.clock)
        self._cdn = Cdn(self.world)
        self._payloads = Payloads(self.world, self._cdn)
        self.gateway = Gateway(self.world, self._payloads, token)
        self.server = self.world.first_server or self.world.add_server("Aviary", self.world.application.owner)
        self.owner = Member(self.world, self._payloads, self.world.application.owner, self.server)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, token: str = DEFAULT_TOKEN, host: str = "127.0.0.1", port: int = 0, world: World | None = None
    ) -> "AsyncGenerator[Discord]":
        """Listen on `port`, 0 for any that is free, until the block is left; `world` is one from an earlier time."""
        discord = cls(token, world)
        runner = web.AppRunner(discord._application(), access_log=None, shutdown_timeout=2)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        host, port = runner.addresses[0][:2]
        discord._listens_at(host, port)
        try:
            yield discord
        finally:
            discord.release_all()
            await discord.gateway.close()
            await runner.cleanup()

    @property
    def api_url(self) -> str:
        """The address of the REST API, with its /api/v10."""
        return self.base_url + BASE

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    def _application(self) -> web.Application:
        messages = Messages(self.world)
        application = web.Application(
            middlewares=[refuse_other_sites, self.middleware, self._guard], client_max_size=BODY_LIMIT
        )
        application.on_response_prepare.append(self._date)
        router = application.router
        BotRoutes(self.world, messages, self._payloads, self.gateway, self).add_to(router, BASE)
        InteractionRoutes(self.world, messages, self._payloads, self).add_to(router, BASE)
        router.add_get("/gateway", self.gateway.serve)
        for path in PATHS:
            router.add_get(path, self._cdn.serve)
        return application

    def _listens_at(self, host: str, port: int) -> None:
        self.base_url = self._cdn.base_url = f"http://{host}:{port}"
        self.gateway.url = f"ws://{host}:{port}/gateway"

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check headers and rate limits, and answer refusals in Discord's form."""
        limits, refusal = self._limits.spend(request.method, request.path.removeprefix(BASE))
        try:
            if request.path.startswith(BASE):
                self._check_headers(request)
            response = refusal or await handler(request)
        except ApiError as error:
            response = answer(error.body(), error.status)
        if not response.prepared:  # a WebSocket's headers are long gone
            response.headers.update(limits)
        return response

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        """Set the `Date` of an answer by the clock of this Discord."""
        response.headers["Date"] = formatdate(self.clock.now(), usegmt=True)

    def _check_headers(self, request: web.Request) -> None:
        if not request.headers.get("User-Agent"):
            raise ApiError(*NO_USER_AGENT)
        path = request.path.removeprefix(BASE)
        by_token_in_path = path.startswith(("/interactions/", "/webhooks/"))
        if not by_token_in_path and request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(*UNAUTHORIZED)

    def usual_error(self, status: int, code: int, message: str, headers: Headers) -> tuple[Any, Headers]:
        if status != 429:
            return error_body(code, message), headers
        usual = too_many_requests(float(headers.get("Retry-After", 1)))
        return usual.body, {**usual.headers, **headers}

    def limits(self, method: str, path_pattern: str, *, requests: int, seconds: float) -> None:
        """Limit requests per channel, server or webhook, with Discord's headers on each answer."""
        self._limits.add(method, path_pattern, requests, seconds)

    def add_server(self, name: str) -> Server:
        """Add a server that the bot is in."""
        server = self.world.add_server(name, self.world.application.owner)
        self.gateway.tell_guild_create(server, joined=True)
        return server

    def add_channel(self, name: str, *, server: Server | None = None) -> Channel:
        channel = self.world.add_channel(server or self.server, name)
        self.gateway.tell_channel("CHANNEL_CREATE", channel)
        return channel

    def add_role(self, name: str, *, server: Server | None = None, permissions: Permission = NO_PERMISSIONS) -> Role:
        """Add a role to `server`, by default the first one; nobody has it yet."""
        home = server or self.server
        role = self.world.add_role(home, name, permissions)
        self.gateway.tell_role_create(home, role)
        return role

    def deletes_role(self, role: Role, *, server: Server | None = None) -> None:
        home = server or self.server
        self.world.remove_role(home, role)
        self.gateway.tell_role_delete(home, role)

    def manager(self, name: str, *, server: Server | None = None) -> Member:
        """Add a person who may manage the server."""
        return self.member(name, server=server, permissions=Permission.ordinary() | Permission.MANAGE_GUILD)

    def member(
        self,
        name: str,
        *,
        server: Server | None = None,
        permissions: Permission | None = None,
        nitro: bool = False,
    ) -> Member:
        """Add a person to `server`, by default the first one; with `nitro` they may upload 500 MiB."""
        user = self.world.add_user(name, nitro=nitro)
        member = Member(self.world, self._payloads, user, server or self.server)
        member.joins(member.home, permissions)
        return member

    def plays(self, user: User) -> Member:
        """Return the member for a user who exists already."""
        return Member(self.world, self._payloads, user, self.server)

    def owned_by_team(self, members: list[Member]) -> None:
        """Let a team own the application instead of `discord.owner`."""
        self.world.application.team = tuple(member.user for member in members)

    def messages(self, channel: Channel, *, viewer: Member) -> list[Seen]:
        """Return what `viewer` sees in a channel, oldest first."""
        return [look_at(message) for message in channel.messages.values() if message.visible_to(viewer.user)]

    def forbids(self, channel: Channel, permission: Permission) -> None:
        """Take a permission from the bot in one channel."""
        channel.bot_permissions &= ~permission
        self.gateway.tell_channel("CHANNEL_UPDATE", channel)

    def deletes_channel(self, channel: Channel) -> None:
        channel.deleted = True
        self.gateway.tell_channel("CHANNEL_DELETE", channel)

    def removes_bot(self, server: Server, *, keeps_commands: bool = False) -> None:
        """Remove the bot; with `keeps_commands`, people can still use its commands, as if only these were installed."""
        server.bot_present, server.commands_present = False, keeps_commands
        self.gateway.tell_guild_delete(server, outage=False)

    def invites_bot(self, server: Server) -> None:
        server.bot_present, server.bot_joined_at = True, self.clock.now()
        self.gateway.tell_guild_create(server, joined=True)

    def outage(self, server: Server) -> None:
        server.available = False
        self.gateway.tell_guild_delete(server, outage=True)

    def recovers(self, server: Server) -> None:
        server.available = True
        self.gateway.tell_guild_create(server, joined=False)

    async def drops_gateway(self, *, resumable: bool = True) -> None:
        """Drop the bot's connections; with `resumable` False, end its sessions too."""
        if not resumable:
            self.gateway.invalidate()
        await self.gateway.drop()

    async def resets_token(self, token: str = "sandbox.another.token") -> None:  # noqa: S107 - see above
        """Replace the bot's token, which ends every session of the old one."""
        self.token = self.gateway.token = token
        await self.drops_gateway(resumable=False)

    def asks_to_reconnect(self) -> None:
        """Ask the bot to come back on a new connection, as Discord does before it restarts a node."""
        self.gateway.ask_to_reconnect()

    async def until_ready(self, *, within: float = 30, beside: int = 0) -> None:
        """Wait until every shard of a bot is connected, and there are commands to use.

        `beside` is the number of connections that belong to another bot.
        """
        complaint = f"The bot was not ready within {within:g} s."
        await wait_for(
            self.gateway.changes, lambda: self._ready() and self.gateway.connections > beside, within, complaint
        )

    async def until_gone(self, *, within: float = 30, but: int = 0) -> None:
        """Wait until no bot is connected, for example after it was killed; `but` connections belong to another."""
        complaint = f"The bot was still connected after {within:g} s."
        await wait_for(self.gateway.changes, lambda: self.gateway.connections <= but, within, complaint)

    def _ready(self) -> bool:
        return self.gateway.connected and bool(self.world.application.commands)
