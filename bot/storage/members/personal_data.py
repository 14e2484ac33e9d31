"""Where members stand in the tables: what they can have shown, handed out and deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

from bot.models import Sample
from bot.storage.engine.database import Row, Session
from bot.storage.engine.store import Store, reads

_VOICES: LiteralString = "SELECT id FROM voice WHERE owner_id = $1 OR speaker_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The rows of a table that are about the member `$1`."""

    table: LiteralString
    about: LiteralString
    columns: LiteralString = "*"
    kept: bool = False  # also when the member has everything deleted


# Voices come first, since others are found through them; so they are deleted last.
PERSONAL: tuple[Records, ...] = (
    Records(table="voice", about="owner_id = $1 OR speaker_id = $1"),
    Records(
        table="sample",
        about="voice_id IN (" + _VOICES + ")",
        columns="voice_id, filename, LENGTH(data) AS bytes, keep_until",
    ),
    Records(table="consent", about="member_id = $1 OR voice_id IN (" + _VOICES + ")"),
    Records(table="request", about="owner_id = $1 OR speaker_id = $1"),
    Records(
        table="share",
        about="voice_id IN (" + _VOICES + ") OR shared_by = $1 OR (audience = 'member' AND target_id = $1)",
    ),
    Records(
        table="departure",
        about="owner_id = $1 OR (audience = 'member' AND target_id = $1) OR voice_id IN (" + _VOICES + ") "
        # Of a voice that is gone, this tells that the member was heard in it.
        "OR EXISTS (SELECT 1 FROM departure AS own WHERE own.guild_id = 0 AND own.target_id = $1 "
        "AND own.owner_id = departure.owner_id AND own.name_key = departure.name_key)",
    ),
    Records(table="preference", about="member_id = $1"),
    Records(table="sentence", about="member_id = $1 OR voice_id IN (" + _VOICES + ")"),
    Records(table="hearing", about="sentence_id IN (SELECT id FROM sentence WHERE member_id = $1)"),
    Records(table="notice", about="recipient_id = $1 OR about_id = $1"),
    Records(table="utterance", about="asker_id = $1 OR owner_id = $1 OR speaker_id = $1"),
    # Behind the records of use, which tell of whose voice an entry speaks: the last of the list is deleted first.
    Records(
        table="log_entry",
        columns="id, guild_id, created_at",  # who did what is the server's to know
        about=(
            "sentence LIKE '%<@' || CAST(CAST($1 AS BIGINT) AS TEXT) || '>%' OR id IN "
            "(SELECT log_entry_id FROM utterance WHERE asker_id = $1 OR owner_id = $1 OR speaker_id = $1)"
        ),
    ),
    # Who has blocked somebody is not that member's to know.
    Records(table="block", about="member_id = $1", columns="guild_id, member_id, blocked_at", kept=True),
    Records(table="erasure", about="member_id = $1", kept=True),
)

# What a member has done to things of others stays, without them.
_NAMELESS: tuple[LiteralString, ...] = (
    "UPDATE block SET blocked_by = 0 WHERE blocked_by = $1",
    "UPDATE utterance SET deleted_by = NULL WHERE deleted_by = $1",
)


async def counts(db: Session, member_id: int) -> Mapping[str, int]:
    """How many rows of each table are about a member."""
    found: dict[str, int] = {}
    for records in PERSONAL:
        query = "SELECT COUNT(*) AS number FROM " + records.table + " WHERE " + records.about
        row = await db.fetch_one(query, member_id)
        found[records.table] = row["number"] if row else 0
    return found


async def is_anything_left(db: Session, member_id: int) -> bool:
    """Whether there is something to delete; what a member is still to be told alone is not, it may be a receipt."""
    found = await counts(db, member_id)
    return any(found[records.table] for records in PERSONAL if not records.kept and records.table != "notice")


async def delete_all(db: Session, member_id: int) -> Mapping[str, int]:
    """Delete what is about a member, and how many rows of each table; what is upstream is to be seen to before."""
    deleted: dict[str, int] = {}
    for records in reversed(PERSONAL):
        if not records.kept:
            deleted[records.table] = await db.execute(
                "DELETE FROM " + records.table + " WHERE " + records.about, member_id
            )
    for statement in _NAMELESS:
        await db.execute(statement, member_id)
    return deleted


class PersonalDataStore(Store):
    @reads
    async def counts(self, db: Session, member_id: int) -> Mapping[str, int]:
        return await counts(db, member_id)

    @reads
    async def everything(self, db: Session, member_id: int) -> Mapping[str, list[Row]]:
        """All rows about a member by their table; of samples only their names and sizes."""
        return {
            records.table: await db.fetch_all(
                "SELECT " + records.columns + " FROM " + records.table + " WHERE " + records.about, member_id
            )
            for records in PERSONAL
        }

    @reads
    async def sample(self, db: Session, voice_id: str) -> Sample | None:
        row = await db.fetch_one("SELECT filename, data FROM sample WHERE voice_id = $1", voice_id)
        return Sample(filename=row["filename"], data=bytes(row["data"])) if row else None
