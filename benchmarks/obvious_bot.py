"""The bot that one writes in an afternoon: discord.py, `AsyncFishAudio` and a dict. No rules, no records, no tags."""

import asyncio
import json
import os
from io import BytesIO
from pathlib import Path

import discord
import uvloop
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from fishaudio import AsyncFishAudio

Interaction = discord.Interaction[discord.Client]

POLL_SECONDS = float(os.environ.get("TRAINING_POLL_SECONDS", "5"))

Route.BASE = os.environ["DISCORD_API_URL"]
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])

fish = AsyncFishAudio(api_key=os.environ["FISH_API_KEY"], base_url=os.environ["FISH_API_URL"])
voices: dict[int, dict[str, str]] = {
    int(owner): names for owner, names in json.loads(Path(os.environ["VOICES_FILE"]).read_text()).items()
}
client = discord.Client(intents=discord.Intents(guilds=True))
tree = app_commands.CommandTree(client)
voice_commands = app_commands.Group(name="voice", description="Your voices")
trainings: set["asyncio.Task[None]"] = set()


@tree.command()
async def say(interaction: Interaction, text: str, voice: str) -> None:
    """Say something in your voice"""
    fish_id = voices.get(interaction.user.id, {}).get(voice)
    if fish_id is None:
        await interaction.response.send_message("No such voice.", ephemeral=True)
        return
    await interaction.response.defer()
    mp3 = await fish.tts.convert(text=text, reference_id=fish_id)
    await interaction.followup.send(file=discord.File(BytesIO(mp3), "sound.mp3"))


@say.autocomplete("voice")
async def name_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    names = [name for name in voices.get(interaction.user.id, {}) if typed.casefold() in name.casefold()]
    return [app_commands.Choice(name=name, value=name) for name in names[:25]]


@voice_commands.command(name="list")
async def list_voices(interaction: Interaction) -> None:
    """List your voices"""
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send("\n".join(voices.get(interaction.user.id, {})) or "No voices.", ephemeral=True)


@voice_commands.command()
async def create(interaction: Interaction, name: str, sample: discord.Attachment) -> None:
    """Make a voice from a recording of you"""
    await interaction.response.defer(ephemeral=True)
    voice = await fish.voices.create(title=name, voices=[await sample.read()], visibility="private")
    await interaction.followup.send(f"{name} is training.", ephemeral=True)
    task = asyncio.create_task(follow(interaction.user, name, voice.id))
    trainings.add(task)
    task.add_done_callback(trainings.discard)


async def follow(member: discord.User | discord.Member, name: str, fish_id: str) -> None:
    while (state := (await fish.voices.get(fish_id)).state) not in ("trained", "failed"):  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)
    if state == "trained":
        voices.setdefault(member.id, {})[name] = fish_id
    await member.send(f"{name} is {state}.")


@client.event
async def setup_hook() -> None:
    tree.add_command(voice_commands)
    await tree.sync()


async def main() -> None:
    async with client:
        await client.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    uvloop.run(main())
