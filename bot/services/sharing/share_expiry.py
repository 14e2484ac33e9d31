"""Ends shares whose time is over, and shares of which the owner or the person who is heard has left the server."""

from bot.clock import Clock
from bot.models.sharing import Cause, Share
from bot.services.common.wording import audience_words, person, quoted
from bot.services.sharing.membership import Membership
from bot.storage.sharing.sharing import ShareEnd, ShareStore


class ShareExpiry:
    def __init__(self, shares: ShareStore, membership: Membership, clock: Clock) -> None:
        self._shares = shares
        self._membership = membership
        self._clock = clock

    async def end_what_is_over(self) -> None:
        now = self._clock.now()
        over = await self._shares.over(now)
        if over:
            await self._shares.end([_expiry(share) for share in over], now)

    async def end_what_went(self, share: Share) -> bool:
        """End this share if somebody on whom it stands has left, and all shares there that stand on the same people.

        Returns whether it ended.
        """
        gone = [
            member_id
            for member_id in sorted(share.stands_on)
            if await self._membership.has_left(member_id, share.guild_id)
        ]
        if gone:
            there = await self._shares.in_server(share.guild_id)
            ends = [_farewell(each, gone) for each in there if each.stands_on & set(gone)]
            await self._shares.end(ends, self._clock.now())
        return bool(gone)


def _expiry(share: Share) -> ShareEnd:
    name = share.sharer_name
    entry = f"{_no_longer(share)}: the time for which {person(share.shared_by, name)} shared it is over."
    return ShareEnd(share=share, cause=Cause.EXPIRED, by_id=share.shared_by, by_name=name, entry=entry)


def _farewell(share: Share, gone: list[int]) -> ShareEnd:
    voice = share.voice
    left = next(member_id for member_id in gone if member_id in share.stands_on)
    name = voice.owner_name if left == voice.owner_id else voice.heard_name
    entry = f"{_no_longer(share)}: {person(left, name)} is not in this server any more."
    return ShareEnd(share=share, cause=Cause.LEFT, by_id=left, by_name=name, entry=entry)


def _no_longer(share: Share) -> str:
    return f"{quoted(share.voice.name)} is no longer shared with {audience_words(share.audience)}"
