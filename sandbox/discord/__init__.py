"""A stand-in for Discord: REST v10, gateway and CDN on one local port, as strict as the real one."""

from sandbox.discord.people.members import Member
from sandbox.discord.people.options import Refused, Upload
from sandbox.discord.people.replies import NotTold, Reply, Seen, Use
from sandbox.discord.server import Discord
from sandbox.discord.world.model import Channel, Role, Server
from sandbox.discord.world.permissions import Permission

__all__ = [
    "Channel",
    "Discord",
    "Member",
    "NotTold",
    "Permission",
    "Refused",
    "Reply",
    "Role",
    "Seen",
    "Server",
    "Upload",
    "Use",
]
