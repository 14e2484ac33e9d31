"""A preview costs one of the member's previews of the day if Fish Audio has begun to speak, and nothing otherwise."""

import asyncio

import pytest
import stamina

from bot.fish_audio.client import FishAudio
from bot.models.members import Notice, NoticeKind
from bot.services.common.alerts import AlertService
from bot.services.common.signing import Signer
from bot.services.servers.rules import RulesService
from bot.services.sharing.allowed_servers import AllowedServers
from bot.services.sharing.membership import Membership
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.previews import LONGEST, PreviewService
from bot.services.speech.synthesis.circuit import Circuit
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.waiting_sounds import WaitingSounds
from bot.storage import build_stores
from bot.storage.engine.database import Database
from tests.audio.mp3.mp3s import FRAMES
from tests.fish_audio.odd_service import Answer, Answered, Endless, Halting, OddService, Reset, Silence
from tests.services.speech.voices import VOICE
from tests.stories.running import TravelClock

NOTICE = Notice(
    id="n1",
    recipient_id=VOICE.owner_id,
    kind=NoticeKind.TRAINED,
    voice_id=VOICE.id,
    text=None,
    guild_id=None,
    channel_id=None,
    created_at=0,
    first_tried_at=None,
    undelivered=0,
)
SIGNER = Signer(b"h" * 32, b"p" * 32)


@pytest.fixture
def previews(database: Database, fish_audio: FishAudio) -> PreviewService:
    clock, stores = TravelClock(), build_stores(database)
    allowances = AllowanceService(
        stores.budgets, RulesService(stores.rules, clock), SIGNER, clock, daily_characters=0, daily_total=1000
    )
    synthesis = Synthesis(fish_audio, SIGNER, Circuit(clock), clock)
    everywhere, alerts = AllowedServers(Membership(clock), ()), AlertService(stores.alerts, clock)
    return PreviewService(synthesis, allowances, everywhere, WaitingSounds(), alerts)


async def booked(database: Database) -> tuple[list[int], int]:
    """Return what each budget has counted, and the number of charges that are still open."""
    async with database.reading() as db:
        budgets = await db.fetch_all("SELECT characters FROM budget")
        charges = await db.fetch_all("SELECT id FROM charge")
    return [row["characters"] for row in budgets], len(charges)


@pytest.mark.parametrize(
    ("answer", "cost"),
    [
        (Answered(200, FRAMES), LONGEST),
        (Answered(200, FRAMES, cut=True), LONGEST),
        (Endless(), LONGEST),
        (Answered(200, b"{}"), 0),
        (Answered(422, b"{}"), 0),
        (Answered(429), 0),
        (Reset(), 0),
    ],
    ids=["made", "cut off", "endless", "no sound", "refused", "busy", "reset"],
)
async def test_it_is_counted_if_a_sound_has_begun_to_come(
    previews: PreviewService, service: OddService, database: Database, answer: Answer, cost: int
) -> None:
    service.answer = answer
    with stamina.set_testing(True, attempts=2):
        await previews.for_notice(NOTICE, VOICE)
        await previews.for_notice(NOTICE, VOICE)
    assert await booked(database) == ([cost, cost], 0), "of the member, and of everybody; once for each notice"


@pytest.mark.parametrize(("answer", "cost"), [(Halting(FRAMES), LONGEST), (Silence(), 0)], ids=["sound", "silence"])
async def test_one_that_is_abandoned_is_counted_if_a_sound_has_begun_to_come(
    previews: PreviewService, service: OddService, database: Database, answer: Answer, cost: int
) -> None:
    service.answer = answer
    making = asyncio.create_task(previews.for_notice(NOTICE, VOICE))
    await service.has_received(1)
    if cost:
        async with asyncio.timeout(30):
            while [task.get_name() for task in asyncio.all_tasks()].count("deadline") != 1:  # noqa: ASYNC110 - nothing else shows that a sound comes
                await asyncio.sleep(0)
    making.cancel()
    await asyncio.wait([making])
    assert await booked(database) == ([cost, cost], 0)
