"""A Discord and a Fish Audio for one bot, and the bot between them."""

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bots import Bot, Program
from benchmarks.sounds import ReadyMade, texts, without_tags
from benchmarks.stored import StoredVoice, make_database
from benchmarks.timing import Stopwatch, Timing
from sandbox.discord import Discord, Member
from sandbox.discord.world.model import Server
from sandbox.fish_audio import FishAudio

VOICE = "Mine"  # what everybody's voice is called
_CREDIT = Decimal(10**9)
_ROOM = 2000  # requests at once that the stand-in of Fish Audio takes


class WrongSound(Exception):
    """A delivered sound is not the one that Fish Audio made for the text."""


@dataclass(frozen=True, slots=True)
class Said:
    """One `/say` that was answered, in seconds."""

    sent_at: float
    first_response: float
    overhead: float  # beyond the time that Fish Audio took
    delivered_at: float | None  # None if no sound came: Discord takes no first response after three seconds


class Stage:
    """What one bot is measured on."""

    def __init__(self, discord: Discord, fish: FishAudio, folder: Path, sounds: ReadyMade) -> None:
        self.discord = discord
        self.fish = fish
        self.folder = folder
        self.sounds = sounds
        self.watch = Stopwatch(discord.world)
        self.members: list[Member] = []
        self.bot: Bot | None = None
        self.unanswered = self.refused = 0  # `/say` that got no sound
        self._texts: Iterator[str] = texts()
        fish.speaks_ready_made(sounds.speak)

    @property
    def database(self) -> Path:
        return self.folder / "mynah.db"

    def add_members(self, count: int, *, servers: Sequence[Server] = ()) -> list[StoredVoice]:
        """Add people to `servers` in turn, each with a trained voice. Returns these voices."""
        added: list[StoredVoice] = []
        for number in range(count):
            server = servers[number % len(servers)] if servers else None
            member = self.discord.member(f"Member {len(self.members)}", server=server)
            self.members.append(member)
            added.append(self.voice_of(member, VOICE))
        return added

    def voice_of(self, member: Member, name: str, *, slot: int = 0, is_shared: bool = False) -> StoredVoice:
        """Return a trained voice of a member's that Fish Audio has."""
        fish_id = self.fish.adds_voice(name).id
        return StoredVoice(
            id=fish_id[:16],
            owner_id=member.id,
            owner_name=member.name,
            name=name,
            fish_id=fish_id,
            guild_id=member.home.id,
            channel_id=member.home.channels[0].id,
            slot=slot,
            is_shared=is_shared,
        )

    async def prepare(self, voices: Sequence[StoredVoice]) -> None:
        """Give every kind of bot the voices in the form in which it keeps them."""
        known: dict[int, dict[str, str]] = {}
        for voice in voices:
            known.setdefault(voice.owner_id, {})[voice.name] = voice.fish_id
        (self.folder / "voices.json").write_text(json.dumps(known))
        await make_database(self.database, voices)

    async def start(self, program: Program, **changes: object) -> Bot:
        """Start a bot, and return when it can be used."""
        self.bot = await Bot.start(program, self.folder, self.settings(**changes))
        try:
            await self.discord.until_ready()
        except AssertionError:
            self.bot.check()
            raise
        return self.bot

    def settings(self, **changes: object) -> dict[str, object]:
        return {
            "discord_token": self.discord.token,
            "fish_api_key": self.fish.key,
            "discord_api_url": self.discord.api_url,
            "discord_gateway_url": self.discord.gateway_url,
            "fish_api_url": self.fish.url,
            "database_url": f"sqlite:///{self.database}",
            "fish_concurrency": 200,
            "daily_characters_per_member": 0,
            "voices_file": self.folder / "voices.json",
            "log_level": "warning",
            **changes,
        }

    async def stop(self) -> None:
        if self.bot is not None:
            await self.bot.stop()
            await self.discord.until_gone()
            self.bot = None

    def new_text(self) -> str:
        """Return a text that nobody has said yet: what was said within an hour would not be made again."""
        return next(self._texts)

    async def say(self, member: Member, text: str | None = None, *, within: float = 60) -> Said:
        """Have a member use `/say`, and check what they get, if it comes `within` seconds. Raises WrongSound."""
        text = text or self.new_text()
        use = await member.uses("/say", text=text, voice=VOICE, wait=False)
        timing = await self.watch.over(use, within=within)
        if timing.done is not None and self._has_sound(timing, text):
            took = self.sounds.took.get(text, 0.0)
            return Said(timing.sent, timing.first_response, timing.whole - took, timing.done)
        if timing.done is None:
            self.unanswered += 1
        else:
            self.refused += 1
        return Said(timing.sent, timing.first_response, inf, None)

    def forget(self) -> None:
        """Forget everything that was said, so that the driver does not grow."""
        self.discord.requests.clear()
        self.fish.requests.clear()
        self.fish.spoken.clear()
        self.sounds.took.clear()
        self.sounds.begun_at.clear()
        world = self.discord.world
        world.interactions.clear()
        world.attachments.clear()
        for channel in world.channels.values():
            channel.messages.clear()
        for user in world.users.values():
            user.inbox.clear()

    def _has_sound(self, timing: Timing, text: str) -> bool:
        """Return whether a sound came, and not a sentence about a failure. Raises WrongSound."""
        messages = (timing.interaction.original, *timing.interaction.followups)
        files = [file for message in messages if message is not None for file in message.attachments]
        if files and (len(files) > 1 or without_tags(files[0].data) != self.sounds.of(text)):
            raise WrongSound(f"{len(files)} files for {text!r}")
        return bool(files)


@asynccontextmanager
async def open_stage(
    *, speech_seconds: float = 0.3, at_once: int = _ROOM, before: Callable[[Discord], None] = lambda _: None
) -> AsyncGenerator[Stage]:
    """Open the two services until the block is left; `before` may add to Discord what must be there from the start.

    Fish Audio takes `at_once` requests at once.
    """
    with TemporaryDirectory(prefix="mynah-bench-") as folder:
        async with (
            Discord.open() as discord,
            FishAudio.open(credit=_CREDIT, concurrency=at_once) as fish,
        ):
            before(discord)
            stage = Stage(discord, fish, Path(folder), ReadyMade(speech_seconds))
            try:
                yield stage
            finally:
                await stage.stop()
            surprises = [*discord.surprises, *fish.surprises]
            if surprises:
                raise AssertionError(surprises[:3])
