"""Mynah as a Discord client: its intents, the registration of its commands, and its shutdown."""

import asyncio
import contextlib
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, TypeAlias

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.clock import MINUTE, Clock
from bot.discord.admission import Admission
from bot.discord.codes import Code, is_from_discord
from bot.discord.first_response import LINE_TROUBLES, AnyInteraction, FirstResponse, acknowledge_if_slow
from bot.discord.gateway import note_skipped, read_frames_with_care, skip_unreadable_events, surely_cancelled
from bot.discord.pauses import end_pauses
from bot.discord.replies import explain_to, refuse
from bot.errors import UserError
from bot.http.discord_answers import bound_answer
from bot.http.user_agents import TO_DISCORD
from bot.services import Services
from bot.services.common.background import keep_going
from bot.settings import DiscordSettings, Settings
from bot.storage.common.registrations import Registration, RegistrationStore
from bot.storage.engine.wakeups import Wakeups

log = structlog.get_logger(__name__)

EXTENSIONS = (
    "cogs.common.persistent",
    "cogs.common.forms",
    "cogs.help",
    "cogs.voices.voices",
    "cogs.voices.recorded_messages",
    "cogs.sharing",
    "cogs.speech.speech",
    "cogs.speech.again",
    "cogs.speech.take_clicks",
    "cogs.speech.spoken_messages",
    "cogs.servers.servers",
    "cogs.servers.pronunciations",
    "cogs.speech.utterances",
    "cogs.speech.provenance",
    "cogs.speech.usage",
    "cogs.speech.say_form",
    "cogs.speech.preview_form",
    "cogs.voices.clicks",
    "cogs.servers.left_servers",
    "cogs.members.privacy",
    "cogs.upkeep",
)

INTENTS = discord.Intents(guilds=True)

# The bot joins no voice channels, so discord.py need not warn at each start of what is missing for these.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # pyrefly: ignore[instance-var-assign]

# What the bot needs in a server: to mention an owner whose DMs are closed, to find that mention again, and to post
# voice messages with their captions.
NEEDED_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    send_voice_messages=True,
    read_message_history=True,
)

_AUTHENTICATION_FAILED = 4004  # the gateway's close code

_SHOWS_OR_ENDS = ("privacy ", "voice list", "voice show", "voice delete")  # commands
_ENDS_SOMETHING = r"mynah-(erase|unsay|uses):|mynah:(cancel|delete|delete-now|keep|refuse|revoke):"  # custom_ids

LOOK_UP_SECONDS = 5.0
REGISTRATION_PAUSE = 5 * MINUTE
HEARD = 5000  # interactions: far more than arrive before Discord delivers one twice
FINISHING_SECONDS = 20.0
FAREWELL_SECONDS = 5.0
FAREWELL = "I am being restarted and could not finish this. Please try again in a minute."
UNTOLD = "I am being restarted and could not tell you what came of this. See whether it is done before you try again."


