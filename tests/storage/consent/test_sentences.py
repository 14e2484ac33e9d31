"""A sentence is given once, is listened for once per recording, and is used once, whoever asks at the same instant."""

import asyncio

import pytest

from bot.models import Sample, Sentence, Voice, VoiceState
from bot.storage.consent.sentences import BeingHeard, ListeningsUsedUp, SentenceClosed, SentenceStore
from bot.storage.engine.database import Database
from bot.storage.voices.voices import SentenceUsed, VoiceStore
from tests.guards import unguarded

ANN, HERE = 1, 7
NOW, SOON, LATER = 1_000, 2_000, 3_000
SAMPLE = Sample(filename="sample.wav", data=b"RIFF")


def sentence(number: int, *, member_id: int = ANN) -> Sentence:
    return Sentence(id=f"s{number}", member_id=member_id, guild_id=HERE, wording=f"Sentence {number}", expires_at=LATER)


def draft(number: int) -> Voice:
    return Voice(
        id=f"v{number}",
        owner_id=ANN,
        owner_name="Ann",
        name=f"Voice {number}",
        state=VoiceState.DRAFT,
        guild_id=HERE,
        channel_id=8,
        next_attempt_at=LATER,
        since=NOW,
        created_at=NOW,
    )


async def begins(store: SentenceStore, sound: str, *, at: int = NOW, most: int = 9) -> str:
    """What comes of an attempt to listen."""
    try:
        await store.begin_listening("s1", sound, now=at, until=at + 500, most=most)
    except (BeingHeard, ListeningsUsedUp, SentenceClosed) as refusal:
        return type(refusal).__name__
    return "listens"


async def test_a_member_has_one_open_sentence_however_often_they_ask(database: Database) -> None:
    store = SentenceStore(database)
    kept = await asyncio.gather(*(store.offer(sentence(number), guard=unguarded, now=NOW) for number in range(1, 20)))
    assert len({each.id for each in kept}) == 1
    assert await store.open_for(ANN, HERE, now=LATER - 1) == kept[0]
    assert await store.open_for(ANN, HERE, now=LATER) is None
    assert await store.open_for(ANN, HERE + 1, now=NOW) is None
    assert (await store.offer(sentence(20), guard=unguarded, now=LATER)).id == "s20"


async def test_only_one_process_at_a_time_listens_to_a_recording(database: Database) -> None:
    store = SentenceStore(database)
    await store.offer(sentence(1), guard=unguarded, now=NOW)
    outcomes = await asyncio.gather(*(begins(store, "a") for _ in range(10)))
    assert sorted(outcomes) == ["BeingHeard"] * 9 + ["listens"]
    assert await begins(store, "a", at=NOW + 500) == "listens", "who held it has died"

    await store.note_transcript("s1", "a", "Hello")
    assert await store.transcript("s1", "a") == "Hello"
    assert await begins(store, "a", at=LATER) == "BeingHeard"

    outcomes = await asyncio.gather(*(begins(store, f"b{number}", most=5) for number in range(10)))
    assert sorted(outcomes) == ["ListeningsUsedUp"] * 7 + ["listens"] * 3
    heard = next(number for number, outcome in enumerate(outcomes) if outcome == "listens")
    await store.take_listening_back("s1", f"b{heard}")
    assert await begins(store, "c", most=5) == "listens"
    await store.drop_expired(LATER)
    assert await store.transcript("s1", "a") is None
    assert await begins(store, "d") == "SentenceClosed"


async def test_a_sentence_is_used_once_and_a_draft_without_it_is_not_kept(database: Database) -> None:
    voices, store = VoiceStore(database), SentenceStore(database)

    async def is_kept(number: int) -> bool:
        try:
            await voices.add_draft(draft(number), SAMPLE, max_voices=0, guard=unguarded, sentence_id="s1")
        except SentenceUsed:
            return False
        return True

    await store.offer(sentence(1), guard=unguarded, now=NOW)
    kept = await asyncio.gather(*(is_kept(number) for number in range(20)))
    assert kept.count(True) == 1
    assert [voice.id for voice in await voices.controlled_by(ANN)] == [f"v{kept.index(True)}"]
    await store.drop_expired(LATER)
    await voices.consent(f"v{kept.index(True)}", wording="I agree", guard=unguarded, now=SOON)
    async with database.reading() as db:
        assert [row["sentence"] for row in await db.fetch_all("SELECT sentence FROM consent")] == ["Sentence 1"]
        assert await db.fetch_all("SELECT id FROM sentence") == []
    with pytest.raises(SentenceUsed):
        await voices.add_draft(draft(30), SAMPLE, max_voices=0, guard=unguarded, sentence_id="s1")
