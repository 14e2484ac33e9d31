"""Creations and trainings, when two processes work on one database."""

import asyncio

from bot.models.common import Blocker
from bot.models.voices import VoiceState
from bot.storage.common.samples import SAMPLE_KEPT
from bot.storage.engine.database import Database
from bot.storage.members.notices import NoticeStore
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import (
    ANN,
    LATER,
    NOW,
    SOON,
    current,
    make_queued,
    make_training,
)


async def test_two_processes_never_claim_the_same_voice(database: Database, elsewhere: Database) -> None:
    voices = [await make_queued(database, number, owner_id=number) for number in range(1, 7)]
    stores = [TrainingStore(database), TrainingStore(elsewhere)] * 3
    claims = await asyncio.gather(*(store.claim(VoiceState.QUEUED, now=NOW, until=SOON, most=2) for store in stores))
    assert sorted(voice.id for claim in claims for voice in claim) == [voice.id for voice in voices]
    assert await TrainingStore(elsewhere).claim(VoiceState.QUEUED, now=SOON - 1, until=LATER, most=9) == []
    assert len(await TrainingStore(elsewhere).claim(VoiceState.QUEUED, now=SOON, until=LATER, most=9)) == len(voices)


async def test_an_attempt_begins_only_where_the_last_one_is_known(database: Database, elsewhere: Database) -> None:
    voice = await make_queued(database)
    here, there = TrainingStore(database), TrainingStore(elsewhere)
    begun = await asyncio.gather(
        here.begin_attempt(voice, "mine", now=NOW, look_until=LATER),
        there.begin_attempt(voice, "yours", now=NOW, look_until=LATER),
    )
    assert sorted(begun) == [False, True]
    winner = await current(database, voice)
    assert await there.begin_attempt(winner, "again", now=SOON, look_until=LATER)

    assert winner.tag is not None
    assert not await here.begin_training(voice.id, winner.tag, fish_id="late", now=SOON, next_attempt_at=SOON)
    [removal] = await RemovalStore(database).claim(now=SOON, until=LATER, most=9)
    assert (removal.tag, removal.look_until) == (winner.tag, LATER)


async def test_a_training_ends_once_with_one_notice_and_without_its_sample(
    database: Database, elsewhere: Database
) -> None:
    voice = await make_training(database)
    ends = await asyncio.gather(
        TrainingStore(database).finish(voice.id, now=SOON),
        TrainingStore(elsewhere).finish(voice.id, now=SOON),
        TrainingStore(elsewhere).fail(voice, "It failed.", now=SOON),
    )
    assert sorted(ends) == [False, False, True]
    assert len(await NoticeStore(database).claim(now=SOON, until=LATER, most=9)) == 1
    if (await current(database, voice)).state is VoiceState.TRAINED:
        assert await VoiceStore(database).sample(voice.id) is None
        assert (await VoicesInReachStore(database).of(ANN, None)).default_id == voice.id


async def test_a_failed_voice_is_retried_while_its_sample_is_kept(database: Database) -> None:
    voice, trainings = await make_training(database), TrainingStore(database)
    assert await trainings.fail(voice, "It failed.", now=NOW)
    assert not await trainings.retry(voice.id, guard=unguarded, now=voice.created_at + SAMPLE_KEPT)
    assert await trainings.retry(voice.id, guard=unguarded, now=NOW)
    assert not await trainings.retry(voice.id, guard=unguarded, now=NOW)
    assert await NoticeStore(database).claim(now=SOON, until=LATER, most=9) == []  # its failure is no news any more
    [removal] = await RemovalStore(database).claim(now=NOW, until=SOON, most=9)
    assert removal.fish_id == "f1"


async def test_trainings_are_claimed_together_by_one_process_once_one_is_due(
    database: Database, elsewhere: Database
) -> None:
    voice, here, there = await make_training(database), TrainingStore(database), TrainingStore(elsewhere)
    assert await here.claim_trainings(now=NOW - 1, due_before=LATER, until=LATER) == []  # none is due yet
    claims = await asyncio.gather(
        *(store.claim_trainings(now=NOW, due_before=SOON, until=LATER) for store in (here, there))
    )
    [[training]] = [claim for claim in claims if claim]
    assert (training.voice_id, training.fish_id, training.since) == (voice.id, "f1", voice.since)

    await here.put_off_claimed(SOON, next_attempt_at=NOW)  # what another process has claimed stays as it is
    assert await here.next_due(VoiceState.TRAINING) == LATER
    await here.put_off_claimed(LATER, next_attempt_at=SOON, blocker=Blocker.KEY)
    assert await here.next_due(VoiceState.TRAINING) == SOON
    assert (await current(database, voice)).blocker is Blocker.KEY
