"""A guard for tests of stores that are not about guards."""

from bot.storage.engine.database import Session


async def unguarded(_: Session) -> None:
    """Permit everything."""
