"""The voices that a member may know of in a place, in one read."""

from bot.models import VoicesInReach
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
    """Read the voices that a member controls, the shares in the server, and the member's default voices.

    With `voice_id`, reads only that voice and its shares.
    """
    query = CONTROLLED + "AND (id = $2 OR $2 = '') ORDER BY CASE WHEN owner_id = $1 THEN 0 ELSE 1 END, created_at, id"
    rows = await db.fetch_all(query, member_id, voice_id or "")
    query = """
        SELECT default_voice_id AS voice_id, 0 AS here FROM preference WHERE member_id = $1
        UNION ALL SELECT voice_id, 1 AS here FROM server_default WHERE member_id = $1 AND guild_id = $2
    """
    defaults = {row["here"]: row["voice_id"] for row in await db.fetch_all(query, member_id, guild_id or 0)}
    return VoicesInReach(
        controlled=tuple(voice_of(row) for row in rows),
        shares=() if guild_id is None else tuple(await shares_in(db, guild_id, voice_id=voice_id)),
        default_id=defaults.get(0),
        default_here_id=defaults.get(1),
    )
