"""The people whom the visitor of the page plays."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord import Discord, Member, Permission, Refused, Role
from sandbox.discord.world.model import MEBIBYTE, Membership

HOST = "Hollis"
FIRST_MEMBERS = ("Ann", "Ben")
SECOND_CHANNEL = "bird-log"  # for a server's log, or as a channel in which speaking is not allowed
LONGEST_ROLE = 100  # Discord's limit
MOST_ROLES = 20  # ours
LONGEST_NAME = 32  # Discord's limit
MOST_PEOPLE = 50  # ours: a list that can still be looked through


class People:
    """Everybody in the server but the bot, in the order in which they joined."""

    def __init__(self, discord: Discord, changed: Callable[[], None]) -> None:
        self._discord = discord
        self._changed = changed
        self._members = [discord.plays(user) for user in discord.world.users.values() if not user.bot]
        if len(self._members) == 1:  # the first time: only the application's owner is there
            discord.owner.user.name, discord.owner.user.username = HOST, HOST.lower()
            self._members += [discord.member(name) for name in FIRST_MEMBERS]
            discord.add_channel(SECOND_CHANNEL)

    def find(self, member_id: str) -> Member:
        """Return the person with that id. Raises Refused if there is none."""
        for member in self._members:
            if str(member.id) == member_id:
                return member
        raise Refused("That person is no longer here.")

    def number(self, member_id: str) -> int:
        """Return the position of a person in the list."""
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

    def add_role(self, name: str) -> Role:
        name, roles = name.strip(), self._discord.server.roles
        if not 0 < len(name) <= LONGEST_ROLE:
            raise Refused(f"A role's name has 1 to {LONGEST_ROLE} characters.")
        if len(roles) >= MOST_ROLES:
            raise Refused(f"The sandbox holds {MOST_ROLES} roles.")
        role = self._discord.add_role(name)
        self._changed()
        return role

    def change(self, member: Member, changes: Mapping[str, Any]) -> None:
        """Change the settings, presence and roles of a person; `changes` has the new values."""
        user = member.user
        user.dms_open = bool(changes.get("dms_open", user.dms_open))
        user.nitro = bool(changes.get("nitro", user.nitro))
        if "present" in changes:
            self._set_presence(member, present=bool(changes["present"]))
        if "manages" in changes:
            membership = self._membership(member)
            manages = Permission.MANAGE_GUILD if changes["manages"] else Permission(0)
            membership.own_permissions = membership.own_permissions & ~Permission.MANAGE_GUILD | manages
        if "role" in changes:
            self._set_role(member, str(changes["role"]), should_have=bool(changes["has"]))
        self._changed()

    def _set_presence(self, member: Member, *, present: bool) -> None:
        """Let somebody leave the server or come back; leaving takes their roles."""
        if member.user is self._discord.server.owner:
            raise Refused("A server's owner cannot leave it.")
        if not present:
            member.leaves(self._discord.server)
        elif member.id not in self._discord.server.members:
            member.joins(self._discord.server)

    def _set_role(self, member: Member, role_id: str, *, should_have: bool) -> None:
        role = next(role for role in self._discord.server.roles if str(role.id) == role_id)
        has = role in self._membership(member).roles
        if should_have and not has:
            member.gets(role)
        elif has and not should_have:
            member.loses(role)

    def _membership(self, member: Member) -> Membership:
        membership = self._discord.server.members.get(member.id)
        if membership is None:
            raise Refused(f"{member.name} is not in the server.")
        return membership

    def roles(self) -> list[dict[str, str]]:
        return [{"id": str(role.id), "name": role.name} for role in self._discord.server.roles]

    def describe(self) -> list[dict[str, Any]]:
        return [self._described(member) for member in self._members]

    def _described(self, member: Member) -> dict[str, Any]:
        user, membership = member.user, self._discord.server.members.get(member.id)
        held = membership.permissions if membership else Permission(0)
        return {
            "id": str(user.id),
            "name": user.name,
            "present": membership is not None,
            "admin": Permission.ADMINISTRATOR in held,
            "manages": Permission.MANAGE_GUILD in held,
            "roles": [str(role.id) for role in membership.roles] if membership else [],
            "host": user is self._discord.world.application.owner,
            "dms_open": user.dms_open,
            "nitro": user.nitro,
            "upload_mebibytes": user.upload_limit // MEBIBYTE,
            "dm": str(member.dm.id),
            "latest_dm": str(max(member.dm.messages, default=0)),
        }
