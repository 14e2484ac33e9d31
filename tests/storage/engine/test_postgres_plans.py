"""PostgreSQL can answer what a `/say`, autocomplete and the background workers ask without reading through a table."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.models.common import Charge
from bot.models.speech import Utterance
from bot.models.voices import VoiceState
from bot.storage import build_stores
from bot.storage.engine.database import Database, Value
from bot.storage.engine.postgres.database import PostgresSession
from tests.databases.fixtures import only_postgresql
from tests.storage.guards import unguarded

pytestmark = only_postgresql

UTTERANCE = Utterance(
    id="u1",
    made_at=1,
    voice_id="v1",
    voice_name="Grandpa",
    owner_id=1,
    owner_name="Ann",
    asker_id=2,
    asker_name="Ben",
    guild_id=7,
    channel_id=8,
    characters=5,
    sound_hash="a",
    file_hash="b",
)


async def test_no_frequent_statement_reads_through_a_table(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = note_plans(monkeypatch)
    stores = build_stores(database)

    await stores.speech_permits.of(1, 7, pseudonym="p", since=0)
    await stores.budgets.spend(Charge(id="c", day="2026-11-28", characters=5, charged_at=0), {"member": 9})
    await stores.utterances.begin(UTTERANCE, charge_id="c", guard=unguarded, log="Said.", log_not_before=0)
    await stores.utterances.by_sound("a")
    await stores.utterances.lately_used(2)
    await stores.voice_details.of(1, 7, now=0)
    for state in (VoiceState.QUEUED, VoiceState.TRAINING):
        await stores.training.claim(state, now=1, until=2, most=9)
        await stores.training.next_due(state)
    await stores.training.claim_trainings(now=1, due_before=2, until=3)
    await stores.training.put_off_claimed(3, next_attempt_at=4)
    await stores.notices.claim(now=1, until=2, most=9)
    await stores.removals.claim(now=1, until=2, most=9)

    assert len(plans) > 20
    assert {query: plan for query, plan in plans.items() if "Seq Scan" in plan} == {}


def note_plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Note the plan of each statement that is run from now on, if PostgreSQL avoids reading through tables."""
    plans: dict[str, str] = {}

    def noting(run: Any) -> Any:
        async def noted(session: PostgresSession, query: str, values: Sequence[Value]) -> Any:
            if query.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) and query not in plans:
                plans[query] = ""
                await run_query(session, "SET LOCAL enable_seqscan = off", ())
                steps = await run_query(session, f"EXPLAIN {query}", values)
                plans[query] = "\n".join(step["QUERY PLAN"] for step in steps)
            return await run(session, query, values)

        return noted

    run_query = PostgresSession.query
    for kind in ("query", "change"):
        monkeypatch.setattr(PostgresSession, kind, noting(getattr(PostgresSession, kind)))
    return plans
