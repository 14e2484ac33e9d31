"""A new sample is nobody's voice until it is trained; then its voice goes on with it, or nothing has changed."""

from dataclasses import replace

import pytest

from bot.models.sharing import WHOLE_SERVER, Share
from bot.models.voices import Voice, VoiceState
from bot.services.common.signing import Signer
from bot.storage.engine.database import Database, Row
from bot.storage.members.erasures import ErasureStore
from bot.storage.sharing.sharing import ShareStore
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.updates import NotTrained, UpdateStore, UpdateUnderWay
from bot.storage.voices.voices import NoSlotLeft, VoiceStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import (
    ANN,
    HERE,
    LATER,
    NOW,
    SAMPLE,
    SOON,
    controlled_by,
    current,
    delete,
    make_draft,
    make_training,
)

BEN = 2


async def make_trained(database: Database) -> Voice:
    voice = await make_training(database)
    assert await TrainingStore(database).finish(voice.id, now=NOW)
    return await current(database, voice)


async def draft_update(database: Database, voice: Voice, number: int = 9) -> Voice:
    update = replace(make_draft(number), name=voice.name, replaces=voice.id)
    await UpdateStore(database).add_draft(update, SAMPLE, guard=unguarded, sentence_id=None)
    return update


async def train_update(database: Database, voice: Voice, number: int = 9) -> Voice:
    """Have a new sample in training, with the id f2 at Fish Audio."""
    update, trainings = await draft_update(database, voice, number), TrainingStore(database)
    assert await VoiceStore(database).consent(update.id, wording="Again", guard=unguarded, now=NOW)
    assert await trainings.begin_attempt(await current(database, update), "second", now=NOW, look_until=LATER)
    assert await trainings.begin_training(update.id, "second", fish_id="f2", now=NOW, next_attempt_at=NOW)
    return await current(database, update)


async def rows(database: Database, query: str) -> list[Row]:
    async with database.reading() as db:
        return await db.fetch_all(query)  # pyrefly: ignore[bad-argument-type]  # our own words


async def removed(database: Database) -> set[str | None]:
    return {row["fish_id"] or row["tag"] for row in await rows(database, "SELECT fish_id, tag FROM removal")}


async def test_once_it_is_trained_the_voice_goes_on_with_it_and_keeps_all_that_it_had(database: Database) -> None:
    voice, voices = await make_trained(database), VoiceStore(database)
    share = Share(voice=voice, guild_id=HERE, audience=WHOLE_SERVER, until=None, shared_by=ANN, shared_at=NOW)
    assert await ShareStore(database).add(share, guard=unguarded, entry="", most=25)
    assert await voices.set_default_in(HERE, BEN, voice.id, guard=unguarded)
    update = await train_update(database, voice)
    assert await controlled_by(database, ANN) == [voice], "the new sample is no voice"
    assert await voices.rename(voice.id, "Renamed")
    assert (await current(database, update)).name == "Renamed"

    trainings = TrainingStore(database)
    assert await trainings.finish(update.id, now=SOON)
    assert not await trainings.finish(update.id, now=SOON)
    after = await current(database, voice)
    assert (after.name, after.state, after.fish_id, after.since) == ("Renamed", VoiceState.TRAINED, "f2", SOON)
    assert await voices.by_id(update.id) is None
    assert [share.voice.fish_id for share in await ShareStore(database).in_server(HERE)] == ["f2"]
    assert [row["voice_id"] for row in await rows(database, "SELECT voice_id FROM server_default")] == [voice.id]
    assert await removed(database) == {"f1"}
    assert [row["wording"] for row in await rows(database, "SELECT wording FROM consent")] == ["Again"]
    assert await rows(database, "SELECT * FROM sample") == []
    told = await rows(database, "SELECT kind, voice_id FROM notice WHERE created_at = 2000")
    assert [(row["kind"], row["voice_id"]) for row in told] == [("trained", voice.id)]
    for removal in await RemovalStore(database).claim(now=SOON, until=LATER, most=9):
        await RemovalStore(database).finish(removal)
    assert (await current(database, voice)).state is VoiceState.TRAINED


async def test_one_that_fails_leaves_the_voice_as_it_was(database: Database) -> None:
    voice = await make_trained(database)
    update = await train_update(database, voice)
    trainings = TrainingStore(database)
    assert await trainings.fail(update, "Noise.", now=SOON, end_of_update="The new sample can't be used.")
    assert not await trainings.fail(update, "Noise.", now=SOON, end_of_update="The new sample can't be used.")
    assert await current(database, voice) == voice
    assert await removed(database) == {"f2"}
    [news] = await rows(database, "SELECT text, recipient_id, guild_id FROM notice WHERE kind = 'news'")
    assert (news["text"], news["recipient_id"], news["guild_id"]) == ("The new sample can't be used.", ANN, HERE)
    assert await rows(database, "SELECT * FROM sample") == []
    await train_update_again(database, voice)


