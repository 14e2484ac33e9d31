"""`/say`: posts a sound in a member's voice."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.admission import slow_command
from bot.discord.client import Interaction, Mynah
from bot.discord.first_response import FirstResponse, Manner, acknowledge, if_slow
from bot.models.sounds import PostAs, Sound
from bot.services.speech.delivery.speech import Posted
from bot.services.speech.delivery.voice_messages import Check
from bot.services.speech.imitation.one_offs import not_kept_yet
from bot.services.speech.scripts import SPEEDS, VOLUMES, SpeechRequest
from bot.services.speech.synthesis.emotions import LONGEST as LONGEST_EMOTION
from bot.services.text.spoken_mentions import Mentions
from cogs.common.autocomplete import emotions, speaking_voices
from cogs.common.context import PostedAs, member_of, place_of
from cogs.common.persistent import register
from cogs.speech import once
from cogs.speech.postings.file import post_file
from cogs.speech.postings.voice_message import end_thinking, voice_message_here
from cogs.speech.takes import hear_first

# Discord's own bound on a text option; the host's, if it is lower, is declared when the cog is built.
LONGEST_OPTION = 6000


class Speech(commands.Cog):
    def __init__(self, *, longest_text: int) -> None:
        # discord.py fixes an option's range where the command is written, before the host's settings are known.
        text = self.say._params["text"]  # noqa: SLF001
        text.max_value = longest_text or LONGEST_OPTION

    @app_commands.command(extras=slow_command(lambda interaction: _manner(interaction.namespace)))
    @app_commands.describe(
        text="What to say; [whispering] and the like set the tone",
        voice="Whose voice says it; your default if you name none",
        speed="How fast: 1 is natural",
        volume="How loud, in decibels: 0 is natural",
        emotion="How it sounds, such as excited or whispering",
        preview="Hear it alone first, and post it with a click",
        sample="A recording of you: the text is said once in its voice, and no voice is made of it",
        sample_2="A second clip of you, if you have one",
        sample_3="A third clip of you",
        as_="How it is posted; if you leave it out, as you chose with /voice default",
    )
    @app_commands.rename(as_="as")
    @app_commands.autocomplete(voice=speaking_voices, emotion=emotions)
    async def say(
        self,
        interaction: Interaction,
        text: app_commands.Range[str, 1, LONGEST_OPTION],
        voice: str | None = None,
        speed: app_commands.Range[float, SPEEDS[0], SPEEDS[1]] = 1.0,
        volume: app_commands.Range[float, VOLUMES[0], VOLUMES[1]] = 0.0,
        emotion: app_commands.Range[str, 1, LONGEST_EMOTION] | None = None,
        preview: bool = False,
        sample: discord.Attachment | None = None,
        as_: PostedAs | None = None,
        sample_2: discord.Attachment | None = None,
        sample_3: discord.Attachment | None = None,
    ) -> None:
        """Say something in your voice, or in one that is shared here"""
        request = SpeechRequest(
            asker=member_of(interaction),
            place=place_of(interaction),
            text=text,
            mentions=_mentions(interaction),
            asked_at=interaction.created_at,
            voice=voice,
            speed=speed,
            volume=volume,
            emotion=emotion,
            post_as=PostAs(as_) if as_ else None,
        )
        clips = (sample, sample_2, sample_3)
        if any(clips):
            await _offer_once(interaction, request, clips, preview=preview)
        elif preview:
            await hear_first(interaction, request)
        else:
            await speak(interaction, request)


async def _offer_once(
    interaction: Interaction, request: SpeechRequest, clips: Sequence[discord.Attachment | None], *, preview: bool
) -> None:
    if request.voice is not None:
        raise once.NotBoth("a voice")
    if preview:
        raise once.NotBoth("a preview")
    pending = not_kept_yet(request.asker, request.place)
    request = replace(request, once=pending, largest_file=interaction.filesize_limit)
    await once.offer(interaction, await interaction.client.services.scripts.prepare(request), clips)


async def speak(interaction: Interaction, request: SpeechRequest, *, privately: bool = False) -> Posted:
    """Answer an interaction with the sound that was asked for: for everybody there, or `privately` for the asker."""
    services = interaction.client.services
    request = replace(request, largest_file=interaction.filesize_limit)
    if_slow(interaction, "privately" if privately else "publicly")
    async with AsyncExitStack() as counting:
        script = await services.scripts.prepare(request)
        payment = await counting.enter_async_context(services.sound_maker.counted(script))
        await acknowledge(interaction)
        message_id = FirstResponse.to(interaction).message_id
        channel, note = (None, None) if privately else voice_message_here(interaction, script)

        async def post(sound: Sound, check: Check) -> int:
            return await post_file(interaction, script, sound, check, note=channel.reason if channel else note)

        posted = await services.speech.say(script, payment, message_id, post, channel)
    if posted.as_ is PostAs.VOICE_MESSAGE:
        await end_thinking(interaction)
    return posted


def _manner(options: app_commands.Namespace) -> Manner:
    """Return how `/say` will answer; it is needed before the command begins."""
    return "privately" if options.preview or options.sample else "publicly"


def _mentions(interaction: Interaction) -> Mentions:
    """Return the names behind the mentions in the text, which the interaction brings along."""
    data: Any = interaction.data or {}
    resolved: dict[str, dict[str, dict[str, Any]]] = data.get("resolved", {})
    members = resolved.get("members", {})
    return Mentions(
        users={
            int(id_): members.get(id_, {}).get("nick") or user.get("global_name") or user.get("username") or ""
            for id_, user in resolved.get("users", {}).items()
        },
        roles={int(id_): role.get("name") or "" for id_, role in resolved.get("roles", {}).items()},
        channels={int(id_): channel.get("name") or "" for id_, channel in resolved.get("channels", {}).items()},
    )


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Speech(longest_text=bot.settings.max_text_length))
    register(bot, once.SAY, partial(once.say, speak=speak))
    register(bot, once.CANCEL, once.cancel)
