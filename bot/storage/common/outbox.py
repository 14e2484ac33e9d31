"""Writes what people are to be told: notices to members, and entries of a server's log.

Each is a row in the same transaction as the change that it reports (a transactional outbox). Background workers send
it.
"""

from secrets import token_hex
from time import time_ns

from bot.models.common import Work
from bot.models.members import NoticeKind
from bot.storage.engine.database import Session


async def add_outcome(
    db: Session, voice_id: str, kind: NoticeKind, *, now: int, privately: bool = False, of_update: bool = False
) -> None:
    """Have the owner of a voice told whether it is trained or has failed.

    If their direct messages are closed, it is said in the channel where the voice began, unless `privately`.
    With `of_update`, the notice is about a voice that they have already, and that goes on with a new sample.
    """
    query = """
        INSERT INTO notice (id, recipient_id, kind, voice_id, guild_id, channel_id, created_at, next_attempt_at,
                            of_update)
        SELECT $1, owner_id, $2, id, CASE WHEN $5 = 0 THEN guild_id END, channel_id, $3, $3, $6
        FROM voice WHERE id = $4
    """
    await db.execute(query, token_hex(8), kind.value, now, voice_id, int(privately), int(of_update))
    db.wakes(Work.NOTICES)


async def add_ready_for_speaker(db: Session, voice_id: str, *, now: int, of_update: bool = False) -> None:
    """Have the person who is heard in a voice told that it is ready, in a direct message and nowhere else."""
    query = """
        INSERT INTO notice (id, recipient_id, kind, voice_id, created_at, next_attempt_at, of_update)
        SELECT $1, speaker_id, $2, id, $3, $3, $5 FROM voice WHERE id = $4 AND speaker_id IS NOT NULL
    """
    await db.execute(query, token_hex(8), NoticeKind.TRAINED.value, now, voice_id, int(of_update))
    db.wakes(Work.NOTICES)


async def add_request(db: Session, voice_id: str, *, now: int) -> None:
    """Have the person who is heard asked in a direct message and nowhere else."""
    query = """
        INSERT INTO notice (id, recipient_id, kind, voice_id, created_at, next_attempt_at)
        SELECT $1, speaker_id, $2, id, $3, $3 FROM voice WHERE id = $4
    """
    await db.execute(query, token_hex(8), NoticeKind.REQUEST.value, now, voice_id)
    db.wakes(Work.NOTICES)


async def add_news(
    db: Session,
    recipient_id: int,
    text: str,
    *,
    now: int,
    about_id: int | None = None,
    voice_id: str | None = None,
    or_in: tuple[int | None, int] | None = None,
) -> None:
    """Have somebody told a text in a direct message; if these are closed, in the server and channel `or_in`, if any.

    `about_id` is another member whom the text names: if they are erased meanwhile, it is not sent. Nor is it sent if
    `voice_id` is given and that voice is deleted meanwhile.
    """
    query = """
        INSERT INTO notice (id, recipient_id, kind, text, about_id, voice_id, created_at, next_attempt_at, guild_id,
                            channel_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)
    """
    guild_id, channel_id = or_in or (None, None)
    kind = NoticeKind.NEWS.value
    await db.execute(
        query,
        token_hex(8),
        recipient_id,
        kind,
        text,
        about_id,
        voice_id,
        now,
        guild_id,
        channel_id if guild_id else None,
    )
    db.wakes(Work.NOTICES)


async def add_news_for_speaker(db: Session, voice_id: str, text: str | None, *, now: int) -> None:
    """Have the person who is heard in somebody else's voice told a text, if there is one."""
    query = "SELECT speaker_id, owner_id FROM voice WHERE id = $1 AND speaker_id IS NOT NULL"
    row = await db.fetch_one(query, voice_id)
    if row is not None and text is not None:
        await add_news(db, row["speaker_id"], text, now=now, about_id=row["owner_id"], voice_id=voice_id)


async def add_log_entry(
    db: Session,
    guild_id: int | None,
    sentence: str,
    *,
    now: int,
    not_before: int | None = None,
    channel_id: int | None = None,
) -> str:
    """Have a sentence posted in the server's log channel, if it has one. Returns the entry's id in any case.

    `channel_id` keeps the entry in that channel when the log moves. With `not_before` it waits until that moment, so
    that `drop_log_entry` can withdraw it.
    """
    entry_id = f"{time_ns():x}{token_hex(2)}"  # sorted as written, also within the millisecond of `created_at`
    query = """
        INSERT INTO log_entry (id, guild_id, sentence, created_at, next_attempt_at, channel_id)
        SELECT $1, guild_id, $3, $4, $5, $6 FROM server
        WHERE guild_id = $2 AND log_channel_id IS NOT NULL AND left_at IS NULL
    """
    await db.execute(query, entry_id, guild_id, sentence, now, not_before or now, channel_id)
    db.wakes(Work.SERVER_LOG)
    return entry_id


async def drop_log_entry(db: Session, entry_id: str) -> None:
    """Withdraw an entry that has not been posted yet."""
    await db.execute("DELETE FROM log_entry WHERE id = $1 AND batch IS NULL", entry_id)


async def release_log_entry(db: Session, entry_id: str, sentence: str, *, now: int) -> None:
    """Have a waiting entry posted now, with this sentence."""
    query = "UPDATE log_entry SET sentence = $2, next_attempt_at = $3 WHERE id = $1 AND batch IS NULL"
    await db.execute(query, entry_id, sentence, now)
    db.wakes(Work.SERVER_LOG)
