"""The `log_entry` table: what is still to be posted in a server's log channel."""

from secrets import token_hex

from bot.storage.database import Session


async def add(db: Session, guild_id: int | None, sentence: str, *, now: int, not_before: int | None = None) -> str:
    """Have a sentence posted where that server has a log channel; the entry's id, there or not.

    With `not_before` it waits until that moment, so that what may still fail can be taken back by `drop`.
    """
    entry_id = token_hex(8)
    query = """
        INSERT INTO log_entry (id, guild_id, sentence, created_at, next_attempt_at)
        SELECT $1, guild_id, $3, $4, $5 FROM server
        WHERE guild_id = $2 AND log_channel_id IS NOT NULL AND left_at IS NULL
    """
    await db.execute(query, entry_id, guild_id, sentence, now, not_before or now)
    return entry_id


async def drop(db: Session, entry_id: str) -> None:
    """Take back an entry that has not been posted yet."""
    await db.execute("DELETE FROM log_entry WHERE id = $1 AND batch IS NULL", entry_id)


async def release(db: Session, entry_id: str, sentence: str, *, now: int) -> None:
    """Have an entry that waits posted now, in these words."""
    query = "UPDATE log_entry SET sentence = $2, next_attempt_at = $3 WHERE id = $1 AND batch IS NULL"
    await db.execute(query, entry_id, sentence, now)
