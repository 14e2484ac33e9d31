"""Asks the person who is heard in a sample. Only their own consent sends it to Fish Audio."""

from collections.abc import Mapping

import structlog

from bot.clock import DAY, HOUR, Clock
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.models.common import Member, Place
from bot.models.consent import Cloning, ConsentRequest, Speaker
from bot.models.samples import Clip, Sample
from bot.models.voices import Voice, VoiceState
from bot.services.common.ownership import NotYours
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer
from bot.services.common.wording import distance, plain, sample_not_used
from bot.services.servers.guards import ErasedMeanwhile, Guards
from bot.services.servers.rules import Blocked
from bot.storage.common.samples import SAMPLE_KEPT
from bot.storage.consent.consent_requests import (
    AskingLimits,
    ConsentRequestStore,
    NoRecording,
    NotToBeAsked,
    TooManyAsked,
)
from bot.storage.voices.voices import VoiceStore

log = structlog.get_logger(__name__)

ANSWERED_WITHIN = 7 * DAY
DELIVERED_WITHIN = DAY
MOST_REFUSALS = 2
MOST_ASKED_A_DAY = 5  # people, by one owner: each gets a message unasked

_CONSENT = (
    "This is my own voice. The recording may be sent to Fish Audio, which makes a synthetic voice from it. {owner} may "
    "speak in that voice and share it in {server}; I may use and share it anywhere, and end all of it at any time with "
    "Revoke."
)


class CannotAsk(UserError):
    """The person refuses all questions or refused this owner before; one sentence for both, to reveal neither."""

    def __init__(self, name: str) -> None:
        super().__init__(f"I can't ask {plain(name)} for their voice.")


class AskedLately(UserError):
    def __init__(self, name: str, again_at: int) -> None:
        super().__init__(
            f"You have asked {plain(name)} already. Unless they answer, you can ask them again {distance(again_at)}."
        )


class TooManyQuestions(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"You have asked {MOST_ASKED_A_DAY} people in the last 24 hours, which is the most. Ask again tomorrow."
        )


class NotAskable(UserError):
    """The person who was named cannot agree; the sentence says why."""


class NothingToAsk(UserError):
    def __init__(self) -> None:
        super().__init__(
            "There is no such draft of yours any more: it was cancelled, replaced by a newer one, or too "
            "old. `/voice list` shows what you have."
        )


class QuestionOver(UserError):
    def __init__(self) -> None:
        super().__init__(
            "This question is over: you have answered it, it was open for too long, or it was taken back. Nothing was "
            "changed. `/voice list` shows the voices in which you agreed to be heard."
        )


class OwnerBlocked(UserError):
    def __init__(self, owner_name: str) -> None:
        super().__init__(
            f"The managers of the server in which {plain(owner_name)} asked have blocked them meanwhile, so nothing "
            "was done. **Refuse** ends the question."
        )


class RecordingGone(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"I keep recordings for {SAMPLE_KEPT // HOUR} hours only, and this message has none any more. Nothing was "
            "done. Press **Refuse**, and the person who asked can ask again with a new one."
        )


def consent_wording(owner_name: str, server_name: str) -> str:
    """Return the consent that the button Approve gives, as it is shown."""
    return _CONSENT.format(owner=plain(owner_name), server=plain(server_name))


