"""The people who are played from the page."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord import Discord, Member, Permission, Refused
from sandbox.discord.model import MEBIBYTE

HOST = "Hollis"
FIRST_MEMBERS = ("Ann", "Ben")
LONGEST_NAME = 32  # Discord's limit
MOST_PEOPLE = 50  # ours: a list that can still be looked through


class Cast:
    """Everybody on the server but the bot, in the order in which they came."""

    def __init__(self, discord: Discord, changed: Callable[[], None]) -> None:
        self._discord = discord
        self._changed = changed
        self._members = [discord.plays(user) for user in discord.world.users.values() if not user.bot]
        if len(self._members) == 1:  # the first time: only the application's owner is there
            discord.owner.user.name, discord.owner.user.username = HOST, HOST.lower()
            self._members += [discord.member(name) for name in FIRST_MEMBERS]

    def find(self, member_id: str) -> Member:
        """Raises Refused for somebody who is not there."""
        for member in self._members:
            if str(member.id) == member_id:
                return member
        raise Refused("That person is no longer here.")

    def number(self, member_id: str) -> int:
        """A small one for each person, in the order in which they came."""
        return self._members.index(self.find(member_id))

    def add(self, name: str) -> Member:
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise Refused(f"A name has 1 to {LONGEST_NAME} characters.")
        if len(self._members) >= MOST_PEOPLE:
            raise Refused(f"The sandbox holds {MOST_PEOPLE} people.")
        member = self._discord.member(name)
        self._members.append(member)
        self._changed()
        return member

    def change(self, member: Member, changes: Mapping[str, Any]) -> None:
        """Open or close somebody's direct messages, give or take their Nitro."""
        user = member.user
        user.dms_open = bool(changes.get("dms_open", user.dms_open))
        user.nitro = bool(changes.get("nitro", user.nitro))
        self._changed()

    def describe(self) -> list[dict[str, Any]]:
        return [self._described(member) for member in self._members]

    def _described(self, member: Member) -> dict[str, Any]:
        user, server = member.user, self._discord.server
        return {
            "id": str(user.id),
            "name": user.name,
            "admin": Permission.ADMINISTRATOR in server.members[user.id].permissions,
            "host": user is self._discord.world.application.owner,
            "dms_open": user.dms_open,
            "nitro": user.nitro,
            "upload_mebibytes": user.upload_limit // MEBIBYTE,
            "dm": str(member.dm.id),
            "latest_dm": str(max(member.dm.messages, default=0)),
        }
