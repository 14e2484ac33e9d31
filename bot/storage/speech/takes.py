"""The `take` table: sounds that only the member who asked for them has heard."""

from bot.errors import UserError
from bot.models.sounds import Sound
from bot.models.speech import Take
from bot.storage.common import budgets
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads, writes


class TakeStore(Store):
    @writes
    async def keep(
        self, db: Session, take: Take, *, charge_id: str | None, guard: Guard, most: int
    ) -> UserError | None:
        """Settle the charge of a take, and keep it with at most `most` of the member's, if `guard` permits that.

        If the guard raised an error, returns it: the charge is settled then too, since Fish Audio has made the sound.
        """
        if refusal := await budgets.settle_and_ask(db, charge_id, guard):
            return refusal
        query = """
            DELETE FROM take WHERE member_id = $1
            AND id NOT IN (SELECT id FROM take WHERE member_id = $1 ORDER BY made_at DESC, id LIMIT $2)
        """
        if await db.execute(query, take.member_id, most - 1):
            db.wipes()
        query = """
            INSERT INTO take (id, member_id, voice_id, characters, sound_hash, mp3, made_at, keep_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """
        await db.execute(
            query,
            take.sound.id,
            take.member_id,
            take.voice_id,
            take.characters,
            take.sound.hash,
            take.sound.data,
            take.made_at,
            take.keep_until,
        )
        return None

    @reads
    async def of_member(self, db: Session, take_id: str, member_id: int, *, now: int) -> Take | None:
        """Return a take of this member that may still be posted."""
        query = "SELECT * FROM take WHERE id = $1 AND member_id = $2 AND keep_until > $3"
        row = await db.fetch_one(query, take_id, member_id, now)
        return _take(row) if row else None

    @writes
    async def drop(self, db: Session, take_id: str) -> bool:
        """Delete a take. Returns False if it is gone already."""
        dropped = await db.execute("DELETE FROM take WHERE id = $1", take_id)
        if dropped:
            db.wipes()
        return dropped > 0

    @writes
    async def drop_old(self, db: Session, now: int) -> None:
        if await db.execute("DELETE FROM take WHERE keep_until <= $1", now):
            db.wipes()


async def is_kept(db: Session, take_id: str) -> bool:
    return await db.fetch_one("SELECT id FROM take WHERE id = $1", take_id) is not None


def _take(row: Row) -> Take:
    return Take(
        sound=Sound(id=row["id"], hash=row["sound_hash"], data=bytes(row["mp3"])),
        member_id=row["member_id"],
        voice_id=row["voice_id"],
        characters=row["characters"],
        made_at=row["made_at"],
        keep_until=row["keep_until"],
    )
