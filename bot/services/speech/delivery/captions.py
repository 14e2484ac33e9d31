"""Plans the work that gives each voice message its caption, also if the process that posted it has died."""

from bot.clock import DAY, HOUR, MINUTE, Clock
from bot.models.speech import Utterance
from bot.services.speech.utterances import UtteranceService
from bot.storage.speech.captions import CaptionStore

CLAIM = MINUTE
TRIED_FOR = DAY  # if the bot can no longer post or look there


class CaptionService:
    def __init__(self, store: CaptionStore, utterances: UtteranceService, clock: Clock) -> None:
        self._store = store
        self._utterances = utterances
        self._clock = clock

    async def due(self, most: int) -> list[Utterance]:
        """Claim the records of voice messages that may have no caption, or may never have been posted."""
        now = self._clock.now()
        return await self._store.claim(now=now, until=now + CLAIM, most=most)

    async def next_due(self) -> int | None:
        return await self._store.next_due()

    async def try_all_now(self) -> None:
        """Make everything due that a process was posting when it died."""
        await self._store.try_all_now(self._clock.now())

    async def is_on_record(self, utterance: Utterance) -> bool:
        """Return False once somebody in a record had everything deleted: then there must be no caption."""
        return await self._utterances.by_id(utterance.id) is not None

    async def posted(self, utterance: Utterance, message_id: int, caption_id: int) -> None:
        await self._utterances.complete(utterance, message_id, caption_id)

    async def withdraw(self, utterance: Utterance) -> None:
        """Delete the record of a voice message that is not there."""
        await self._utterances.withdraw(utterance)

    async def keep_claim(self, utterance: Utterance, until: int) -> None:
        await self._store.put_off(utterance.id, until)

    async def not_now(self, utterance: Utterance) -> None:
        """Plan another try, or give up after `TRIED_FOR`."""
        now = self._clock.now()
        if now - utterance.made_at > TRIED_FOR:
            await self._store.give_up(utterance.id)
        else:
            await self._store.put_off(utterance.id, now + min(HOUR, max(MINUTE, now - utterance.made_at)))
