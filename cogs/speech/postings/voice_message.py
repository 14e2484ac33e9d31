"""Posts a sound as a voice message of Discord's, and its caption as a reply.

A deferred answer cannot become a voice message by what Discord documents (Message Flags, Interaction Callback), and an
edit that tries it may be refused. So it is an ordinary message of the channel, which needs the bot's permissions there
and has a nonce: within minutes, Discord answers the same nonce with the message that it made before.
"""

import base64
from io import BytesIO
from typing import Any

import discord
from discord.http import handle_message_parameters

from bot.discord.client import Interaction
from bot.discord.codes import Code, Meaning, meaning_of
from bot.discord.files import SentOnce
from bot.discord.first_response import LINE_TROUBLES, FirstResponse, may_pass
from bot.models.sounds import PostAs, SpokenMessage
from bot.services.common.names import file_name
from bot.services.speech.delivery.voice_messages import CaptionRefused, Check, NotTaken, OnRecord, RecordGone
from bot.services.speech.scripts import Script
from bot.tries import tries
from cogs.common.context import is_bot_here
from cogs.common.persistent import persistent_view
from cogs.speech.postings.captions import caption
from cogs.speech.postings.file import NotPosted, caption_view, refusal_of

# Discord knows a nonce for "the past few minutes": afterwards a second try could post a second message.
_POSTING_SECONDS = 60.0

_NOT_ALLOWED = "because I may not send voice messages with a reply in this channel"
_NOT_NOW = "because Discord takes no more messages in this channel for now"
_NOT_YOU = "because you may not send voice messages in this channel"


class PerhapsPosted(NotPosted):
    def __init__(self) -> None:
        super().__init__(
            "Discord has not said if it took the voice message. If it is not here in a few minutes, please try again."
        )


class VoiceMessageHere:
    """Posts in the channel in which an interaction was used. `reason` says why it posts a file instead, if it does."""

    def __init__(self, interaction: Interaction, script: Script, channel_id: int) -> None:
        self.reason: str | None = None
        self._interaction = interaction
        self._script = script
        self._channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)

    def use_file(self, reason: str) -> None:
        self.reason = f"a file, {reason}"

    async def post(self, sound: SpokenMessage, check: Check) -> int:
        may_be_there = False
        try:
            async for attempt in _tries():
                with attempt:
                    if attempt.num > 1:
                        await check()
                    try:
                        return await self._send(sound)
                    except Exception as error:
                        may_be_there |= not _is_refused(error)
                        raise
        except discord.HTTPException as error:
            if error.code == Code.UNKNOWN_MESSAGE or not may_be_there:  # 10008: one of this nonce that was deleted
                raise NotTaken(_why(error)) from error
            raise PerhapsPosted from error
        except LINE_TROUBLES as error:
            raise PerhapsPosted from error
        raise PerhapsPosted

    async def caption(self, sound: SpokenMessage, message_id: int, is_on_record: OnRecord) -> int | None:
        message = self._channel.get_partial_message(message_id)
        view = caption_view(self._script, sound.id) or persistent_view()
        try:
            async for attempt in _tries():
                with attempt:
                    if not await is_on_record():
                        return await self._end(message_id, RecordGone())
                    posted = await message.reply(
                        caption(self._script),
                        nonce=caption_nonce(sound.id),
                        allowed_mentions=discord.AllowedMentions.none(),
                        view=view,
                    )
                    return posted.id
        except discord.HTTPException as error:
            if may_pass(error):
                return None
            return await self._end(message_id, CaptionRefused(refusal_of(error)))
        except LINE_TROUBLES:
            return None
        return None

    async def take_back(self, message_id: int) -> bool:
        try:
            await self._channel.get_partial_message(message_id).delete()
        except discord.NotFound:
            pass
        except (discord.HTTPException, *LINE_TROUBLES):
            return False
        return True

    async def _end(self, message_id: int, reason: CaptionRefused) -> None:
        """Take back a voice message that gets no caption, and raise `reason`; or leave it to `CaptionWorker`."""
        if await self.take_back(message_id):
            raise reason

    async def _send(self, sound: SpokenMessage) -> int:
        file = _VoiceFile(sound, self._script.voice.name)
        with handle_message_parameters(file=file, flags=_voice_flag(), nonce=f"v{sound.id}") as parameters:
            for part in parameters.multipart or ():
                if part.get("filename") == file.filename:
                    part["content_type"] = "audio/ogg"  # only then does Discord read the length and the waveform
            made: Any = await self._interaction.client.http.send_message(self._channel.id, params=parameters)
        return int(made["id"])


