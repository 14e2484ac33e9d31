"""Finds a member's data in all tables, to show, export and delete it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

from bot.models.samples import Clip
from bot.storage.common import samples
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads

_VOICES: LiteralString = "SELECT id FROM voice WHERE owner_id = $1 OR speaker_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The rows of a table that are about the member `$1`."""

    table: LiteralString
    about: LiteralString
    columns: LiteralString = "*"
    kept: LiteralString = "1 = 0"  # which of them stay even if the member is erased

    @property
    def erasable(self) -> LiteralString:
        """The rows that go with the member, as a condition."""
        return "(" + self.about + ") AND NOT (" + self.kept + ")"


# Rows are deleted in the reverse of this order. Voices come first, since other rows are found through them.
PERSONAL: tuple[Records, ...] = (
    Records(table="voice", about="owner_id = $1 OR speaker_id = $1"),
    Records(
        table="sample",
        about="voice_id IN (" + _VOICES + ")",
        columns="voice_id, filename, LENGTH(data) AS bytes, keep_until",
    ),
    Records(
        table="further_clip",
        about="voice_id IN (" + _VOICES + ")",
        columns="voice_id, number, filename, LENGTH(data) AS bytes",
    ),
    Records(
        table="excerpt",
        about="voice_id IN (" + _VOICES + ")",
        columns="voice_id, LENGTH(data) AS bytes, transcript",
    ),
    Records(
        table="take",
        about="member_id = $1 OR voice_id IN (" + _VOICES + ")",
        columns="id, member_id, voice_id, characters, LENGTH(mp3) AS bytes, made_at, keep_until",
    ),
    Records(table="consent", about="member_id = $1 OR voice_id IN (" + _VOICES + ")"),
    Records(table="request", about="owner_id = $1 OR speaker_id = $1"),
    Records(
        table="share",
        about="voice_id IN (" + _VOICES + ") OR shared_by = $1 OR (audience = 'member' AND target_id = $1)",
    ),
    Records(
        table="departure",
        about="owner_id = $1 OR by_id = $1 OR (audience = 'member' AND target_id = $1) OR voice_id IN ("
        + _VOICES
        + ")",
    ),
    Records(
        table="preference",
        about="member_id = $1",
        kept="cloning = 'never' AND default_voice_id IS NULL AND post_as IS NULL",
    ),
    Records(table="server_default", about="member_id = $1"),
    Records(table="member_pronunciation", about="member_id = $1"),
    Records(table="sentence", about="member_id = $1 OR voice_id IN (" + _VOICES + ")"),
    Records(table="hearing", about="sentence_id IN (SELECT id FROM sentence WHERE member_id = $1)"),
    Records(
        table="one_off",
        about="member_id = $1",
        columns="id, member_id, guild_id, LENGTH(data) AS bytes, transcript, spoken, expires_at",
    ),
    Records(table="notice", about="recipient_id = $1 OR about_id = $1"),
    Records(table="utterance", about="asker_id = $1 OR owner_id = $1 OR speaker_id = $1"),
    # After `utterance`, since an entry is found through the record of the use that it reports.
    Records(
        table="log_entry",
        columns="id, guild_id, created_at",  # without the sentence, which is the server's
        about=(
            "sentence LIKE '%<@' || CAST(CAST($1 AS BIGINT) AS TEXT) || '>%' OR id IN "
            "(SELECT log_entry_id FROM utterance WHERE asker_id = $1 OR owner_id = $1 OR speaker_id = $1)"
        ),
    ),
    # Without `blocked_by`: members are not told who blocked them.
    Records(table="block", about="member_id = $1", columns="guild_id, member_id, blocked_at", kept="1 = 1"),
    Records(table="erasure", about="member_id = $1", kept="1 = 1"),
)

# What a member did to the data of others stays, without the member's id.
_NAMELESS: tuple[LiteralString, ...] = (
    "UPDATE block SET blocked_by = 0 WHERE blocked_by = $1",
    "UPDATE utterance SET deleted_by = NULL WHERE deleted_by = $1",
)


async def counts(db: Session, member_id: int) -> Mapping[str, int]:
    """Count the rows of each table that are about a member."""
    return {records.table: await _count(db, records.table, records.about, member_id) for records in PERSONAL}


async def is_anything_left(db: Session, member_id: int) -> bool:
    """Return whether there is something to delete. Notices do not count, since one may be the receipt of an erasure."""
    for records in PERSONAL:
        if records.table != "notice" and await _count(db, records.table, records.erasable, member_id):
            return True
    return False


async def delete_all(db: Session, member_id: int) -> Mapping[str, int]:
    """Delete the rows about a member. Returns how many of each table. Queue the removals at Fish Audio before."""
    await db.execute("UPDATE preference SET default_voice_id = NULL, post_as = NULL WHERE member_id = $1", member_id)
    deleted: dict[str, int] = {}
    for records in reversed(PERSONAL):
        query = "DELETE FROM " + records.table + " WHERE " + records.erasable
        deleted[records.table] = await db.execute(query, member_id)
    for statement in _NAMELESS:
        await db.execute(statement, member_id)
    return deleted


async def _count(db: Session, table: LiteralString, which: LiteralString, member_id: int) -> int:
    row = await db.fetch_one("SELECT COUNT(*) AS number FROM " + table + " WHERE " + which, member_id)
    return row["number"] if row else 0


class PersonalDataStore(Store):
    @reads
    async def counts(self, db: Session, member_id: int) -> Mapping[str, int]:
        return await counts(db, member_id)

    @reads
    async def check(self, db: Session, guard: Guard) -> None:
        """Raise what `guard` raises at this moment."""
        await guard(db)

    @reads
    async def everything(self, db: Session, member_id: int) -> Mapping[str, list[Row]]:
        """Return all rows about a member by table; of samples only the file names and sizes."""
        return {
            records.table: await db.fetch_all(
                "SELECT " + records.columns + " FROM " + records.table + " WHERE " + records.about, member_id
            )
            for records in PERSONAL
        }

    @reads
    async def one_off(self, db: Session, one_off_id: str) -> Clip | None:
        row = await db.fetch_one("SELECT data FROM one_off WHERE id = $1", one_off_id)
        return Clip(filename=f"{one_off_id}.wav", data=bytes(row["data"])) if row else None

    @reads
    async def take(self, db: Session, take_id: str) -> Clip | None:
        row = await db.fetch_one("SELECT mp3 FROM take WHERE id = $1", take_id)
        return Clip(filename=f"{take_id}.mp3", data=bytes(row["mp3"])) if row else None

    @reads
    async def clip(self, db: Session, voice_id: str, number: int) -> Clip | None:
        """Return a clip of a sample; they are counted from 1."""
        sample = await samples.read(db, voice_id)
        return sample.clips[number - 1] if sample and number <= len(sample.clips) else None
