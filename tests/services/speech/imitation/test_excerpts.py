"""What is said in a sample is written down once, whoever asks for it at the same time."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from bot.fish_audio.client import FishAudio as Client
from bot.fish_audio.client import open_fish_audio
from bot.http.attachments import AttachmentReader, open_attachments
from bot.models.common import Member
from bot.models.samples import Clip, Excerpt, Sample
from bot.models.voices import Voice
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer
from bot.services.consent.listenings import Listenings
from bot.services.speech.imitation.excerpts import ExcerptService, NotImitable
from bot.storage import build_stores
from bot.storage.engine.database import Database
from bot.storage.voices.voices import VoiceStore
from sandbox.faults import Hold
from sandbox.fish_audio import FishAudio
from sandbox.speech import PASSAGE, sample_wav
from tests.storage.guards import unguarded
from tests.storage.voices.making import NOW, make_draft
from tests.stories.bots.shared_reader import SharedReader
from tests.stories.running import TravelClock
from tests.stories.steps import asked

ANN, BEN = Member(id=1, name="Ann"), Member(id=2, name="Ben")


class WaitedFor(TravelClock):
    """A clock that tells when somebody sleeps by it."""

    def __init__(self) -> None:
        self.slept = asyncio.Event()
        super().__init__(self.slept.set)


@pytest.fixture
def clock() -> WaitedFor:
    return WaitedFor()


@pytest.fixture
async def a_process(
    database: Database, fish: FishAudio, clock: WaitedFor
) -> AsyncGenerator[Callable[[], ExcerptService]]:
    """Build what a process that serves the bot has."""
    async with (
        open_fish_audio(api_key=fish.key, api_url=fish.url, model="s2-pro", concurrency=5) as client,
        open_attachments() as attachments,
    ):
        yield lambda: excerpts(database, client, attachments, clock)


def excerpts(database: Database, client: Client, attachments: AttachmentReader, clock: WaitedFor) -> ExcerptService:
    stores = build_stores(database)
    listenings = Listenings(stores.budgets, Signer(b"h" * 32, b"p" * 32), clock, per_member=0, per_server=0)
    samples, alerts = SampleReader(attachments, SharedReader()), AlertService(stores.alerts, clock)
    return ExcerptService(stores.excerpts, stores.one_offs, stores.voices, samples, client, listenings, alerts, clock)


@pytest.fixture
async def voice(database: Database) -> Voice:
    voices, draft = VoiceStore(database), make_draft(1)
    sample = Sample((Clip("sample.wav", sample_wav(seconds=12)),))
    await voices.add_draft(draft, sample, max_voices=0, guard=unguarded)
    consented = await voices.consent(draft.id, wording="I agree", guard=unguarded, now=NOW)
    assert consented is not None
    return consented


async def test_two_who_ask_at_once_in_one_process_pay_once(
    a_process: Callable[[], ExcerptService], fish: FishAudio, voice: Voice
) -> None:
    process = a_process()
    made = await asyncio.gather(*(process.of_voice(voice, who, None) for who in (ANN, BEN)))
    assert [each.transcript for each in made] == [PASSAGE, PASSAGE]
    assert len(asked(fish, "POST", template="/v1/asr")) == 1


async def two_processes_ask(
    a_process: Callable[[], ExcerptService], fish: FishAudio, voice: Voice, clock: WaitedFor
) -> tuple[Hold, asyncio.Task[Excerpt], asyncio.Task[Excerpt]]:
    """Hold the listening that the first one asks for until the second one waits."""
    listening = fish.holds("POST", "/v1/asr")
    first = asyncio.create_task(a_process().of_voice(voice, ANN, None))
    await listening.arrived()
    second = asyncio.create_task(a_process().of_voice(voice, BEN, None))
    await clock.slept.wait()
    return listening, first, second


async def test_of_two_processes_one_pays_and_the_other_uses_its_text(
    a_process: Callable[[], ExcerptService], fish: FishAudio, voice: Voice, clock: WaitedFor
) -> None:
    listening, first, second = await two_processes_ask(a_process, fish, voice, clock)
    listening.release()
    assert (await first).transcript == PASSAGE
    clock.forward(seconds=1)
    assert await second == await first
    assert len(asked(fish, "POST", template="/v1/asr")) == 1


async def test_the_other_goes_on_when_the_first_has_ended_without_a_text(
    a_process: Callable[[], ExcerptService], fish: FishAudio, voice: Voice, clock: WaitedFor
) -> None:
    listening, first, second = await two_processes_ask(a_process, fish, voice, clock)
    first.cancel()
    await asyncio.wait([first])
    listening.release()
    clock.forward(seconds=1)
    assert (await second).transcript == PASSAGE


async def test_who_comes_after_a_failure_does_not_wait(
    a_process: Callable[[], ExcerptService], fish: FishAudio, voice: Voice, clock: WaitedFor
) -> None:
    fish.fails("POST", "/v1/asr", status=400)
    with pytest.raises(NotImitable):
        await a_process().of_voice(voice, ANN, None)
    assert (await a_process().of_voice(voice, BEN, None)).transcript == PASSAGE
    assert not clock.slept.is_set()
