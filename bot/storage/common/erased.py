"""The `erased` table: members who were erased while their commands may still be running."""

from bot.storage.engine.database import Session


async def note_erased(db: Session, pseudonym: str, now: int) -> None:
    """Remember that a member was erased; call it in the transaction that erases them."""
    query = """
        INSERT INTO erased (member, erased_at) VALUES ($1, $2)
        ON CONFLICT (member) DO UPDATE SET erased_at = excluded.erased_at
    """
    await db.execute(query, pseudonym, now)


async def is_erased_since(db: Session, pseudonym: str, moment: int) -> bool:
    """Return whether a member was erased at `moment` or later."""
    query = "SELECT member FROM erased WHERE member = $1 AND erased_at >= $2"
    return await db.fetch_one(query, pseudonym, moment) is not None


async def forget_erased(db: Session, before: int) -> None:
    await db.execute("DELETE FROM erased WHERE erased_at < $1", before)
