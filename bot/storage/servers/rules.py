"""The rules of servers: the tables `server`, `server_grant`, `forbidden_word`, `server_pronunciation` and `block`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import LiteralString, TypeAlias

from bot.models.common import Pronunciation, Work
from bot.models.servers import ServerRules
from bot.storage.common import outbox
from bot.storage.engine.database import Row, Session
from bot.storage.engine.store import Store, reads, writes


class Grant(StrEnum):
    """A permission that can be limited to some roles or channels."""

    CREATE = "create"
    SAY = "speak"
    CHANNEL = "channel"


# Writes the entry of the server's log for the rules before and after a change; None if there is nothing to say.
Told: TypeAlias = Callable[[ServerRules, ServerRules], str | None]
# Writes the first entry of a log in another channel, given the id of the earlier one, if there was one.
Greeting: TypeAlias = Callable[[int | None], str]


class RulesStore(Store):
    """Reads and changes rules. Each change writes its entry in the server's log, by `told`, in the same transaction."""

    @reads
    async def of(self, db: Session, guild_id: int) -> ServerRules:
        return await rules_of(db, guild_id)

    @writes
    async def narrow(
        self, db: Session, guild_id: int, grant: Grant, target_ids: Collection[int], *, told: Told, now: int
    ) -> None:
        """Give a permission to these roles or channels only; to all if there are none."""
        before = await _rules_before(db, guild_id)
        await db.execute("DELETE FROM server_grant WHERE guild_id = $1 AND kind = $2", guild_id, grant.value)
        query = "INSERT INTO server_grant (guild_id, kind, target_id) VALUES ($1, $2, $3)"
        for target_id in set(target_ids):
            await db.execute(query, guild_id, grant.value, target_id)
        await _log_change(db, before, told, now)

    async def set_sharing_allowed(self, guild_id: int, allowed: bool, *, told: Told, now: int) -> None:
        await self._set(guild_id, "sharing_allowed", int(allowed), told, now)

    async def set_spoken_consent(self, guild_id: int, asked_for: bool, *, told: Told, now: int) -> None:
        await self._set(guild_id, "spoken_consent", int(asked_for), told, now)

    async def set_sounds_reused(self, guild_id: int, reused: bool, *, told: Told, now: int) -> None:
        await self._set(guild_id, "sounds_reused", int(reused), told, now)

    async def set_messages_spoken(self, guild_id: int, allowed: bool, *, told: Told, now: int) -> None:
        await self._set(guild_id, "messages_spoken", int(allowed), told, now)

    async def set_notice_spoken(self, guild_id: int, spoken: bool, *, told: Told, now: int) -> None:
        await self._set(guild_id, "notice_spoken", int(spoken), told, now)

    @writes
    async def set_limits(
        self,
        db: Session,
        guild_id: int,
        *,
        longest_text: int | None,
        member_characters: int | None,
        server_characters: int | None,
        forbidden_words: Sequence[str],
        told: Told,
        now: int,
    ) -> None:
        before = await _rules_before(db, guild_id)
        query = """
            UPDATE server SET longest_text = $2, member_characters = $3, server_characters = $4
            WHERE guild_id = $1
        """
        await db.execute(query, guild_id, longest_text, member_characters, server_characters)
        await db.execute("DELETE FROM forbidden_word WHERE guild_id = $1", guild_id)
        for word in dict.fromkeys(forbidden_words):
            await db.execute("INSERT INTO forbidden_word (guild_id, word) VALUES ($1, $2)", guild_id, word)
        await _log_change(db, before, told, now)

    @writes
    async def set_pronunciations(
        self, db: Session, guild_id: int, pronunciations: Mapping[str, Pronunciation], *, told: Told, now: int
    ) -> None:
        """Have words said in these ways and no others, each under the key by which it is found."""
        before = await _rules_before(db, guild_id)
        await db.execute("DELETE FROM server_pronunciation WHERE guild_id = $1", guild_id)
        query = "INSERT INTO server_pronunciation (guild_id, word_key, word, spoken) VALUES ($1, $2, $3, $4)"
        for key, decided in pronunciations.items():
            await db.execute(query, guild_id, key, decided.word, decided.spoken)
        await _log_change(db, before, told, now)

    @writes
    async def set_log_channel(
        self, db: Session, guild_id: int, channel_id: int | None, *, greeting: Greeting, farewell: str, now: int
    ) -> None:
        """Post the log in a channel from here on, beginning with `greeting`. None ends the log.

        A channel in which the log was posted until now gets `farewell`.
        """
        before = (await _rules_before(db, guild_id)).log_channel_id
        if channel_id is None:
            await db.execute("DELETE FROM log_entry WHERE guild_id = $1 AND channel_id IS NULL", guild_id)
        if before not in {None, channel_id}:
            await outbox.add_log_entry(db, guild_id, farewell, now=now, channel_id=before)
        query = "UPDATE server SET log_channel_id = $2, log_trouble = NULL WHERE guild_id = $1"
        await db.execute(query, guild_id, channel_id)
        if channel_id is not None:
            await outbox.add_log_entry(db, guild_id, greeting(before), now=now)
            query = "UPDATE log_entry SET next_attempt_at = $2 WHERE guild_id = $1 AND batch IS NOT NULL"
            await db.execute(query, guild_id, now)  # what the earlier channel did not take

    @writes
    async def block(self, db: Session, guild_id: int, member_id: int, *, by: int, entry: str, now: int) -> bool:
        """Stop a member from using the bot in a server. Returns False if they are blocked already."""
        query = """
            INSERT INTO block (guild_id, member_id, blocked_by, blocked_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (guild_id, member_id) DO NOTHING
        """
        if not await db.execute(query, guild_id, member_id, by, now):
            return False
        db.wakes(Work.SHARES)
        await outbox.add_log_entry(db, guild_id, entry, now=now)
        return True

    @writes
    async def unblock(self, db: Session, guild_id: int, member_id: int, *, entry: str, now: int) -> bool:
        """Let a member use the bot in a server again. Returns False if they are not blocked."""
        query = "DELETE FROM block WHERE guild_id = $1 AND member_id = $2"
        if not await db.execute(query, guild_id, member_id):
            return False
        await outbox.add_log_entry(db, guild_id, entry, now=now)
        return True

    @reads
    async def is_blocked(self, db: Session, guild_id: int, member_id: int) -> bool:
        return await is_blocked(db, guild_id, member_id)

    @writes
    async def _set(self, db: Session, guild_id: int, column: LiteralString, value: int, told: Told, now: int) -> None:
        before = await _rules_before(db, guild_id)
        await db.execute("UPDATE server SET " + column + " = $2 WHERE guild_id = $1", guild_id, value)
        await _log_change(db, before, told, now)


