"""Guards for tests of stores that are about something else."""

from bot.storage.engine.database import Session


async def unguarded(_: Session) -> None:
    """Permit everything."""