class _VoiceFile(SentOnce):
    """A file with what makes it a voice message, for which discord.py 2.7 has no public way."""

    def __init__(self, sound: SpokenMessage, voice_name: str) -> None:
        super().__init__(BytesIO(sound.data), voice_message_name(voice_name, sound.id))
        self._sound = sound

    def to_dict(self, index: int) -> dict[str, Any]:
        waveform = base64.b64encode(self._sound.waveform).decode("ascii")
        return {**super().to_dict(index), "duration_secs": self._sound.seconds, "waveform": waveform}


def voice_message_here(interaction: Interaction, script: Script) -> tuple[VoiceMessageHere | None, str | None]:
    """Return where a voice message is to be posted, or None with a note why it is a file although one was wanted."""
    if script.post_as is not PostAs.VOICE_MESSAGE or interaction.channel_id is None:
        return None, None
    if (reason := _why_not_here(interaction)) is not None:
        return None, f"a file, {reason}"
    return VoiceMessageHere(interaction, script, interaction.channel_id), None


def voice_message_name(voice_name: str, sound_id: str) -> str:
    """Return a file name by which a voice message can be found among others."""
    return f"{file_name(voice_name).removesuffix('.mp3')}-{sound_id}.ogg"


def caption_nonce(sound_id: str) -> str:
    return f"c{sound_id}"


async def end_thinking(interaction: Interaction) -> None:
    """Delete the "thinking…", which is needless beside a voice message. If that fails, it ends in fifteen minutes."""
    response = FirstResponse.to(interaction)
    with response.telling():
        try:
            async for attempt in tries(
                may_pass,
                attempts=None,
                timeout=response.editable_seconds,
                wait_initial=0.3,
                wait_max=20.0,
                wait_jitter=0.3,
            ):
                with attempt:
                    await interaction.delete_original_response()
        except (discord.HTTPException, *LINE_TROUBLES):
            return


def _why_not_here(interaction: Interaction) -> str | None:
    """Return why a voice message and a reply to it may not be posted here, as far as the interaction tells."""
    if interaction.guild_id is None:
        return None
    if not is_bot_here(interaction):
        return "because only my commands are in this server"
    allowed = interaction.app_permissions
    is_thread = isinstance(interaction.channel, discord.Thread)
    needed = (
        allowed.view_channel,
        allowed.send_messages_in_threads if is_thread else allowed.send_messages,
        allowed.attach_files,
        allowed.send_voice_messages,
        allowed.read_message_history,  # without it Discord takes no replies
    )
    if not all(needed):
        return _NOT_ALLOWED
    return None if interaction.permissions.send_voice_messages else _NOT_YOU


def _is_refused(error: Exception) -> bool:
    """Return whether Discord surely has not taken what was sent."""
    return isinstance(error, discord.HTTPException) and meaning_of(error) is not Meaning.UNCLEAR


def _why(error: discord.HTTPException) -> str:
    if error.status == 429:
        return _NOT_NOW
    is_forbidden = error.status == 403
    return _NOT_ALLOWED if is_forbidden else "because Discord did not take it as a voice message"


def _voice_flag() -> discord.MessageFlags:
    return discord.MessageFlags(voice=True)


def _tries() -> Any:
    return tries(may_pass, attempts=None, timeout=_POSTING_SECONDS, wait_initial=0.3, wait_max=10.0, wait_jitter=0.3)
