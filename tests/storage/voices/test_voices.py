"""A voice from its draft to the end of its row."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.models.samples import Clip, Sample
from bot.models.sharing import Cause
from bot.models.voices import VoiceState
from bot.storage.common import samples
from bot.storage.engine.database import Database, Session
from bot.storage.members.personal_data import PersonalDataStore
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import NameTaken, NoSlotLeft, VoiceStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import (
    ANN,
    LATER,
    NOW,
    SAMPLE,
    SOON,
    controlled_by,
    current,
    delete,
    make_draft,
    make_member,
    make_queued,
    make_training,
)


async def test_two_processes_cannot_both_take_the_last_slot(database: Database, elsewhere: Database) -> None:
    owners = range(1, 201)
    outcomes = await asyncio.gather(
        *(
            VoiceStore(side).add_draft(
                make_draft(2 * owner_id + number, owner_id=owner_id), SAMPLE, max_voices=1, guard=unguarded
            )
            for owner_id in owners
            for number, side in enumerate([database, elsewhere])
        ),
        return_exceptions=True,
    )
    for owner_id, race in zip(owners, zip(outcomes[::2], outcomes[1::2], strict=True), strict=True):
        assert sorted(map(repr, race)) == ["NoSlotLeft()", "None"]
        assert len(await controlled_by(database, owner_id)) == 1


async def test_a_sample_keeps_its_clips_in_their_order_until_it_goes(database: Database) -> None:
    voices, draft = VoiceStore(database), make_draft(1)
    three = Sample(tuple(Clip(f"{name}.wav", name.encode()) for name in ("one", "two", "three")))
    await voices.add_draft(draft, three, max_voices=0, guard=unguarded)
    assert await voices.sample(draft.id) == three
    assert [await PersonalDataStore(database).clip(draft.id, number) for number in (1, 3, 4)] == [
        three.clips[0],
        three.clips[2],
        None,
    ]
    again = Sample(three.clips[1:])
    async with database.writing() as db:
        await samples.keep(db, draft.id, again, now=NOW)
    assert await voices.sample(draft.id) == again
    assert await voices.cancel_draft(draft.id)
    assert await voices.sample(draft.id) is None
    async with database.reading() as db:
        assert await db.fetch_all("SELECT voice_id FROM further_clip") == []


async def test_a_draft_is_replaced_by_one_of_the_same_name_and_a_voice_is_not(database: Database) -> None:
    voices = VoiceStore(database)
    await voices.add_draft(make_draft(1), SAMPLE, max_voices=1, guard=unguarded)
    successor = replace(make_draft(2), name="VOICE 1")
    await voices.add_draft(successor, SAMPLE, max_voices=1, guard=unguarded)
    assert [voice.id for voice in await controlled_by(database, ANN)] == [successor.id]
    assert await voices.consent(successor.id, wording="I agree", guard=unguarded, now=NOW)
    with pytest.raises(NameTaken):
        await voices.add_draft(make_draft(1), SAMPLE, max_voices=1, guard=unguarded)
    with pytest.raises(NoSlotLeft):
        await voices.add_draft(make_draft(3), SAMPLE, max_voices=1, guard=unguarded)


async def test_consent_after_the_draft_s_time_does_not_count(database: Database) -> None:
    voices, voice = VoiceStore(database), make_draft(1)
    await voices.add_draft(voice, SAMPLE, max_voices=0, guard=unguarded)
    assert await voices.consent(voice.id, wording="I agree", guard=unguarded, now=LATER) is None
    both = await asyncio.gather(
        *(voices.consent(voice.id, wording="I agree", guard=unguarded, now=NOW) for _ in range(2))
    )
    assert [consented is None for consented in sorted(both, key=str)] == [True, False]
    assert await voices.drop_old_drafts(LATER) == 0


async def test_a_deleted_voice_is_hidden_at_once_and_its_row_goes_when_fish_audio_has_none(database: Database) -> None:
    voice, voices, removals = await make_training(database), VoiceStore(database), RemovalStore(database)
    assert await delete(database, voice)
    assert await delete(database, voice) is None
    assert await controlled_by(database, ANN) == []
    assert not await TrainingStore(database).finish(voice.id, now=SOON)
    retired = await RetiredNameStore(database).latest(voice.name.upper(), member=make_member(ANN), guild_id=None)
    assert retired is not None
    assert retired.cause is Cause.DELETED

    await make_queued(database, 2)  # takes the slot that is free again
    [removal] = await removals.claim(now=NOW, until=LATER, most=9)
    assert (await current(database, voice)).state is VoiceState.DELETING
    await removals.finish(removal)
    assert await voices.by_id(voice.id) is None


async def test_a_voice_becomes_nobody_s_default_once_it_is_not_trained_or_not_permitted(database: Database) -> None:
    async def erased(_: Session) -> None:
        raise UserError("Erased meanwhile.")

    voices, voice = VoiceStore(database), await make_training(database)
    assert not await voices.set_default(ANN, voice.id, guild_id=None, guard=unguarded)
    assert await TrainingStore(database).finish(voice.id, now=SOON)
    with pytest.raises(UserError):
        await voices.set_default(2, voice.id, guild_id=None, guard=erased)
    assert (await VoicesInReachStore(database).of(2, None)).default_id is None
    assert await voices.set_default(2, voice.id, guild_id=None, guard=unguarded)
    await delete(database, voice)
    assert not await voices.set_default(3, voice.id, guild_id=None, guard=unguarded)
    assert (await VoicesInReachStore(database).of(3, None)).default_id is None
