"""A sample is imitable only with consent, and what is imitated of it goes with it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import DAY
from bot.models.samples import Excerpt
from bot.models.voices import Voice
from bot.storage.engine.database import Database
from bot.storage.voices.excerpts import ExcerptStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import (
    ANN,
    LATER,
    NOW,
    SAMPLE,
    SOON,
    controlled_by,
    delete,
    make_draft,
    make_queued,
    make_training,
)

EXCERPT = Excerpt(wav=b"RIFF", transcript="When the sunlight")


async def imitable_until(database: Database) -> int | None:
    [voice] = await controlled_by(database, ANN)
    return voice.imitable_until


async def test_a_sample_is_imitable_from_the_consent_until_the_voice_is_trained(database: Database) -> None:
    draft = make_draft(1)
    await VoiceStore(database).add_draft(draft, SAMPLE, max_voices=0, guard=unguarded)
    assert await imitable_until(database) is None
    await VoiceStore(database).consent(draft.id, wording="I agree", guard=unguarded, now=NOW)
    [queued] = await controlled_by(database, ANN)
    assert queued.imitable_until == draft.created_at + DAY
    assert queued.can_speak(draft.created_at + DAY - 1)
    assert not queued.can_speak(draft.created_at + DAY)

    trainings = TrainingStore(database)
    assert await trainings.begin_attempt(draft, "t", now=NOW, look_until=LATER)
    assert await trainings.begin_training(draft.id, "t", fish_id="f", now=NOW, next_attempt_at=NOW)
    assert await imitable_until(database) == draft.created_at + DAY
    assert await trainings.finish(draft.id, now=SOON)
    assert await imitable_until(database) is None


@pytest.mark.parametrize("for_good", [False, True])
async def test_a_failed_voice_is_imitable_unless_it_has_failed_for_good(for_good: bool, database: Database) -> None:
    voice, trainings = await make_training(database), TrainingStore(database)
    assert await trainings.fail(voice, "It failed.", now=SOON, for_good=for_good)
    assert (await imitable_until(database) is None) is for_good
    assert await trainings.retry(voice.id, guard=unguarded, now=SOON) is not for_good


@pytest.mark.parametrize("missing", ["consent", "sentence"])
async def test_a_sample_is_not_imitated_before_all_have_agreed(missing: str, database: Database) -> None:
    voice = await make_queued(database)
    async with database.writing() as db:
        if missing == "consent":
            await db.execute("DELETE FROM consent WHERE voice_id = $1", voice.id)
        else:  # not yet heard in the sample, as after an approval
            query = """
                INSERT INTO sentence (id, member_id, guild_id, wording, expires_at, voice_id)
                VALUES ('s', 1, 7, 'I agree', 9, $1)
            """
            await db.execute(query, voice.id)
    assert await imitable_until(database) is None


async def finish(database: Database, voice: Voice) -> object:
    return await TrainingStore(database).finish(voice.id, now=SOON)


async def a_day_passes(database: Database, _: Voice) -> object:
    return await VoiceStore(database).drop_old_samples(NOW + 2 * DAY)


@pytest.mark.parametrize("end", [finish, delete, a_day_passes])
async def test_an_excerpt_goes_with_its_sample_and_never_comes_after_it(
    end: Callable[[Database, Voice], Awaitable[object]], database: Database
) -> None:
    voice, store = await make_training(database), ExcerptStore(database)
    assert await store.keep(voice.id, EXCERPT)
    assert await store.keep(voice.id, Excerpt(wav=b"other", transcript="other"))
    assert await store.of_voice(voice.id) == EXCERPT
    assert await store.is_wanted(voice.id)

    await end(database, voice)
    assert await store.of_voice(voice.id) is None
    assert not await store.is_wanted(voice.id)
    assert not await store.keep(voice.id, EXCERPT)
    assert await store.of_voice(voice.id) is None


async def test_one_at_a_time_makes_an_excerpt_and_nobody_once_it_is_kept(database: Database) -> None:
    voice, store = await make_queued(database), ExcerptStore(database)
    claims = [store.claim(voice.id, holder, now=NOW, until=SOON) for holder in ("a", "b")]
    assert sorted(await asyncio.gather(*claims)) == [False, True]
    await store.give_up_claim(voice.id, "somebody else's")
    assert not await store.claim(voice.id, "c", now=NOW, until=SOON)
    assert await store.claim(voice.id, "c", now=SOON, until=SOON + 1), "its holder has died"
    await store.keep_claim(voice.id, "c", LATER)
    assert not await store.claim(voice.id, "d", now=SOON + 1, until=LATER)
    await store.give_up_claim(voice.id, "c")
    assert await store.claim(voice.id, "e", now=NOW, until=SOON)
    assert await store.keep(voice.id, EXCERPT)
    assert not await store.claim(voice.id, "f", now=LATER, until=LATER + 1)
    await delete(database, voice)
    assert not await store.claim(voice.id, "g", now=LATER, until=LATER + 1)
