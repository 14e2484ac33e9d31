"""A recording in whose voice one text is said. It is kept until its member has consented or 15 minutes are over."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from secrets import token_hex

from bot.clock import Clock
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.models.common import Member, Place
from bot.models.samples import Overview, Sample
from bot.models.speech import OneOff
from bot.models.voices import Voice, VoiceState
from bot.services.common.samples import SampleReader
from bot.services.consent.spoken_consent import SentenceSpent, SpokenConsent
from bot.services.servers.guards import Guards
from bot.services.servers.rules import RulesService
from bot.services.speech.imitation.excerpts import OnceGone
from bot.services.voices.drafts import DRAFT_KEPT
from bot.storage.engine.database import Guard, Session
from bot.storage.servers.rules import rules_of
from bot.storage.speech.one_offs import OneOffStore
from bot.storage.voices.voices import SentenceUsed

NAME = "A voice used once"

CONSENT = (
    "This is my own voice. The recording may be sent to Fish Audio, which imitates it to say this one text; no voice "
    "is made of it."
)


class MustBeSpoken(UserError):
    def __init__(self) -> None:
        super().__init__(
            "This server's managers have just decided that consent is spoken here. Use `/say` with `sample` again: you "
            "get a sentence to read aloud in the recording."
        )


class OnceReworded(UserError):
    def __init__(self) -> None:
        super().__init__(
            "What you are asked to agree to has changed since this was written. Use `/say` with `sample` again."
        )


class BeingSaid(UserError):
    def __init__(self) -> None:
        super().__init__("That text is being said already. Wait for the sound.")


class OneOffService:
    def __init__(
        self,
        store: OneOffStore,
        samples: SampleReader,
        rules: RulesService,
        guards: Guards,
        spoken_consent: SpokenConsent,
        clock: Clock,
    ) -> None:
        self._store = store
        self._samples = samples
        self._rules = rules
        self._guards = guards
        self._spoken_consent = spoken_consent
        self._clock = clock
        self._being_said = set[str]()

    async def keep(self, member: Member, place: Place, attached: Mapping[int, Attachment]) -> tuple[OneOff, Overview]:
        """Check a recording of the member's own and keep the part that would be imitated.

        `attached` are its clips, as in `SampleReader.read`. The part is a part of one of them. Raises a UserError that
        says what is wrong with the recording, or the sentence that must be read aloud in it.
        """
        began_at = self._clock.now()
        await self._rules.allow_creating(member, place)
        sentence = await self._spoken_consent.sentence_for(member, place, since=began_at)
        transcript = None
        if sentence is None:
            sample, found = await self._samples.read(attached, member.id)
        else:
            async with self._samples.listening(member.id):
                sample, found = await self._samples.read(attached, member.id)
                transcript = await self._spoken_consent.transcript(sample, sentence)
        wav, is_whole = await self._cut(sample, member.id)
        once = OneOff(
            id=token_hex(8),
            member_id=member.id,
            guild_id=place.guild_id,
            wav=wav,
            transcript=transcript if is_whole else None,
            is_spoken=sentence is not None,
            expires_at=self._clock.now() + DRAFT_KEPT,
        )
        guard = self._permitted(member, place, once, since=began_at)
        try:
            await self._store.keep(once, guard=guard, sentence_id=sentence.id if sentence else None)
        except SentenceUsed:
            raise SentenceSpent from None
        return once, found

    @asynccontextmanager
    async def saying(self, id_: str, member: Member, place: Place, *, shown: str) -> AsyncGenerator[OneOff]:
        """Hand out a recording to whose use its member has just consented here, and delete it after the block.

        `shown` is the message with the button. If the block fails, the recording stays for another click.
        """
        once = await self._store.by_id(id_, now=self._clock.now())
        if once is None or once.member_id != member.id or once.guild_id != place.guild_id:
            raise OnceGone
        if CONSENT not in shown:
            raise OnceReworded
        if id_ in self._being_said:
            raise BeingSaid
        self._being_said.add(id_)
        try:
            await self._rules.allow_creating(member, place)
            yield once
            await self._store.drop(id_, member.id)
        finally:
            self._being_said.discard(id_)

    async def cancel(self, id_: str, member_id: int) -> None:
        if not await self._store.drop(id_, member_id):
            raise OnceGone

    async def drop_old(self) -> None:
        await self._store.drop_old(self._clock.now())

    async def _cut(self, sample: Sample, member_id: int) -> tuple[bytes, bool]:
        async def at_hand() -> Sample:
            return sample

        return await self._samples.excerpt(at_hand, member_id) or (sample.clips[0].data, False)

    def _permitted(self, member: Member, place: Place, once: OneOff, *, since: int) -> Guard:
        allowed = self._guards.creating(member, place, since=since)

        async def guard(db: Session) -> None:
            await allowed(db)
            if (
                place.guild_id is not None
                and not once.is_spoken
                and (await rules_of(db, place.guild_id)).spoken_consent
            ):
                raise MustBeSpoken

        return guard


def not_kept_yet(member: Member, place: Place) -> OneOff:
    """Return a placeholder for a recording, so that the rest of the request can be checked first."""
    return OneOff(
        id="", member_id=member.id, guild_id=place.guild_id, wav=b"", transcript=None, is_spoken=False, expires_at=0
    )


def voice_used_once(once: OneOff, member: Member) -> Voice:
    """Return the voice that credits and records name, for a recording of which no voice is made."""
    return Voice(
        id=once.id,
        owner_id=member.id,
        owner_name=member.name,
        name=NAME,
        state=VoiceState.QUEUED,
        guild_id=once.guild_id,
        channel_id=0,
        since=once.expires_at,
        created_at=once.expires_at,
        imitable_until=once.expires_at,
    )
