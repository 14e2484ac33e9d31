"""What tests of stores hand over that are not about guards or about the server's log."""

from bot.models.servers import ServerRules
from bot.storage.engine.database import Session


async def unguarded(_: Session) -> None:
    """Permit everything."""


def untold(_before: ServerRules, _after: ServerRules) -> None:
    """Have nothing of a change said in the server's log."""
