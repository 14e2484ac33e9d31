"""What a member may take along names nobody else, in whatever table they stand."""

import io
import zipfile
from threading import get_ident
from typing import Any

import pytest

from bot.services import servers
from bot.services.common.signing import Signer
from bot.services.common.wording import plain
from bot.services.members import privacy as privacy_module
from bot.services.members.erasures import ErasureService
from bot.services.members.others import Others
from bot.services.members.privacy import PrivacyService
from bot.services.servers.guards import ErasedMeanwhile
from bot.services.speech.allowances import AllowanceService, Today
from bot.storage import build_stores
from bot.storage.engine.database import Database, Row, Value
from tests.services.text.steps import counting
from tests.storage.members.full_tables import Column, Filling
from tests.storage.members.test_forgetting import ANN, BEN, people
from tests.stories.running import TravelClock

# Free text that may name people.
TOLD = {"reason", "wording", "text"}
CLEO = 700_000_000_000_000_009
NAME = "Ben_ *Bennet*"
TEXT = f"{NAME} (<@{BEN}>) did it; {plain(NAME)} told BEN_ *BENNET* and <@{CLEO}>."


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
            if "filename" in {column.name for column in columns}:
                row["filename"] = f"to_{NAME}_.wav"
            for column in people(columns):
                row |= {column.name: BEN, **names(columns, column.name, NAME)}
            await filling.add(table, {**row, mine.name: ANN, **names(columns, mine.name, "Ann Annis")})
    await filling.add("notice", {"recipient_id": ANN, "about_id": 7, "text": "Benjamin revoked “Grandpa”."})
    await filling.add("log_entry", {"sentence": f"{NAME} blocked Ann (<@{ANN}>)."})
    clock, stores = TravelClock(), build_stores(database)
    signer = Signer(b"h" * 32, b"p" * 32)
    guards = servers.build(stores, signer, clock)
    allowances = AllowanceService(stores.budgets, guards.rules, signer, clock, daily_characters=0)
    export = await PrivacyService(stores.personal_data, allowances, guards.guards, clock).export(ANN, 2**20)
    archive = zipfile.ZipFile(io.BytesIO(export.data))
    document = archive.read("mynah.json").decode()
    everything = document + "".join(archive.namelist())
    assert [name for name in (str(BEN), str(CLEO), "Ben", "BEN", "Bennet", "Benjamin") if name in everything] == []
    assert "Ann Annis" in document
    assert "another member A" in document
    assert document.count("another member D") == 0, "one person has one letter"


async def test_nobody_gets_an_export_after_their_erasure(database: Database) -> None:
    clock, stores = TravelClock(), build_stores(database)
    signer = Signer(b"h" * 32, b"p" * 32)
    server = servers.build(stores, signer, clock)
    erasures = ErasureService(stores.erasures, server.guards, clock)

    class Erasing(AllowanceService):
        """Is asked in the middle of an export, when the member has everything deleted."""

        async def today(self, member_id: int, guild_id: int | None) -> Today:
            await erasures.erase(ANN, asked_by=ANN)
            return await super().today(member_id, guild_id)

    await Filling(database).add("voice", {"owner_id": ANN, "owner_name": "Ann Annis"})
    allowances = Erasing(stores.budgets, server.rules, signer, clock, daily_characters=0)
    privacy = PrivacyService(stores.personal_data, allowances, server.guards, clock)
    with pytest.raises(ErasedMeanwhile):
        await privacy.export(ANN, 2**20)


async def test_a_large_export_is_packed_beside_the_event_loop(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set[int]()

    class Watched(Others):
        def without(self, row: Row) -> dict[str, Any]:
            threads.add(get_ident())
            return super().without(row)

    monkeypatch.setattr(privacy_module, "Others", Watched)
    clock, stores = TravelClock(), build_stores(database)
    signer = Signer(b"h" * 32, b"p" * 32)
    server = servers.build(stores, signer, clock)
    await Filling(database).add("voice", {"owner_id": ANN, "owner_name": "Ann Annis"})
    allowances = AllowanceService(stores.budgets, server.rules, signer, clock, daily_characters=0)
    await PrivacyService(stores.personal_data, allowances, server.guards, clock).export(ANN, 2**20)
    assert threads
    assert get_ident() not in threads


def test_hiding_people_takes_no_longer_the_more_there_are() -> None:
    def steps(people: int) -> int:
        rows: list[Row] = [{"asker_id": BEN + number, "asker_name": f"Member {number:05}"} for number in range(people)]
        others = Others(ANN, {"utterance": rows})
        with counting() as counted:
            assert others.hidden("Member 00001 told Member 00000") != "Member 00001 told Member 00000"
        return counted.count

    assert steps(2000) == steps(20)
