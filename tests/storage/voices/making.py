"""Makes voices in every state, by the stores themselves."""

from bot.models.common import Member
from bot.models.samples import Clip, Sample
from bot.models.sharing import Cause
from bot.models.voices import Voice, VoiceState
from bot.storage.engine.database import Database
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore
from tests.storage.guards import unguarded

ANN, HERE = 1, 7
NOW, SOON, LATER = 1_000, 2_000, 3_000
SAMPLE = Sample((Clip("sample.wav", b"RIFF"),))


def make_draft(number: int, *, owner_id: int = ANN) -> Voice:
    return Voice(
        id=f"{number:016x}",
        owner_id=owner_id,
        owner_name="Ann",
        name=f"Voice {number}",
        state=VoiceState.DRAFT,
        guild_id=HERE,
        channel_id=8,
        next_attempt_at=LATER,
        since=NOW,
        created_at=NOW + number,
    )


async def make_queued(database: Database, number: int = 1, *, owner_id: int = ANN) -> Voice:
    voices, voice = VoiceStore(database), make_draft(number, owner_id=owner_id)
    await voices.add_draft(voice, SAMPLE, max_voices=0, guard=unguarded)
    consented = await voices.consent(voice.id, wording="I agree", guard=unguarded, now=NOW)
    assert consented is not None
    return consented


async def make_training(database: Database) -> Voice:
    voice, trainings = await make_queued(database), TrainingStore(database)
    assert await trainings.begin_attempt(voice, "first", now=NOW, look_until=LATER)
    assert await trainings.begin_training(voice.id, "first", fish_id="f1", now=NOW, next_attempt_at=NOW)
    return await current(database, voice)


async def delete(database: Database, voice: Voice) -> Voice | None:
    return await VoiceStore(database).delete(
        voice.id, Cause.DELETED, by_id=ANN, by_name="Ann", entry="Gone.", now=NOW, look_until=LATER
    )


def make_member(member_id: int, *, role_ids: frozenset[int] = frozenset()) -> Member:
    return Member(id=member_id, name="Somebody", role_ids=role_ids)


async def current(database: Database, voice: Voice) -> Voice:
    found = await VoiceStore(database).by_id(voice.id)
    assert found is not None
    return found


async def controlled_by(database: Database, member_id: int) -> list[Voice]:
    """Return the voices that a member controls, in the order of their list."""
    return list((await VoicesInReachStore(database).of(member_id, None)).controlled)
