"""How words are said in a member's own texts, as they have decided."""

from bot.clock import Clock
from bot.errors import UserError
from bot.models.common import Member, Pronunciation
from bot.services.common.wording import quoted
from bot.services.servers.guards import Guards
from bot.services.text.pronunciation import MOST_PRONUNCIATIONS, cleaned_word, pronunciation, word_key
from bot.storage.speech.pronunciations import PronunciationStore, TooManyPronunciations


class NoSuchPronunciation(UserError):
    def __init__(self, word: str) -> None:
        super().__init__(
            f"You have not decided how {quoted(word)} is said. Type `as` too, to say how it is said in your texts."
        )


class PronunciationService:
    def __init__(self, store: PronunciationStore, guards: Guards, clock: Clock) -> None:
        self._store = store
        self._guards = guards
        self._clock = clock

    async def pronounce(self, member: Member, word: str, spoken: str) -> Pronunciation:
        """Have a word said like this in a member's texts from now on. Raises UserError."""
        decided = pronunciation(word, spoken)
        guard = self._guards.using(member.id, guild_id=None, since=self._clock.now())
        try:
            await self._store.add(member.id, word_key(decided.word), decided, most=MOST_PRONUNCIATIONS, guard=guard)
        except TooManyPronunciations:
            raise UserError(
                f"You have decided about {MOST_PRONUNCIATIONS} words, which is the most. `/voice pronounce` without "
                "`as` takes one back."
            ) from None
        return decided

    async def take_back(self, member: Member, word: str) -> Pronunciation:
        """Have a word said as it is written again. Returns how it was said. Raises NoSuchPronunciation."""
        taken_back = await self._store.remove(member.id, word_key(cleaned_word(word)))
        if taken_back is None:
            raise NoSuchPronunciation(word[:40])
        return taken_back

    async def of(self, member: Member) -> list[Pronunciation]:
        return await self._store.of(member.id)
