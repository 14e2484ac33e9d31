"""Reads what a list says about a member's voices, all of them in one read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

from bot.models.sharing import Share, VoicesInReach
from bot.storage.engine.database import Row, Session
from bot.storage.engine.store import Store, reads
from bot.storage.sharing.sharing import shares_of_voices
from bot.storage.voices.voices import CONTROLLED
from bot.storage.voices.voices_in_reach import voices_in_reach


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDetails:
    """The voices that a member may know of in a place, and details of those that they control by voice id."""

    reach: VoicesInReach
    shares: Mapping[str, tuple[Share, ...]]  # in whatever server, oldest first
    asked_until: Mapping[str, int]  # while the person who is heard has not answered
    samples_kept_until: Mapping[str, int]
    untold: frozenset[str]  # of which the member could not be told something yet
    unsharing: frozenset[int]  # servers with which the member may share nothing
    defaults_in: Mapping[int, str]  # the member's default voices in single servers, by server
    updating: frozenset[str]  # voices of theirs for which a new sample is being trained


class VoiceDetailsStore(Store):
    @reads
    async def of(self, db: Session, member_id: int, guild_id: int | None, *, now: int) -> StoredDetails:
        reach = await voices_in_reach(db, member_id, guild_id)
        shares: dict[str, list[Share]] = defaultdict(list)
        for share in await shares_of_voices(db, _MINE, member_id):
            shares[share.voice.id].append(share)
        query = "SELECT voice_id, expires_at AS until FROM request WHERE voice_id IN (" + _MINE + ")"
        asked = await db.fetch_all(query, member_id)
        query = "SELECT voice_id, keep_until AS until FROM sample WHERE keep_until > $2 AND voice_id IN (" + _MINE + ")"
        kept = await db.fetch_all(query, member_id, now)
        query = """
            SELECT DISTINCT voice_id FROM notice
            WHERE recipient_id = $1 AND voice_id IS NOT NULL AND sent_at IS NULL AND undelivered > 0
        """
        untold = await db.fetch_all(query, member_id)
        query = (
            "SELECT guild_id FROM server WHERE sharing_allowed = 0 AND guild_id = $2 "
            "UNION SELECT guild_id FROM server WHERE sharing_allowed = 0 "
            "AND guild_id IN (SELECT guild_id FROM (" + CONTROLLED + ") AS mine) "
            "UNION SELECT guild_id FROM block WHERE member_id = $1"
        )
        unsharing = await db.fetch_all(query, member_id, guild_id)
        query = "SELECT guild_id, voice_id FROM server_default WHERE member_id = $1"
        defaults = await db.fetch_all(query, member_id)
        query = """
            SELECT replaces FROM voice WHERE owner_id = $1 AND replaces IS NOT NULL AND state IN ('queued', 'training')
        """
        updates = await db.fetch_all(query, member_id)
        return StoredDetails(
            reach=reach,
            shares={voice_id: tuple(given) for voice_id, given in shares.items()},
            asked_until=_by_voice(asked),
            samples_kept_until=_by_voice(kept),
            untold=frozenset(row["voice_id"] for row in untold),
            unsharing=frozenset(row["guild_id"] for row in unsharing),
            updating=frozenset(row["replaces"] for row in updates),
            defaults_in={row["guild_id"]: row["voice_id"] for row in defaults},
        )


_MINE: LiteralString = "SELECT id FROM (" + CONTROLLED + ") AS mine"


def _by_voice(rows: list[Row]) -> dict[str, int]:
    return {row["voice_id"]: row["until"] for row in rows}
