"""What a member may take along names nobody else, in whatever table they stand."""

import io
import zipfile

from bot.services import servers
from bot.services.common.signing import Signer
from bot.services.members.privacy import PrivacyService
from bot.services.speech.allowances import AllowanceService
from bot.storage import build_stores
from bot.storage.engine.database import Database, Value
from tests.storage.members.full_tables import Column, Filling
from tests.storage.members.test_forgetting import ANN, BEN, people
from tests.stories.running import TravelClock

# Free text that may name people.
TOLD = {"reason", "wording", "text"}
TEXT = f"Ben Bennet (<@{BEN}>) did it."


def names(columns: list[Column], person: str, name: str) -> dict[str, str]:
    """Return the name by the column that holds it for the column `person`; nothing if there is no such column."""
    return {column.name: name for column in columns if column.name == f"{person.removesuffix('_id')}_name"}


async def test_an_export_names_nobody_else(database: Database) -> None:
    """Somebody else stands beside the member wherever a second person can stand, and in every text."""
    filling = Filling(database)
    for table, columns in filling.tables.items():
        if table.startswith("server_grant"):
            continue
        for mine in people(columns):
            row: dict[str, Value] = {column.name: TEXT for column in columns if column.name in TOLD}
            for column in people(columns):
                row |= {column.name: BEN, **names(columns, column.name, "Ben Bennet")}
            await filling.add(table, {**row, mine.name: ANN, **names(columns, mine.name, "Ann Annis")})
    await filling.add("log_entry", {"sentence": f"Ben Bennet blocked Ann (<@{ANN}>)."})
    clock, stores = TravelClock(), build_stores(database)
    signer = Signer(b"h" * 32, b"p" * 32)
    guards = servers.build(stores, signer, clock)
    allowances = AllowanceService(stores.budgets, guards.rules, signer, clock, daily_characters=0)
    export = await PrivacyService(stores.personal_data, allowances, clock).export(ANN, 2**20)
    document = zipfile.ZipFile(io.BytesIO(export.data)).read("mynah.json").decode()
    assert (str(BEN) in document, "Ben Bennet" in document) == (False, False)
    assert "Ann Annis" in document
    assert "another member A" in document
    assert "another member B" not in document, "one person has one letter"
