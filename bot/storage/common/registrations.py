"""The `registration` table: the application that owns the database, and the commands that it sent to Discord."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes


@dataclass(frozen=True, slots=True)
class Registration:
    """The commands that Discord was given last."""

    fingerprint: str
    command_ids: Mapping[str, int]  # Discord's, by name


class RegistrationStore(Store):
    @writes
    async def claim(self, db: Session, application_id: int, *, adopt: bool) -> int | None:
        """Let the database belong to this application; with `adopt`, even if it belongs to another one.

        Returns None, or the other application's id if that keeps the database.
        """
        query = "SELECT application_id FROM registration WHERE application_id <> $1"
        row = await db.fetch_one(query, application_id)
        if row and not adopt:
            return int(row["application_id"])
        await db.execute("DELETE FROM registration WHERE application_id <> $1", application_id)
        query = """
            INSERT INTO registration (application_id, fingerprint) VALUES ($1, '')
            ON CONFLICT (application_id) DO NOTHING
        """
        await db.execute(query, application_id)
        return None

    @reads
    async def last(self, db: Session, application_id: int) -> Registration:
        query = "SELECT fingerprint, command_ids FROM registration WHERE application_id = $1"
        row = await db.fetch_one(query, application_id)
        return Registration(row["fingerprint"], json.loads(row["command_ids"])) if row else Registration("", {})

    @writes
    async def record(self, db: Session, application_id: int, registration: Registration) -> None:
        query = """
            INSERT INTO registration (application_id, fingerprint, command_ids) VALUES ($1, $2, $3)
            ON CONFLICT (application_id)
            DO UPDATE SET fingerprint = excluded.fingerprint, command_ids = excluded.command_ids
        """
        await db.execute(query, application_id, registration.fingerprint, json.dumps(registration.command_ids))
