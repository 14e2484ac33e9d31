"""Reads all shares of a server in parts, and again only those parts that have changed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString, TypeAlias

from bot.models.sharing import Share
from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads
from bot.storage.sharing.sharing import SHARES, share_of

PART_LENGTH = 2  # characters of a voice's id, which is random and hexadecimal: 256 parts at most
READ_WHOLE = 500  # a server with no more shares is read with one statement
READ_SINGLY = 16  # as many parts are read one by one; of more, those that begin with the same character together


@dataclass(frozen=True, slots=True)
class Part:
    """The shares of the voices whose ids begin with the same characters."""

    version: str  # a text of all rows: it differs if anything in them does
    shares: tuple[Share, ...]


Parts: TypeAlias = Mapping[str, Part]  # by these characters

# Every column of both tables: a test compares.
COLUMNS: tuple[LiteralString, ...] = (
    *("voice.id", "owner_id", "owner_name", "name", "name_key", "slot", "state", "reason", "voice.guild_id"),
    *("channel_id", "transcript", "fish_id", "tag", "tag_sent_at", "held_for", "pause", "next_attempt_at", "since"),
    *("created_at", "speaker_id", "speaker_name", "replaces"),
    *("voice_id", "share.guild_id", "audience", "target_id", "until", "shared_by", "shared_at"),
)
_ROW: LiteralString = " || '\x1f' || ".join(f"COALESCE(CAST({column} AS TEXT), '-')" for column in COLUMNS)
_SHOWN: LiteralString = "share.guild_id = $1 AND voice.state NOT IN ('draft', 'deleting')"


class ServerShareStore(Store):
    @reads
    async def of(self, db: Session, guild_id: int, known: Parts) -> Parts:
        """Return the shares of a server, also those that are over but not ended yet.

        Parts that have not changed are taken from `known`. If none has, `known` itself is returned.
        """
        version = db.joined(_ROW, order="voice_id, audience, target_id")
        query = f"""
            SELECT substr(voice_id, 1, $2) AS part, {version} AS version, COUNT(*) AS shares
            FROM share JOIN voice ON voice.id = share.voice_id WHERE {_SHOWN} GROUP BY part
        """
        rows = await db.fetch_all(query, guild_id, PART_LENGTH)
        versions: dict[str, str] = {row["part"]: row["version"] for row in rows}
        same = {part: known[part] for part, version in versions.items() if _is_unchanged(known, part, version)}
        if len(same) == len(versions) == len(known):
            return known
        changed = versions.keys() - same.keys()
        if sum(row["shares"] for row in rows) <= READ_WHOLE:
            beginnings = {""}
        elif len(changed) <= READ_SINGLY:
            beginnings = changed
        else:
            beginnings = {part[:1] for part in changed}
        shares: dict[str, list[Share]] = defaultdict(list)
        for beginning in sorted(beginnings):
            for share in await _beginning_with(db, guild_id, beginning):
                shares[share.voice.id[:PART_LENGTH]].append(share)
        return same | {part: Part(versions[part], tuple(shares[part])) for part in changed}


def _is_unchanged(known: Parts, part: str, version: str) -> bool:
    return part in known and known[part].version == version


async def _beginning_with(db: Session, guild_id: int, beginning: str) -> list[Share]:
    query = SHARES + f"WHERE {_SHOWN} AND substr(share.voice_id, 1, $3) = $2"
    return [share_of(row) for row in await db.fetch_all(query, guild_id, beginning, len(beginning))]