async def rules_of(db: Session, guild_id: int) -> ServerRules:
    """Return a server's rules; the defaults if its managers have set none."""
    server = await db.fetch_one("SELECT * FROM server WHERE guild_id = $1", guild_id)
    if server is None:
        return ServerRules(guild_id=guild_id)
    grants = await db.fetch_all("SELECT kind, target_id FROM server_grant WHERE guild_id = $1", guild_id)
    return _rules(guild_id, server, grants, await db.fetch_all(_WORDS, guild_id))


# Forbidden words have no way of being said. One statement, since each `/say` reads it.
_WORDS: LiteralString = """
    SELECT word, CAST(NULL AS TEXT) AS spoken FROM forbidden_word WHERE guild_id = $1
    UNION ALL SELECT word, spoken FROM server_pronunciation WHERE guild_id = $1 ORDER BY word
"""


async def is_blocked(db: Session, guild_id: int, member_id: int) -> bool:
    query = "SELECT member_id FROM block WHERE guild_id = $1 AND member_id = $2"
    return await db.fetch_one(query, guild_id, member_id) is not None


async def _rules_before(db: Session, guild_id: int) -> ServerRules:
    await _ensure(db, guild_id)
    return await rules_of(db, guild_id)


async def _log_change(db: Session, before: ServerRules, told: Told, now: int) -> None:
    db.wakes(Work.SHARES)
    entry = told(before, await rules_of(db, before.guild_id))
    if entry is not None:
        await outbox.add_log_entry(db, before.guild_id, entry, now=now)


async def _ensure(db: Session, guild_id: int) -> None:
    """Insert a server's row with the defaults, if it has none."""
    await db.execute("INSERT INTO server (guild_id) VALUES ($1) ON CONFLICT (guild_id) DO NOTHING", guild_id)


def _rules(guild_id: int, server: Row, grants: Sequence[Row], words: Sequence[Row]) -> ServerRules:
    def granted(grant: Grant) -> frozenset[int]:
        return frozenset(row["target_id"] for row in grants if row["kind"] == grant.value)

    return ServerRules(
        guild_id=guild_id,
        creator_roles=granted(Grant.CREATE),
        say_roles=granted(Grant.SAY),
        channels=granted(Grant.CHANNEL),
        sharing_allowed=bool(server["sharing_allowed"]),
        spoken_consent=bool(server["spoken_consent"]),
        sounds_reused=bool(server["sounds_reused"]),
        messages_spoken=bool(server["messages_spoken"]),
        notice_spoken=bool(server["notice_spoken"]),
        longest_text=server["longest_text"],
        member_characters=server["member_characters"],
        server_characters=server["server_characters"],
        log_channel_id=server["log_channel_id"],
        log_trouble=server["log_trouble"],
        forbidden_words=tuple(row["word"] for row in words if row["spoken"] is None),
        pronunciations=tuple(
            Pronunciation(word=row["word"], spoken=row["spoken"]) for row in words if row["spoken"] is not None
        ),
    )
