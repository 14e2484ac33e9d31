"""The voices that a member may know of in a place, in one read."""

from typing import LiteralString

from bot.models.common import Pronunciation
from bot.models.sharing import VoicesInReach
from bot.models.sounds import PostAs
from bot.storage.common.voice_rows import voice_of
from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads
from bot.storage.sharing.sharing import shares_in
from bot.storage.voices.voices import CONTROLLED


class VoicesInReachStore(Store):
    @reads
    async def of(self, db: Session, member_id: int, guild_id: int | None) -> VoicesInReach:
        return await voices_in_reach(db, member_id, guild_id)


async def voices_in_reach(
    db: Session, member_id: int, guild_id: int | None, *, voice_id: str | None = None
) -> VoicesInReach:
    """Read the voices that a member controls, the shares in the server, and what the member has chosen.

    With `voice_id`, reads only that voice and its shares.
    """
    query = CONTROLLED + "AND (id = $2 OR $2 = '') ORDER BY CASE WHEN owner_id = $1 THEN 0 ELSE 1 END, created_at, id"
    rows = await db.fetch_all(query, member_id, voice_id or "")
    chosen = await db.fetch_all(_CHOSEN, member_id, guild_id or 0)
    defaults = {row["place"]: row["value"] for row in chosen if row["word"] is None}
    post_as = defaults.get("posted as")
    return VoicesInReach(
        controlled=tuple(voice_of(row) for row in rows),
        shares=() if guild_id is None else tuple(await shares_in(db, guild_id, voice_id=voice_id)),
        default_id=defaults.get("everywhere"),
        default_here_id=defaults.get("here"),
        post_as=PostAs(post_as) if post_as else None,
        pronunciations=tuple(
            Pronunciation(word=row["word"], spoken=row["value"]) for row in chosen if row["word"] is not None
        ),
    )


# One statement, since each `/say` reads it: what a member has chosen, and words with how they are said.
_CHOSEN: LiteralString = """
    SELECT 'everywhere' AS place, default_voice_id AS value, CAST(NULL AS TEXT) AS word
    FROM preference WHERE member_id = $1
    UNION ALL SELECT 'posted as', post_as, NULL FROM preference WHERE member_id = $1
    UNION ALL SELECT 'here', voice_id, NULL FROM server_default WHERE member_id = $1 AND guild_id = $2
    UNION ALL SELECT 'everywhere', spoken, word FROM member_pronunciation WHERE member_id = $1
"""