class ConsentRequestService:
    def __init__(
        self,
        store: ConsentRequestStore,
        voices: VoiceStore,
        samples: SampleReader,
        guards: Guards,
        signer: Signer,
        clock: Clock,
    ) -> None:
        self._store = store
        self._voices = voices
        self._samples = samples
        self._guards = guards
        self._signer = signer
        self._clock = clock

    async def check(self, owner: Member, place: Place, speaker: Speaker) -> None:
        """Raise a UserError that says why, if this person cannot be asked here."""
        name = plain(speaker.name)
        if place.guild_id is None:
            raise NotAskable("You can name the person who is heard only in a server with both of you. Use this there.")
        if speaker.is_bot:
            raise NotAskable(f"{name} is a bot, which has no voice to agree about. Name the person who is heard.")
        if not speaker.is_here:
            raise NotAskable(f"{name} is not in this server, so they can't be asked. Use this where both of you are.")
        await self._check_askable(owner.id, speaker.id, speaker.name)

    async def ask(self, voice_id: str, owner_id: int, server_name: str) -> Voice:
        """Have the person who is heard in a draft asked. A second click changes nothing.

        `server_name` is what the server is called in which the owner asks and could share the voice.
        Raises NothingToAsk, TooManyQuestions, CannotAsk, AskedLately, or what the guard raises.
        """
        voice = await self._voices.by_id(voice_id)
        if voice is None or voice.owner_id != owner_id or voice.speaker_id is None:
            raise NothingToAsk
        now = self._clock.now()
        try:
            asked = await self._store.open(
                voice_id,
                self._pair(owner_id, voice.speaker_id),
                self._signer.pseudonym("asker", str(owner_id)),
                guard=self._guards.using(owner_id, guild_id=voice.guild_id, since=now),
                now=now,
                expires_at=now + ANSWERED_WITHIN,
                wording=consent_wording(voice.owner_name, server_name),
                limits=AskingLimits(
                    again_from=now - ANSWERED_WITHIN,
                    most_refusals=MOST_REFUSALS,
                    counted_from=now - DAY,
                    most_questions=MOST_ASKED_A_DAY,
                ),
            )
        except TooManyAsked:
            raise TooManyQuestions from None
        except NotToBeAsked:
            await self._check_askable(owner_id, voice.speaker_id, voice.speaker_name or "")
            raise NothingToAsk from None  # they have just answered an earlier question
        if asked is not None:
            log.info("consent asked for", voice_id=voice_id)
            return asked
        if await self._store.of_voice(voice_id) is None:
            raise NothingToAsk
        return voice

    async def approve(self, voice_id: str, speaker_id: int, attached: Mapping[int, Attachment]) -> Voice:
        """Record the consent of the person who is heard, and queue the voice. A second click changes nothing.

        `attached` are the clips in the question's message; they are used if the stored ones are deleted.
        """
        voice = await self._heard_in(voice_id, speaker_id)
        if voice.state is VoiceState.DRAFT:
            approved = await self._approve(voice, speaker_id, attached)
            if approved is not None:
                log.info("consent given", voice_id=voice_id)
                return approved
            voice = await self._heard_in(voice_id, speaker_id)  # another click may have come first
        if voice.state in {VoiceState.DRAFT, VoiceState.FAILED}:
            raise QuestionOver
        return voice

    async def refuse(self, voice_id: str, speaker_id: int) -> Voice:
        voice = await self._heard_in(voice_id, speaker_id)
        request = await self._store.of_voice(voice_id)
        if request is None or not await self._refused(request):
            raise QuestionOver
        return voice

    async def clips(self, voice_id: str) -> tuple[Clip, ...]:
        """Return all clips for the person who is asked; none if they are deleted."""
        sample = await self._voices.sample(voice_id)
        return () if sample is None else await self._samples.to_hear(sample)

    async def asked_of(self, member_id: int) -> list[Voice]:
        """Return the drafts about which this member is asked."""
        return await self._store.asked_of(member_id)

    async def set_cloning(self, member_id: int, choice: Cloning) -> None:
        """Set whether a member may be asked for their voice. `NEVER` also refuses all open questions."""
        await self._store.set_cloning(member_id, choice)
        await self._end_unwanted()

    async def end_overdue(self) -> None:
        """Close the questions that were not answered in time or could not be delivered."""
        await self._end_unwanted()
        now = self._clock.now()
        for request in await self._store.undelivered(now - DELIVERED_WITHIN):
            name = await self._speaker_name(request)
            await self._close(
                request,
                f"{name} could not be reached: their direct messages are closed. Ask them to open them, and try again.",
                refused=False,
            )
        await self._store.forget_askings(now - ANSWERED_WITHIN)

    async def _check_askable(self, owner_id: int, speaker_id: int, name: str) -> None:
        asking = await self._store.asking(self._pair(owner_id, speaker_id))
        if asking.refusals >= MOST_REFUSALS or await self._store.cloning(speaker_id) is Cloning.NEVER:
            raise CannotAsk(name)
        if asking.asked_at is not None and self._clock.now() < asking.asked_at + ANSWERED_WITHIN:
            raise AskedLately(name, asking.asked_at + ANSWERED_WITHIN)

    async def _approve(self, voice: Voice, speaker_id: int, attached: Mapping[int, Attachment]) -> Voice | None:
        began_at = self._clock.now()
        try:
            return await self._record_approval(voice, speaker_id, recording=None, since=began_at)
        except NoRecording:
            if not attached:
                raise RecordingGone from None
        recording, _ = await self._samples.read(attached, speaker_id)
        return await self._record_approval(voice, speaker_id, recording=recording, since=began_at)

    async def _record_approval(
        self, voice: Voice, speaker_id: int, *, recording: Sample | None, since: int
    ) -> Voice | None:
        try:
            return await self._store.approve(
                voice.id,
                speaker_id,
                self._pair(voice.owner_id, speaker_id),
                recording=recording,
                guard=self._guards.using(voice.owner_id, guild_id=voice.guild_id, since=since),
                now=self._clock.now(),
            )
        except Blocked:
            raise OwnerBlocked(voice.owner_name) from None
        except ErasedMeanwhile:  # the owner was erased, and the voice with them
            raise NotYours from None

    async def _heard_in(self, voice_id: str, speaker_id: int) -> Voice:
        voice = await self._voices.by_id(voice_id)
        if voice is None or voice.speaker_id != speaker_id or voice.state is VoiceState.DELETING:
            raise NotYours
        return voice

    async def _end_unwanted(self) -> None:
        for request in await self._store.unwanted(self._clock.now()):
            await self._refused(request)

    async def _refused(self, request: ConsentRequest) -> bool:
        """Close a request as refused. Silence and a click read the same, so that the owner cannot tell them apart."""
        return await self._close(request, f"{await self._speaker_name(request)} did not agree to it.", refused=True)

    async def _close(self, request: ConsentRequest, reason: str, *, refused: bool) -> bool:
        pair, now = self._pair(request.owner_id, request.speaker_id), self._clock.now()
        voice = await self._voices.by_id(request.voice_id)
        end_of_update = sample_not_used(voice.name, reason) if voice and voice.replaces is not None else None
        closed = await self._store.close(request, pair, reason, refused=refused, now=now, end_of_update=end_of_update)
        if closed:
            log.info("consent not given", voice_id=request.voice_id)
        return closed

    async def _speaker_name(self, request: ConsentRequest) -> str:
        voice = await self._voices.by_id(request.voice_id)
        return voice.speaker_name or "" if voice else ""

    def _pair(self, owner_id: int, speaker_id: int) -> str:
        return self._signer.pseudonym("asking", str(owner_id), str(speaker_id))
