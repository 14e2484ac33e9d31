"""Takes: sounds that only the member who asked for them hears, until they post or discard them."""

from bot.audio.mp3.mpeg import whole_frames
from bot.clock import MINUTE, Clock
from bot.errors import UserError
from bot.models.common import Member
from bot.models.sounds import PostAs
from bot.models.speech import Take, Utterance
from bot.services.common.background import keep_going
from bot.services.speech.delivery.speech import Post, Posted, SpeechService
from bot.services.speech.delivery.voice_messages import VoiceMessageChannel
from bot.services.speech.making import Made, Payment, SoundMaker
from bot.services.speech.scripts import Script, ScriptService
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.utterances import UtteranceService
from bot.storage.engine.database import Conflict, Guard, Session
from bot.storage.speech.takes import TakeStore, is_kept

KEPT = 15 * MINUTE
MOST_KEPT = 10  # of a member: takes of the same words cost nothing, so they could fill the disk
BEING_POSTED = MINUTE  # a record that is younger may belong to a process that is still posting


class TakeGone(UserError):
    def __init__(self) -> None:
        super().__init__(
            "That take is gone: it was posted or discarded, its voice was deleted, or its "
            f"{KEPT // MINUTE} minutes are over. `/say` makes a new one."
        )


class TakeBeingPosted(UserError):
    def __init__(self) -> None:
        super().__init__("That take is being posted. If it does not appear, press **Post it** again in a minute.")


class TakeBeingLookedFor(UserError):
    def __init__(self) -> None:
        super().__init__(
            "I was interrupted while I posted that take as a voice message, and I am looking for it. If it does not "
            "appear, press **Post it** again in a few minutes."
        )


class TakePosted(UserError):
    def __init__(self) -> None:
        super().__init__("That take was posted already. `/say` says the text once more.")


class TakeService:
    def __init__(
        self,
        store: TakeStore,
        scripts: ScriptService,
        maker: SoundMaker,
        synthesis: Synthesis,
        speech: SpeechService,
        utterances: UtteranceService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._scripts = scripts
        self._maker = maker
        self._synthesis = synthesis
        self._speech = speech
        self._utterances = utterances
        self._clock = clock
        self._posting: set[str] = set()

    async def make(self, script: Script, payment: Payment) -> Take:
        """Have a sound made for its asker alone. Raises what keeps it from being made or kept."""
        made = await self._maker.make(script, payment)
        now = self._clock.now()
        take = Take(
            sound=self._synthesis.labelled(made.frames, script.voice, script.occasion),
            member_id=script.request.asker.id,
            voice_id=script.voice.id,
            characters=made.characters,
            made_at=now,
            keep_until=now + KEPT,
        )
        guard, charge_id = self._scripts.still_permitted(script), made.charge.id if made.charge else None
        refusal = await self._store.keep(take, charge_id=charge_id, guard=guard, most=MOST_KEPT)
        if refusal is not None:
            raise refusal
        return take

    async def of(self, take_id: str, member: Member) -> Take:
        """Return a take that the member may still post. Raises TakeGone."""
        take = await self._store.of_member(take_id, member.id, now=self._clock.now())
        if take is None:
            raise TakeGone
        return take

    async def begun(self, take: Take) -> Utterance | None:
        """Return the record of a post that was begun and may never have ended, as when the process died.

        Raises TakeBeingPosted if it may go on, or TakeBeingLookedFor while `CaptionService` is to find out.
        """
        record = await self._utterances.by_id(take.sound.id)
        is_young = record is not None and self._clock.now() < record.made_at + BEING_POSTED
        if is_young or take.sound.id in self._posting:
            raise TakeBeingPosted
        if record is not None and record.posted_as is PostAs.VOICE_MESSAGE and record.message_id is None:
            raise TakeBeingLookedFor
        return record

    async def was_not_posted(self, record: Utterance) -> None:
        """Let a take be posted again whose post has ended without a message."""
        await self._utterances.withdraw(record)

    async def post(
        self,
        take: Take,
        script: Script,
        message_id: int | None,
        post: Post,
        channel: VoiceMessageChannel | None = None,
    ) -> Posted:
        """Post a take, once, if everything that permits it still does. Raises TakeBeingPosted, or what `say` raises."""
        frames = whole_frames(take.sound.data) or b""  # of which nothing could be made: then the file is posted
        self._posting.add(take.sound.id)
        try:
            posted = await self._speech.post(
                script,
                Made(frames, None, take.characters),
                message_id,
                post,
                channel,
                guard=self._still_kept(take, self._scripts.still_permitted(script)),
                file=take.sound,
            )
        except Conflict:  # another process posts it
            raise TakeBeingPosted from None
        finally:
            self._posting.discard(take.sound.id)
        with keep_going("could not drop a take"):
            await self._store.drop(take.sound.id)
        return posted

    async def discard(self, take: Take) -> None:
        await self._store.drop(take.sound.id)

    async def drop_old(self) -> None:
        """Delete the takes whose time is over."""
        await self._store.drop_old(self._clock.now())

    def _still_kept(self, take: Take, permitted: Guard) -> Guard:
        async def guard(db: Session) -> None:
            if not await is_kept(db, take.sound.id):
                raise TakeGone
            await permitted(db)

        return guard
