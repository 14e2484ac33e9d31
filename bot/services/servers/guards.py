"""Guards: conditions of a write that check again what was permitted when the command began.

A guard runs inside the transaction that it guards, so nothing can change between its check and the commit.
"""

from bot.errors import UserError
from bot.models.common import Member, Place
from bot.services.common.signing import Signer
from bot.services.servers.rules import Blocked, check_creating, check_sharing
from bot.storage.common.erased import is_erased_since
from bot.storage.engine.database import Guard, Session
from bot.storage.servers.rules import is_blocked, rules_of


class ErasedMeanwhile(UserError):
    def __init__(self) -> None:
        super().__init__(
            "You had everything about you deleted while this was under way, so nothing of it was kept. Start again if "
            "you want to."
        )


class Guards:
    """Makes guards. Each `since` is the moment at which the command began."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def pseudonym(self, member_id: int) -> str:
        """Return the pseudonym under which a member's erasure is remembered."""
        return self._signer.pseudonym("erased", str(member_id))

    def creating(self, member: Member, place: Place, *, since: int) -> Guard:
        """Return a guard for making a voice in a place. It raises Blocked, NotAllowedHere or ErasedMeanwhile."""

        async def guard(db: Session) -> None:
            await self._check_kept(db, member.id, since)
            if place.guild_id is not None:
                is_out = await is_blocked(db, place.guild_id, member.id)
                check_creating(await rules_of(db, place.guild_id), member, place, is_blocked=is_out)

        return guard

    def using(self, *member_ids: int, guild_id: int | None, since: int) -> Guard:
        """Return a guard for what these members take part in. It raises Blocked or ErasedMeanwhile."""

        async def guard(db: Session) -> None:
            for member_id in member_ids:
                await self._check_kept(db, member_id, since)
                if guild_id is not None and await is_blocked(db, guild_id, member_id):
                    raise Blocked

        return guard

    def sharing(self, member: Member, guild_id: int, *, since: int) -> Guard:
        """Return a guard for sharing with a server. It raises Blocked, NotAllowedHere or ErasedMeanwhile."""

        async def guard(db: Session) -> None:
            await self._check_kept(db, member.id, since)
            check_sharing(await rules_of(db, guild_id), is_blocked=await is_blocked(db, guild_id, member.id))

        return guard

    async def is_erased(self, db: Session, member_id: int, *, since: int) -> bool:
        """Return True if a member, who need not have used the command, was erased since it began."""
        return await is_erased_since(db, self.pseudonym(member_id), since)

    async def _check_kept(self, db: Session, member_id: int, since: int) -> None:
        if await self.is_erased(db, member_id, since=since):
            raise ErasedMeanwhile