class Mynah(commands.AutoShardedBot):
    """The bot. It receives servers and interactions only, and keeps no members and no messages in memory."""

    def __init__(
        self,
        services: Services,
        registrations: RegistrationStore,
        wakeups: Wakeups,
        settings: Settings,
        clock: Clock,
        *,
        adopt: bool = False,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,  # there are no such commands; discord.py wants a prefix
            help_command=None,
            intents=INTENTS,
            tree_cls=ErrorBoundary,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=_naming_us(services.timekeeping.hear),
            shard_count=settings.shard_count,
            shard_ids=list(settings.shard_ids) if settings.shard_ids else None,  # pyrefly: ignore[bad-argument-type]  # None: all
        )
        self.services = services
        self.wakeups = wakeups
        self.settings = settings
        self.clock = clock
        self.component_handlers: dict[str, ComponentHandler] = {}  # see `cogs.common.persistent`
        self.last_turns: dict[str, int] = {}  # when each kind of work on a clock last went well, by `Clock.monotonic`
        self.refused_forms: dict[str, RefusedForm] = {}  # as they were filled in, oldest first; see `cogs.common.forms`
        self.command_mentions: dict[str, str] = {}  # by the command's name; see `mentioning_commands`
        self.skipped_events = Counter[str]()  # what Discord sent and discord.py could not read
        skip_unreadable_events(self._connection.parsers, self.skipped_events)
        read_frames_with_care()
        end_pauses()
        self._registrations = registrations
        self._adopt = adopt
        self._registering = asyncio.Lock()
        self._next_registration_at = 0
        self._admission = Admission()
        self._at_work: dict[asyncio.Task[Any], AnyInteraction] = {}
        self._heard: dict[int, None] = {}  # the newest interactions, oldest first
        self._ending: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        await self._claim_database()
        self.services.membership.connect(self.is_member)
        for name in EXTENSIONS:
            await import_module(name).setup(self)
        await self.register_commands()

    async def _claim_database(self) -> None:
        """Raise DatabaseOfAnother for another application's database: here, the shares in its servers would end."""
        ours = self.application_id or 0
        theirs = await self._registrations.claim(ours, adopt=self._adopt)
        if theirs is not None:
            raise DatabaseOfAnother(theirs, ours)

    async def register_commands(self, *, again: bool = False) -> None:
        """Register the commands with Discord if they have changed since the last time, or `again` in any case.

        Any trouble is logged. The commands that Discord has still work, and `upkeep` tries again.
        """
        async with self._registering:
            await self._register_commands(again=again)

    async def _register_commands(self, *, again: bool) -> None:
        application_id = self.application_id or 0
        payload, fingerprint = self._as_registered
        last = await self._registrations.last(application_id)
        self._note_commands(last.command_ids)
        if not again and last.fingerprint == fingerprint and last.command_ids:
            return
        if self.clock.monotonic() < self._next_registration_at:
            return
        self._next_registration_at = self.clock.monotonic() + REGISTRATION_PAUSE
        try:
            given = await self.http.bulk_upsert_global_commands(application_id, payload)
        except discord.HTTPException as error:
            log.error("commands not registered", status=error.status, code=error.code, why=error.text)  # noqa: TRY400 - the text says it
            return
        except LINE_TROUBLES as error:
            log.warning("commands not registered", error=type(error).__name__)
            return
        slash = discord.AppCommandType.chat_input.value
        ids = {command["name"]: int(command["id"]) for command in given if command["type"] == slash}
        await self._registrations.record(application_id, Registration(fingerprint, ids))
        self._note_commands(ids)
        log.info("commands registered", count=len(payload))

    @cached_property
    def _as_registered(self) -> tuple[list[Any], str]:
        """Return what Discord gets to know of all commands, and its fingerprint; no command is added later."""
        payload: list[Any] = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        return payload, hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()

    def _note_commands(self, ids: Mapping[str, int]) -> None:
        """Let sentences mention the commands with these ids; the commands of a group share its id."""
        for command in self.tree.walk_commands():
            root = command.root_parent or command
            if isinstance(command, app_commands.Command) and root.name in ids:
                self.command_mentions[command.qualified_name] = f"</{command.qualified_name}:{ids[root.name]}>"

    async def run_until_closed(self, token: str) -> None:
        """Sign in and stay online. Raises TokenRefused or DiscordUnavailable."""
        with sign_in_explained():
            await surely_cancelled(self.start(token))

    async def on_error(self, event_method: str, /, *_args: Any, **_how: Any) -> None:
        """Count and log an event that one of our listeners could not handle."""
        error = sys.exception()
        if error is not None:
            note_skipped(event_method, error, self.skipped_events)

    async def on_ready(self) -> None:
        log.info("ready", user=str(self.user), servers=len(self.guilds), shards=len(self.shards))
        if others := self.services.allowed_servers.others([guild.id for guild in self.guilds]):
            log.warning("in servers that are not in ALLOWED_SERVERS, where it does nothing", servers=others)
        if not self.guilds and self.application_id is not None:
            log.warning("in no server yet; open the link to add the bot to one", link=invitation(self.application_id))

    async def hosts(self) -> list[discord.abc.Snowflake]:
        """Return who owns the application: one person, or the members of a team."""
        application = self.application or await self.application_info()
        return list(application.team.members) if application.team else [application.owner]

    async def is_member(self, guild_id: int, member_id: int) -> bool | None:
        """Ask Discord whether somebody is in a server. Returns None if Discord does not tell."""
        guild = self.get_guild(guild_id)
        if guild is None or guild.unavailable:
            return None
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await guild.fetch_member(member_id)
        except discord.NotFound as error:
            return False if error.code in {Code.UNKNOWN_MEMBER, Code.UNKNOWN_USER} else None
        except (discord.HTTPException, *LINE_TROUBLES):
            return None
        return True

    async def takes_on(self, interaction: AnyInteraction) -> bool:
        """Keep track of the present task, which answers an interaction. Returns False if it must not answer it."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(interaction_id=interaction.id)
        if not isinstance(interaction.token, str):  # without it, nobody can be answered
            note_skipped("INTERACTION_CREATE", TypeError(), self.skipped_events)
            return False
        if interaction.type is discord.InteractionType.autocomplete:
            here = [interaction.guild_id] if interaction.guild_id is not None else []
            return works_everywhere(interaction) or not self.services.allowed_servers.others(here)
        task = asyncio.current_task()
        if interaction.id in self._heard or task is None:
            return False  # Discord may deliver an event twice
        self._heard[interaction.id] = None
        if len(self._heard) > HEARD:
            del self._heard[next(iter(self._heard))]
        if self._ending is not None:
            await refuse(interaction, FAREWELL)
            return False
        acknowledge_if_slow(interaction, task)
        self._at_work[task] = interaction
        task.add_done_callback(lambda done: self._at_work.pop(done, None))
        if interaction.type is discord.InteractionType.application_command:
            await self._admission.begin(interaction, task)
        if not works_everywhere(interaction):
            try:
                await self.services.allowed_servers.check(interaction.user.id, interaction.guild_id)
            except UserError as refusal:
                await refuse(interaction, str(refusal))
                return False
        return True

    async def close(self) -> None:
        """Finish the running interactions, tell members who still wait to try again, then close everything."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name="end")
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        await self._finish_work()
        await super().close()

    async def _finish_work(self) -> None:
        if self._at_work:
            log.info("finishing", interactions=len(self._at_work))
            with contextlib.suppress(TimeoutError):
                async with self.clock.at_most(FINISHING_SECONDS):
                    await asyncio.wait(list(self._at_work))
        unfinished = dict(self._at_work)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(list(unfinished), timeout=FAREWELL_SECONDS)
            farewells = (refuse(interaction, _farewell_to(interaction)) for interaction in unfinished.values())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*farewells), FAREWELL_SECONDS)