async def train_update_again(database: Database, voice: Voice) -> None:
    """Try another new sample, although the failed one is not yet deleted at Fish Audio."""
    update = await draft_update(database, voice, 10)
    assert (await current(database, update)).state is VoiceState.DRAFT


async def test_one_that_waits_too_long_is_given_up_with_what_may_still_come_of_it(database: Database) -> None:
    voice, trainings = await make_trained(database), TrainingStore(database)
    update = await draft_update(database, voice)
    assert await VoiceStore(database).consent(update.id, wording="Again", guard=unguarded, now=NOW)
    waiting = await current(database, update)
    assert await trainings.begin_attempt(waiting, "second", now=NOW, look_until=LATER)
    assert not await trainings.give_up(waiting, "Late.", now=SOON, look_until=LATER, end_of_update="Late.")
    begun = await current(database, update)
    assert await trainings.give_up(begun, "Late.", now=SOON, look_until=LATER, end_of_update="Late.")
    assert await removed(database) == {"second"}
    assert await current(database, voice) == voice


async def test_another_one_replaces_a_draft_and_nothing_that_was_agreed_to(database: Database) -> None:
    voice, updates = await make_trained(database), UpdateStore(database)
    first = await draft_update(database, voice)
    second = await draft_update(database, voice, 10)
    assert await VoiceStore(database).by_id(first.id) is None
    assert not await updates.is_open(voice.id)
    assert await VoiceStore(database).consent(second.id, wording="Again", guard=unguarded, now=NOW)
    assert await updates.is_open(voice.id)
    with pytest.raises(UpdateUnderWay):
        await draft_update(database, voice, 11)


async def test_it_takes_no_slot_of_its_owner(database: Database) -> None:
    voice, voices = await make_trained(database), VoiceStore(database)
    await draft_update(database, voice)
    assert await voices.slots_taken(ANN, beside="") == 1
    await voices.add_draft(make_draft(2), SAMPLE, max_voices=2, guard=unguarded)
    with pytest.raises(NoSlotLeft):
        await voices.add_draft(make_draft(3), SAMPLE, max_voices=2, guard=unguarded)


@pytest.mark.parametrize("stage", ["draft", "training"])
@pytest.mark.parametrize("end", ["delete", "erase"])
async def test_it_ends_with_its_voice(database: Database, stage: str, end: str) -> None:
    voice = await make_trained(database)
    update = await (draft_update if stage == "draft" else train_update)(database, voice)
    if end == "delete":
        assert await delete(database, voice)
    else:
        signer = Signer(b"h" * 32, b"p" * 32)
        assert await ErasureStore(database).erase(
            ANN, signer.pseudonym("erased", str(ANN)), news=lambda _: "", entry="", now=NOW, look_until=LATER
        )
        assert [row["voices"] for row in await rows(database, "SELECT voices FROM erasure")] == [1]
    assert await removed(database) == ({"f1"} if stage == "draft" else {"f1", "f2"})
    assert not await TrainingStore(database).finish(update.id, now=SOON)
    assert await rows(database, "SELECT * FROM sample") == []
    with pytest.raises(NotTrained):
        await draft_update(database, voice, 10)
    for removal in await RemovalStore(database).claim(now=SOON, until=LATER, most=9):
        await RemovalStore(database).finish(removal)
    assert await rows(database, "SELECT * FROM voice") == []


async def test_a_voice_that_has_failed_meanwhile_speaks_again_with_it(database: Database) -> None:
    voice, trainings = await make_trained(database), TrainingStore(database)
    update = await train_update(database, voice)
    assert await trainings.fail(voice, "Taken down.", now=NOW)
    assert await trainings.finish(update.id, now=SOON)
    after = await current(database, voice)
    assert (after.state, after.fish_id, after.reason) == (VoiceState.TRAINED, "f2", None)


async def test_what_was_read_of_the_earlier_voice_fails_no_later_one(database: Database) -> None:
    voice, trainings = await make_trained(database), TrainingStore(database)
    assert await trainings.finish((await train_update(database, voice)).id, now=SOON)
    assert not await trainings.fail(voice, "Fish Audio no longer has it.", now=SOON)
    assert (await current(database, voice)).state is VoiceState.TRAINED
