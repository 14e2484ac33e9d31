"""How words are said in members' own texts; `rules_of` reads what servers say."""

from bot.models.common import Pronunciation
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads, writes


class TooManyPronunciations(Exception):
    """A member has decided about as many words as they may."""


class PronunciationStore(Store):
    @writes
    async def add(
        self, db: Session, member_id: int, word_key: str, decided: Pronunciation, *, most: int, guard: Guard
    ) -> None:
        """Store how a member wants a word said. Raises TooManyPronunciations, or what `guard` raises."""
        await guard(db)
        query = """
            INSERT INTO member_pronunciation (member_id, word_key, word, spoken) VALUES ($1, $2, $3, $4)
            ON CONFLICT (member_id, word_key) DO UPDATE SET word = excluded.word, spoken = excluded.spoken
        """
        await db.execute(query, member_id, word_key, decided.word, decided.spoken)
        query = "SELECT COUNT(*) AS words FROM member_pronunciation WHERE member_id = $1"
        counted = await db.fetch_one(query, member_id)
        if counted is not None and counted["words"] > most:
            raise TooManyPronunciations

    @writes
    async def remove(self, db: Session, member_id: int, word_key: str) -> Pronunciation | None:
        query = "DELETE FROM member_pronunciation WHERE member_id = $1 AND word_key = $2 RETURNING word, spoken"
        row = await db.fetch_one(query, member_id, word_key)
        return _pronunciation(row) if row else None

    @reads
    async def of(self, db: Session, member_id: int) -> list[Pronunciation]:
        query = "SELECT word, spoken FROM member_pronunciation WHERE member_id = $1 ORDER BY word_key"
        return [_pronunciation(row) for row in await db.fetch_all(query, member_id)]


def _pronunciation(row: Row) -> Pronunciation:
    return Pronunciation(word=row["word"], spoken=row["spoken"])