def _farewell_to(interaction: AnyInteraction) -> str:
    return UNTOLD if FirstResponse.to(interaction).is_telling else FAREWELL


Interaction: TypeAlias = "discord.Interaction[Mynah]"
RefusedForm: TypeAlias = tuple[int, Callable[[], discord.ui.Modal]]  # who filled it in, and the form to open again
ComponentHandler: TypeAlias = "Callable[[Interaction, str], Awaitable[None]]"


class ErrorBoundary(app_commands.CommandTree[Mynah]):
    """Turns every error of a command into one sentence for the person who used it."""

    async def interaction_check(self, interaction: Interaction) -> bool:
        return await interaction.client.takes_on(interaction)

    async def _call(self, interaction: Interaction) -> None:
        """Run a command. If discord.py cannot read it, its error would otherwise reach nobody."""
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise
        except Exception as error:
            interaction.client.skipped_events["INTERACTION_CREATE"] += 1
            if interaction.type is discord.InteractionType.autocomplete:
                log.warning("autocomplete failed", error=type(error).__name__)
            else:
                await explain_to(interaction, error)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            log.warning("autocomplete failed", error=type(error).__name__)
            return
        await explain_to(interaction, error.original if isinstance(error, app_commands.CommandInvokeError) else error)
        if isinstance(error, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
            with keep_going("could not register commands"):
                await interaction.client.register_commands(again=True)


class TokenRefused(UserError):
    def __init__(self) -> None:
        super().__init__(
            "Discord refuses DISCORD_TOKEN. Copy the bot's token from the Developer Portal and start again."
        )


class DatabaseOfAnother(UserError):
    def __init__(self, theirs: int, ours: int) -> None:
        super().__init__(
            f"The database belongs to another Discord application ({theirs}); DISCORD_TOKEN is of {ours}. Nothing was "
            "changed. Set the token of the other application, or another DATABASE_URL for this one. To let this "
            "application take over the database for good, start once with `run --adopt`."
        )


class DiscordUnavailable(Exception):
    """Discord could not be reached or fails; no setting would change that."""


@contextlib.contextmanager
def sign_in_explained() -> Generator[None]:
    """Turn a refusal of Discord into an error with a sentence for the host: TokenRefused or DiscordUnavailable."""
    try:
        yield
    except discord.LoginFailure as error:
        refusal = error.__cause__
        if isinstance(refusal, discord.HTTPException) and not is_from_discord(refusal):
            raise DiscordUnavailable(
                f"Discord could not be reached ({refusal.status} from something before it)."
            ) from error
        raise TokenRefused from None
    except discord.ConnectionClosed as error:  # final: discord.py reconnects after all others
        if error.code == _AUTHENTICATION_FAILED:
            raise TokenRefused from None
        raise DiscordUnavailable(f"Discord has ended the connection ({error}).") from error
    except (
        discord.HTTPException,
        discord.GatewayNotFound,
        aiohttp.ClientError,
        TimeoutError,
        json.JSONDecodeError,
    ) as error:
        raise DiscordUnavailable(f"Discord could not be reached ({error}).") from error


async def application(token: str) -> tuple[str, str]:
    """Return the application's name and its invite link. Raises TokenRefused or DiscordUnavailable."""
    with sign_in_explained():
        async with discord.Client(intents=INTENTS, http_trace=_naming_us()) as client:
            await client.login(token)
            info = await client.application_info()
    return info.name, invitation(info.id)


def works_everywhere(interaction: AnyInteraction) -> bool:
    """Return True for what shows or ends what a member has: it works also in servers that may not use the bot."""
    if interaction.type in {discord.InteractionType.component, discord.InteractionType.modal_submit}:
        return re.match(_ENDS_SOMETHING, str((interaction.data or {}).get("custom_id", ""))) is not None
    command = interaction.command
    return command is not None and command.qualified_name.startswith(_SHOWS_OR_ENDS)


def invitation(application_id: int) -> str:
    """Return the link that adds the bot to a server."""
    return discord.utils.oauth_url(
        application_id, permissions=NEEDED_PERMISSIONS, scopes=("bot", "applications.commands")
    )


def _naming_us(hear: Callable[[str], None] | None = None) -> aiohttp.TraceConfig:
    """Set the User-Agent of every request to Discord, since discord.py sets none on answers to interactions.

    It also bounds the answers, which discord.py reads to their end, and gives `hear` the `Date` of each.
    """

    async def name(_session: object, _context: object, request: aiohttp.TraceRequestStartParams) -> None:
        request.headers["User-Agent"] = TO_DISCORD

    trace = aiohttp.TraceConfig()

    async def date(_session: object, _context: object, answered: aiohttp.TraceRequestEndParams) -> None:
        if hear is not None and "Date" in answered.response.headers:
            hear(answered.response.headers["Date"])

    trace.on_request_start.append(name)
    trace.on_request_end.append(date)
    trace.on_request_end.append(bound_answer)
    return trace


def use_addresses(settings: DiscordSettings) -> None:
    """Point discord.py at the REST API and the gateway that the settings name, before anything is sent."""
    Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)
