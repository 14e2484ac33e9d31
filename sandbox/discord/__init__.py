"""A stand-in for Discord: REST v10, gateway and CDN on one local port, as strict as the real one."""

from sandbox.discord.members import Member
from sandbox.discord.model import Channel, Role, Server
from sandbox.discord.options import Refused, Upload
from sandbox.discord.permissions import Permission
from sandbox.discord.replies import NotTold, Reply, Seen, Use
from sandbox.discord.server import Discord

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
