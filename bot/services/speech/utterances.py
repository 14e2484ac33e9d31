"""Records who had what posted in which voice, and decides who may delete a message."""

from dataclasses import replace
from hashlib import sha256

from bot.clock import MINUTE, SECOND, Clock
from bot.errors import UserError
from bot.models.common import Charge, Member, Place
from bot.models.sounds import PostAs, Sound, SpokenMessage
from bot.models.speech import Utterance
from bot.models.voices import Voice
from bot.services.common.wording import message_link, person, quoted
from bot.services.provenance.tracing import RECORDS_KEPT
from bot.services.servers.guards import Guards
from bot.storage.engine.database import Guard
from bot.storage.speech.utterances import UtteranceStore

SHOWN = 10

# Discord's interactions last 15 minutes: by then a sound is posted, or never will be.
LONGEST_POSTING = 20 * MINUTE
CAPTION_DUE = 3 * MINUTE  # by then, a process has posted a voice message and its caption, or given up
USUAL_POSTING = 2 * SECOND  # a log entry waits this long, so that it can still be withdrawn


class VoiceEnded(UserError):
    def __init__(self, voice: Voice) -> None:
        super().__init__(
            f"{quoted(voice.name)} ended while it was being spoken in, so nothing was posted. `/voice list` shows the "
            "voices that you can use."
        )


class NotOnRecord(UserError):
    def __init__(self) -> None:
        super().__init__(
            "There is no record of that message any more, so I can't tell whose it is. Members who manage messages "
            "here can still delete it."
        )


class NotYoursToRepeat(UserError):
    def __init__(self) -> None:
        super().__init__("Only the member who asked for it can have it said again. `/say` says something of your own.")


class NothingToRepeat(UserError):
    def __init__(self) -> None:
        super().__init__("There is no record of that message any more, so type its text into `/say`.")


class NotYoursToDelete(UserError):
    def __init__(self) -> None:
        super().__init__(
            "Only the person whose voice this is, the member who asked for it and this server's managers can delete it."
        )


class UtteranceService:
    def __init__(self, store: UtteranceStore, guards: Guards, clock: Clock) -> None:
        self._store = store
        self._guards = guards
        self._clock = clock

    async def begin(
        self,
        sound: Sound,
        voice: Voice,
        asker: Member,
        place: Place,
        *,
        characters: int,
        charge: Charge | None,
        message_id: int | None,
        guard: Guard,
    ) -> Utterance:
        """Put a sound on record before it is posted, and settle its charge, if there is one.

        A voice message gets a caption after it; if the process dies before that, `CaptionService` sees to it.

        `message_id` is the message that will carry it, if it is known already. The use of somebody else's voice goes
        to the server's log. Raises what `guard` raises; the charge is settled then too.
        """
        utterance = Utterance(
            id=sound.id,
            made_at=self._clock.now(),
            voice_id=voice.id,
            voice_name=voice.name,
            owner_id=voice.owner_id,
            owner_name=voice.owner_name,
            speaker_id=voice.speaker_id,
            speaker_name=voice.speaker_name,
            asker_id=asker.id,
            asker_name=asker.name,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
            characters=characters,
            sound_hash=sound.hash,
            file_hash=sha256(sound.data).hexdigest(),
            message_id=message_id,
            posted_as=PostAs.VOICE_MESSAGE if isinstance(sound, SpokenMessage) else PostAs.FILE,
        )
        is_logged = place.guild_id is not None and asker.id != voice.heard_id
        begun = await self._store.begin(
            utterance,
            charge_id=charge.id if charge else None,
            guard=guard,
            log=_used(utterance) if is_logged else None,
            log_not_before=utterance.made_at + (LONGEST_POSTING if message_id is None else USUAL_POSTING),
            caption_due=utterance.made_at + CAPTION_DUE if isinstance(sound, SpokenMessage) else None,
        )
        if isinstance(begun, UserError):
            raise begun
        return begun

    async def complete(self, utterance: Utterance, message_id: int, caption_id: int | None = None) -> None:
        """Record the message with which a sound was posted, and the caption below a voice message if it is there."""
        posted, now = replace(utterance, message_id=message_id), self._clock.now()
        await self._store.complete(utterance, message_id, caption_id=caption_id, log=_used(posted), now=now)

    async def withdraw(self, utterance: Utterance) -> None:
        """Delete the record of a sound that was not posted."""
        await self._store.withdraw(utterance)

    async def by_id(self, utterance_id: str) -> Utterance | None:
        return await self._store.by_id(utterance_id)

    async def lately(self, voice: Voice) -> list[Utterance]:
        """Return the last uses of a voice, newest first. Show them only to those who control it."""
        return await self._store.of_voice(voice.id, most=SHOWN)

    async def to_delete(self, utterance_id: str, member: Member, guild_id: int | None) -> Utterance:
        """Return the record of a message that the member may delete here. Raises NotOnRecord or NotYoursToDelete."""
        utterance = await self._store.by_id(utterance_id)
        if utterance is None:
            raise NotOnRecord
        manages_it = member.is_manager and guild_id is not None and guild_id == utterance.guild_id
        if not (utterance.is_controlled_by(member.id) or member.id == utterance.asker_id or manages_it):
            raise NotYoursToDelete
        return utterance

    async def to_repeat(self, utterance_id: str, member: Member) -> Utterance:
        """Return the record of a sound that the member asked for. Raises NothingToRepeat or NotYoursToRepeat."""
        utterance = await self._store.by_id(utterance_id)
        if utterance is None:
            raise NothingToRepeat
        if member.id != utterance.asker_id:
            raise NotYoursToRepeat
        return utterance

    async def deleted(self, utterance: Utterance, member: Member, *, since: int) -> bool:
        """Record that the message was deleted at Discord, by a member who began at `since`.

        Returns False if that was recorded already.
        """
        sentence = (
            f"{person(member.id, member.name)} deleted a message in {_voice(utterance)}, asked for by "
            f"{person(utterance.asker_id, utterance.asker_name)} in <#{utterance.channel_id}>."
        )
        guard = self._guards.using(member.id, guild_id=None, since=since)
        return await self._store.mark_deleted(
            utterance, member_id=member.id, guard=guard, now=self._clock.now(), log=sentence
        )

    async def forget_old(self) -> None:
        await self._store.forget(self._clock.now() - RECORDS_KEPT)


def _used(utterance: Utterance) -> str:
    """Return a line of the server's log."""
    line = (
        f"{person(utterance.asker_id, utterance.asker_name)} used {_voice(utterance)} in <#{utterance.channel_id}>: "
        f"{utterance.characters} characters."
    )
    if utterance.message_id is None:
        return line
    return f"{line} {message_link(utterance.guild_id, utterance.channel_id, utterance.message_id)}"


def _voice(utterance: Utterance) -> str:
    return f"{quoted(utterance.voice_name)} of {person(utterance.heard_id, utterance.heard_name)}"
