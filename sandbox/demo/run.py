"""Starts the stand-ins and the bot, and runs the story with three members."""

import tempfile
from pathlib import Path

from sandbox.demo.bot_process import BotDied, StartBot, running_bot
from sandbox.demo.narrator import Narrator, WentWrong
from sandbox.demo.recordings import Material
from sandbox.demo.saved_sounds import CannotSave, SavedSounds
from sandbox.demo.screen import Screen
from sandbox.demo.story import RecordingRefused, tell
from sandbox.discord import Discord, NotTold, Refused
from sandbox.fish_audio import FishAudio


class StoryFailed(Exception):
    """The story could not be told to its end; `bot_log` is the end of the bot's log if it may explain why."""

    def __init__(self, sentence: str, *, bot_log: str = "") -> None:
        super().__init__(sentence)
        self.bot_log = bot_log


async def run_story(screen: Screen, sounds: SavedSounds, material: Material, start_bot: StartBot) -> None:
    """Tell the whole story and stop everything that it started. Raises StoryFailed."""
    with tempfile.TemporaryDirectory(prefix="mynah-demo-") as folder:
        async with (
            Discord.open() as discord,
            FishAudio.open() as fish,
            running_bot(discord, fish, Path(folder), start_bot) as bot,
        ):
            narrator = Narrator(discord, fish, screen, sounds)
            try:
                await bot.while_running(_play(narrator, discord, fish, material))
            except Refused as reason:
                raise StoryFailed(f"Discord does not let Ann send that: {reason}") from None
            except (RecordingRefused, CannotSave) as reason:  # the log would explain nothing
                raise StoryFailed(str(reason)) from None
            except (BotDied, NotTold, TimeoutError, WentWrong) as trouble:
                sentence = str(trouble) or "The bot did not answer in time."
                raise StoryFailed(sentence, bot_log=bot.log_tail) from None


async def _play(narrator: Narrator, discord: Discord, fish: FishAudio, material: Material) -> None:
    await narrator.waits_for_bot()
    ann, ben, cleo = discord.member("Ann", nitro=True), discord.member("Ben"), discord.member("Cleo")
    await tell(narrator, ann, ben, cleo, material)
    if surprises := discord.surprises + fish.surprises:
        raise WentWrong("The bot asked for what the stand-ins do not have: " + "; ".join(surprises))
