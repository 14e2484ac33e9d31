"""Puts the stand-ins, the bot and the two members together, and lets the story take its course."""

import tempfile
from pathlib import Path

from sandbox.demo.album import Album, NotKept
from sandbox.demo.child import BotDied, running_bot
from sandbox.demo.recordings import Material
from sandbox.demo.screen import Screen
from sandbox.demo.stage import Stage, WentWrong
from sandbox.demo.story import RecordingRefused, tell
from sandbox.discord import Discord, NotTold, Refused
from sandbox.fish_audio import FishAudio


class StoryEnded(Exception):
    """The story ended before its end; `bot_log` holds the bot's last words where they may explain it."""

    def __init__(self, sentence: str, *, bot_log: str = "") -> None:
        super().__init__(sentence)
        self.bot_log = bot_log


async def perform(screen: Screen, album: Album, material: Material) -> None:
    """Tell the whole story; nothing that it started is left when it returns. Raises StoryEnded."""
    with tempfile.TemporaryDirectory(prefix="mynah-demo-") as folder:
        async with (
            Discord.open() as discord,
            FishAudio.open() as fish,
            running_bot(discord, fish, Path(folder)) as bot,
        ):
            stage = Stage(discord, fish, screen, album)
            try:
                await bot.lives_through(_play(stage, discord, fish, material))
            except Refused as reason:
                raise StoryEnded(f"Discord does not let Ann send that: {reason}") from None
            except (RecordingRefused, NotKept) as reason:  # the log would explain nothing
                raise StoryEnded(str(reason)) from None
            except (BotDied, NotTold, TimeoutError, WentWrong) as trouble:
                sentence = str(trouble) or "The bot did not answer in time."
                raise StoryEnded(sentence, bot_log=bot.log_tail) from None


async def _play(stage: Stage, discord: Discord, fish: FishAudio, material: Material) -> None:
    await stage.opens()
    ann, ben = discord.member("Ann", nitro=True), discord.member("Ben")
    await tell(stage, ann, ben, material)
    if surprises := discord.surprises + fish.surprises:
        raise WentWrong("The bot asked for what the stand-ins do not have: " + "; ".join(surprises))
