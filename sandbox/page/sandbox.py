"""Builds the sandbox: the two services, the bot, the people and the page's feed."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.discord import Discord, Member
from sandbox.discord.world.model import Happening
from sandbox.fish_audio import FishAudio
from sandbox.page.actions import Actions
from sandbox.page.bot_process import BotProcess, StartBot, start_bot
from sandbox.page.controls import Controls
from sandbox.page.live_fish import LiveFish
from sandbox.page.people import People
from sandbox.page.saved_state import SavedState, load, saving
from sandbox.page.updates.feed import Event, Feed
from sandbox.page.updates.timeline import Timeline
from sandbox.page.updates.views import Views

POLL_SECONDS = "1"  # before the bot first asks about a training; its default of five is long to wait for
QUICK = {"TRAINING_POLL_SECONDS": POLL_SECONDS, "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to open the sandbox. A port of 0 is any that is free."""

    discord_port: int = 0
    fish_port: int = 0
    live_key: str | None = None  # the caller's own, for the real Fish Audio
    live_address: str = ""
    with_bot: bool = True
    start_bot: StartBot = start_bot
    state: Path | None = None  # None: nothing is kept


class Sandbox:
    def __init__(
        self,
        discord: Discord,
        fish: FishAudio | LiveFish,
        bot: BotProcess | None,
        feed: Feed,
        settings: dict[str, str],
    ) -> None:
        self.discord = discord
        self.fish = fish
        self.bot = bot
        self.settings = settings  # with which the bot is run
        self.feed = feed
        self.timeline = Timeline(feed.publish)
        self.people = People(discord, self._people_changed)
        self.views = Views(discord, self.people)
        self.actions = Actions(discord, self.people)
        self.controls = Controls(discord, fish, bot, self._controls_changed)
        self._controls_shown = self.controls.view()
        self._bot_shown: Event = {}
        discord.world.subscribe(self._happened)
        self.timeline.follow("Discord", discord)
        self.timeline.follow("Fish Audio", fish)
        self.timeline.follow_gateway(discord)
        fish.subscribe(lambda _request: self._look_at_controls())

    def snapshot(self, viewer: Member) -> Event:
        """Return everything that a page needs when `viewer` opens it."""
        return {
            "kind": "snapshot",
            **self.views.snapshot(viewer),
            "controls": self.controls.view(),
            "bot_state": self.bot_state(),
            "log": list(self.bot.lines) if self.bot else [],
            "timeline": self.timeline.view(),
        }

    def bot_state(self) -> dict[str, Any]:
        """Return the state of the bot, which decides whether commands can be used."""
        ready = self.discord.gateway.connected and bool(self.discord.world.application.commands)
        if ready:
            state = "ready"
        elif self.bot is None:
            state = "awaited"
        elif self.bot.running:
            state = "connecting"
        else:
            state = "stopped"
        return {
            "state": state,
            "ours": self.bot is not None,
            "exit_code": self.bot.exit_code if self.bot else None,
        }

    async def watch_gateway(self) -> None:
        """Publish changes of the connection and of the commands, until cancelled."""
        connected = self.discord.gateway.connected
        commands = self.discord.world.application.commands
        while True:
            await self.discord.gateway.changes.next()
            if connected != self.discord.gateway.connected:
                connected = not connected
                self.timeline.gateway_says("the bot is connected" if connected else "the bot's connection is gone")
            if commands is not self.discord.world.application.commands:
                commands = self.discord.world.application.commands
                self.feed.tell_commands(self.views)
            self.look_at_bot()

    def look_at_bot(self) -> None:
        """Publish the bot's state if it has changed."""
        shown = self.bot_state()
        if shown != self._bot_shown:
            self._bot_shown = shown
            self.feed.publish({"kind": "bot", "bot_state": shown})

    def _happened(self, happening: Happening) -> None:
        self.feed.tell_each(self.views, happening)
        if happening.message is not None and happening.message.channel.recipient is not None:
            self._people_changed()  # somebody has a new direct message

    def _look_at_controls(self) -> None:
        if self.controls.view() != self._controls_shown:
            self._controls_changed()

    def _controls_changed(self) -> None:
        self._controls_shown = self.controls.view()
        self.feed.publish({"kind": "controls", "controls": self._controls_shown})

    def _people_changed(self) -> None:
        self.feed.publish({"kind": "roles", "roles": self.people.roles()})
        self.feed.publish({"kind": "people", "people": self.people.describe()})


@asynccontextmanager
async def open_sandbox(plan: Plan) -> AsyncGenerator[Sandbox]:
    """Open everything, the bot last, and close it in reverse order."""
    async with AsyncExitStack() as stack:
        folder = plan.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mynah-sandbox-")))
        kept = load(plan.state) if plan.state else SavedState()
        discord = await stack.enter_async_context(Discord.open(port=plan.discord_port, world=kept.world))
        fish = await stack.enter_async_context(_fish_audio(plan, kept))
        feed = Feed()
        if plan.state is not None:
            await stack.enter_async_context(saving(plan.state, discord, fish))
        settings = _settings(discord, fish, folder)
        bot = BotProcess(settings, folder, feed.publish, plan.start_bot) if plan.with_bot else None
        sandbox = Sandbox(discord, fish, bot, feed, settings)
        watching = asyncio.create_task(sandbox.watch_gateway(), name="gateway watcher")
        stack.callback(watching.cancel)
        if bot is not None:
            bot.changed = sandbox.look_at_bot
            stack.push_async_callback(bot.stop)
            await bot.start()
        yield sandbox


def _fish_audio(plan: Plan, kept: SavedState) -> AbstractAsyncContextManager[FishAudio | LiveFish]:
    if plan.live_key is None:
        return FishAudio.open(port=plan.fish_port, voices=kept.voices)
    return LiveFish.open(key=plan.live_key, upstream=plan.live_address, port=plan.fish_port)


def _settings(discord: Discord, fish: FishAudio | LiveFish, folder: Path) -> dict[str, str]:
    """Return the settings of the bot; the caller's environment may add others."""
    addresses = {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "FISH_API_KEY": fish.key,
        "FISH_API_URL": fish.url,
        "DATABASE_URL": f"sqlite:///{folder.resolve()}/mynah.db",
    }
    return {**{name: value for name, value in QUICK.items() if name not in os.environ}, **addresses}
