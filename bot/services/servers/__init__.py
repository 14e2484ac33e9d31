"""A server: its rules, its log, and what happens when the bot leaves it."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.services.common.signing import Signer
from bot.services.servers.guards import Guards
from bot.services.servers.left_servers import LeftServers
from bot.services.servers.rules import RulesService
from bot.services.servers.server_log import ServerLogService
from bot.storage import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerServices:
    guards: Guards
    left_servers: LeftServers
    rules: RulesService
    server_log: ServerLogService


def build(stores: Stores, signer: Signer, clock: Clock) -> ServerServices:
    return ServerServices(
        guards=Guards(signer),
        left_servers=LeftServers(stores.left_servers, clock),
        rules=RulesService(stores.rules, clock),
        server_log=ServerLogService(stores.server_log, clock),
    )
