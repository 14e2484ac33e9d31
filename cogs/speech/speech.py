"""`/say`: posts an MP3 in a member's voice."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import discord
import stamina
from discord import app_commands
from discord.ext import commands

from bot.client import Interaction, Mynah
from bot.errors import UserError
from bot.first_response import LINE_TROUBLES, FirstResponse, acknowledge, if_slow, may_pass
from bot.models import Sound
from bot.services.speech.delivery.emotions import LONGEST as LONGEST_EMOTION
from bot.services.speech.one_offs import not_kept_yet
from bot.services.speech.speech import SPEEDS, VOLUMES, Script, SpeechRequest, file_name
from bot.services.text.spoken_mentions import Mentions
from cogs.common.autocomplete import emotions, speaking_voices
from cogs.common.context import member_of, place_of
from cogs.common.persistent import persistent_view, register
from cogs.speech import once
from cogs.speech.captions import again_button, caption
from cogs.speech.takes import hear_first
from cogs.speech.utterances import delete_button

# Discord's own bound on a text option; the host's, where lower, is declared when the cog is built.
LONGEST_OPTION = 6000


class NotPosted(UserError):
    """The sound was made, but Discord did not take it."""


class Speech(commands.Cog):
    def __init__(self, *, longest_text: int) -> None:
        # discord.py fixes an option's range where the command is written, before the host's settings are known.
        text = self.say._params["text"]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        text.max_value = longest_text or LONGEST_OPTION

    @app_commands.command()
    @app_commands.describe(
        text="What to say; [whispering] and the like set the tone",
        voice="Whose voice says it; your default if you name none",
        speed="How fast: 1 is natural",
        volume="How loud, in decibels: 0 is natural",
        emotion="How it sounds, such as excited or whispering",
        preview="Hear it alone first, and post it with a click",
        sample="A recording of you: the text is said once in its voice, and no voice is made of it",
    )
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
        )
        if sample is None:
            await (hear_first if preview else speak)(interaction, request)
        else:
            await _offer_once(interaction, request, sample, preview=preview)


async def _offer_once(
    interaction: Interaction, request: SpeechRequest, sample: discord.Attachment, *, preview: bool
) -> None:
    if request.voice is not None:
        raise once.NotBoth("a voice")
    if preview:
        raise once.NotBoth("a preview")
    pending = not_kept_yet(request.asker, request.place)
    request = replace(request, once=pending, largest_file=interaction.filesize_limit)
    await once.offer(interaction, await interaction.client.services.speech.prepare(request), sample)


async def speak(interaction: Interaction, request: SpeechRequest, *, privately: bool = False) -> None:
    """Answer an interaction with the sound that was asked for, for all in the place or `privately` for the asker."""
    speech = interaction.client.services.speech
    request = replace(request, largest_file=interaction.filesize_limit)
    if_slow(interaction, "privately" if privately else "publicly")
    async with AsyncExitStack() as counting:
        script = await speech.prepare(request)
        charge = await counting.enter_async_context(speech.counted(script))
        await acknowledge(interaction)
        message_id = FirstResponse.to(interaction).message_id
        await speech.say(script, charge, message_id, partial(post, interaction, script))


async def post(interaction: Interaction, script: Script, sound: Sound, check: Callable[[], Awaitable[None]]) -> int:
    """Replace "thinking…" by the sound, trying again for as long as the interaction lives and `check` permits it.

    Returns the id of the message. Raises NotPosted, or what `check` raises.
    """
    if len(sound.mp3) > interaction.filesize_limit:
        raise NotPosted(_TOO_LARGE)
    lifetime = FirstResponse.to(interaction).editable_seconds
    try:
        async for attempt in stamina.retry_context(
            on=may_pass, attempts=None, timeout=lifetime, wait_initial=0.3, wait_max=20.0, wait_jitter=0.3
        ):
            with attempt:
                if attempt.num > 1:
                    await check()
                posted = await interaction.edit_original_response(
                    content=caption(script),
                    attachments=[_SentOnce(BytesIO(sound.mp3), file_name(script.voice.name))],
                    allowed_mentions=discord.AllowedMentions.none(),
                    view=_buttons(script, sound.id),
                )
                return posted.id
    except discord.HTTPException as error:
        raise NotPosted(_REFUSALS.get(error.code, _NOT_TAKEN)) from error
    except LINE_TROUBLES as error:
        raise NotPosted(_NOT_TAKEN) from error
    raise NotPosted(_NOT_TAKEN)


def _buttons(script: Script, sound_id: str) -> discord.ui.View | None:
    again = again_button(script, sound_id)
    delete = delete_button(sound_id) if script.request.place.guild_id is not None else None
    items = [button for button in (again, delete) if button is not None]
    return persistent_view(*items) if items else None


class _NotTakenAtOnce(ConnectionError):
    """Discord did not take a file at the first try."""


class _SentOnce(discord.File):
    """A file that discord.py does not send again by itself, since its pauses are longer than a permission may last."""

    def reset(self, *, seek: int | bool = True) -> None:
        if seek:  # the number of the try
            raise _NotTakenAtOnce
        super().reset(seek=seek)


_TOO_LARGE = "The sound is larger than Discord allows here. Please say it in shorter pieces."
_NOT_TAKEN = "Discord did not take the sound. Please try again."

# Discord's error codes (reference page "Opcodes and Status Codes").
_REFUSALS = {
    10008: "The answer was deleted before the sound was ready, so nothing was posted.",
    40005: _TOO_LARGE,
    50045: _TOO_LARGE,
    200000: "This server's AutoMod does not allow that text.",
    200001: "This server's AutoMod does not allow that text.",
    240000: "This server's link filter does not allow that text.",
}


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
