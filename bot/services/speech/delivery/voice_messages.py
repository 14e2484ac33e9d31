"""Posts a sound as a voice message, with its caption as a reply to it, or finds out why that is not possible."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import structlog

from bot.audio.reader import AudioReader
from bot.audio.voice_messages import NotEncoded
from bot.errors import UserError
from bot.models.sounds import Sound, SpokenMessage
from bot.models.speech import Utterance
from bot.models.voices import Voice
from bot.services.common.background import keep_going
from bot.services.common.turns import MOST_EACH, TooManyAtOnce, Turns
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.utterances import UtteranceService
from bot.services.speech.waiting_sounds import WaitingSounds

log = structlog.get_logger(__name__)

ENCODED_AT_ONCE = 2  # voice messages, each of which takes a processor; the same words cost no characters

Check: TypeAlias = Callable[[], Awaitable[None]]  # raises a UserError if what permitted a sound has ended
OnRecord: TypeAlias = Callable[[], Awaitable[bool]]  # False once those in the record have everything deleted
Begin: TypeAlias = Callable[[Sound, int | None], Awaitable[Utterance]]  # puts a sound on record


class NotTaken(Exception):
    """A channel has not taken a voice message, and will not. The text says why, as the end of a sentence."""


class CaptionRefused(UserError):
    """The caption may not be posted, so the voice message was deleted again."""


class RecordGone(CaptionRefused):
    def __init__(self) -> None:
        super().__init__(
            "Somebody whom the voice message names had everything about them deleted meanwhile, so I have deleted the "
            "voice message too."
        )


class VoiceMessageChannel(Protocol):
    """Where a voice message is posted."""

    async def post(self, sound: SpokenMessage, check: Check) -> int:
        """Post the sound and return its message's id; await `check` before each further try.

        Raises NotTaken if it is surely not there, and any other error if it may be.
        """
        ...

    async def caption(self, sound: SpokenMessage, message_id: int, is_on_record: OnRecord) -> int | None:
        """Post the caption as a reply, if `is_on_record` before each try. Returns its id; None if Discord is not ready.

        Deletes the voice message and raises CaptionRefused if there must be no caption.
        """
        ...

    async def take_back(self, message_id: int) -> bool:
        """Delete a voice message. Returns False if that cannot be done now."""
        ...

    def use_file(self, reason: str) -> None:
        """Be told why the sound is posted as a file instead."""
        ...


class VoiceMessageService:
    def __init__(
        self, audio: AudioReader, synthesis: Synthesis, utterances: UtteranceService, waiting: WaitingSounds
    ) -> None:
        self._audio = audio
        self._synthesis = synthesis
        self._utterances = utterances
        self._waiting = waiting
        self._turns = Turns(ENCODED_AT_ONCE, "voice messages")

    async def post(
        self,
        frames: bytes,
        voice: Voice,
        occasion: str,
        channel: VoiceMessageChannel,
        begin: Begin,
        check: Check,
        check_changes: Check,
        *,
        member_id: int,
        sound_id: str | None = None,
        with_notice: bool,
    ) -> int | None:
        """Post the sound of MP3 frames for a member. Returns None if it must be a file, and `channel` knows why.

        The record stays if it is not certain that nothing was posted, or if the caption is still missing:
        `CaptionService` finds out then.
        """
        try:
            async with self._turns.turn(member_id):
                message = await self._audio.voice_message(frames, with_notice=with_notice)
        except TooManyAtOnce:
            channel.use_file(f"because {MOST_EACH} voice messages of yours are being made already")
            return None
        except NotEncoded as error:
            log.warning("no voice message could be made", error=str(error))
            channel.use_file("because I could not make a voice message of it")
            return None
        sound = self._synthesis.labelled_message(message, voice, occasion, sound_id=sound_id)
        utterance = await begin(sound, None)
        try:
            async with self._waiting.keeping(sound.id, len(sound.data)):
                message_id = await channel.post(sound, check)
        except NotTaken as reason:
            await asyncio.shield(self._utterances.withdraw(utterance))
            channel.use_file(str(reason))
            return None
        try:
            await check_changes()
        except UserError:
            if await channel.take_back(message_id):
                await asyncio.shield(self._utterances.withdraw(utterance))
                raise
        await self._add_caption(channel, sound, utterance, message_id)
        return message_id

    async def _add_caption(
        self, channel: VoiceMessageChannel, sound: SpokenMessage, utterance: Utterance, message_id: int
    ) -> None:
        async def is_on_record() -> bool:
            return await self._utterances.by_id(utterance.id) is not None

        try:
            caption_id = await channel.caption(sound, message_id, is_on_record)
        except CaptionRefused:
            await asyncio.shield(self._utterances.withdraw(utterance))
            raise
        except BaseException:
            await asyncio.shield(self._utterances.complete(utterance, message_id))
            raise
        with keep_going("could not complete a record"):
            await self._utterances.complete(utterance, message_id, caption_id)
