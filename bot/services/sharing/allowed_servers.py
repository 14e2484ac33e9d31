"""Keeps the bot to the servers that the host allows. In other servers it does nothing that costs."""

from collections.abc import Collection

from bot.errors import UserError
from bot.services.sharing.membership import Membership

_STILL_WORKS = "What you have here stays yours: `/voice delete` and `/privacy` go on working."


class NotAllowedHere(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"This bot works only in the servers that its host has chosen, and this is none of them. {_STILL_WORKS}"
        )


class NotAllowedInPrivate(UserError):
    def __init__(self) -> None:
        super().__init__(
            "This bot works only for members of the servers that its host has chosen, and I cannot find you in one. "
            f"Use it in such a server, or try again in a few minutes. {_STILL_WORKS}"
        )


class AllowedServers:
    def __init__(self, membership: Membership, ids: Collection[int]) -> None:
        """Allow these servers, or all if there are none."""
        self._membership = membership
        self._ids = frozenset(ids)

    def others(self, guild_ids: Collection[int]) -> list[int]:
        """Return those of the servers that may not use the bot."""
        return sorted(set(guild_ids) - self._ids) if self._ids else []

    def serves(self, guild_id: int | None) -> bool:
        """Return whether the bot still works where something began; None, a direct message, is in no server."""
        return guild_id is None or not self.others([guild_id])

    async def check(self, member_id: int, guild_id: int | None) -> None:
        """Raise a UserError if the bot does not work for this member in this place, None for a direct message.

        In direct messages it works for members of an allowed server, as Discord tells.
        """
        if not self._ids or guild_id in self._ids:
            return
        if guild_id is not None:
            raise NotAllowedHere
        for allowed_id in self._ids:
            if await self._membership.is_in(member_id, allowed_id):
                return
        raise NotAllowedInPrivate
