"""A sentence is given once, listened for once per recording, and used once, even by many commands at once."""

import asyncio

import pytest

from bot.models.consent import Sentence
from bot.storage.consent.sentences import BeingHeard, ListeningsUsedUp, SentenceClosed, SentenceStore
from bot.storage.engine.database import Database
from bot.storage.voices.voices import SentenceUsed, VoiceStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import ANN, HERE, LATER, NOW, SAMPLE, SOON, controlled_by, make_draft


def sentence(number: int, *, member_id: int = ANN) -> Sentence:
    return Sentence(id=f"s{number}", member_id=member_id, guild_id=HERE, wording=f"Sentence {number}", expires_at=LATER)


async def begins(store: SentenceStore, sound: str, *, at: int = NOW, most: int = 9) -> str:
    """Try to listen. Returns "listens", or the name of the refusal."""
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
            await voices.add_draft(make_draft(number), SAMPLE, max_voices=0, guard=unguarded, sentence_id="s1")
        except SentenceUsed:
            return False
        return True

    await store.offer(sentence(1), guard=unguarded, now=NOW)
    kept = await asyncio.gather(*(is_kept(number) for number in range(20)))
    assert kept.count(True) == 1
    winner = make_draft(kept.index(True))
    assert [voice.id for voice in await controlled_by(database, ANN)] == [winner.id]
    await store.drop_expired(LATER)
    await voices.consent(winner.id, wording="I agree", guard=unguarded, now=SOON)
    async with database.reading() as db:
        assert [row["sentence"] for row in await db.fetch_all("SELECT sentence FROM consent")] == ["Sentence 1"]
        assert await db.fetch_all("SELECT id FROM sentence") == []
    with pytest.raises(SentenceUsed):
        await voices.add_draft(make_draft(30), SAMPLE, max_voices=0, guard=unguarded, sentence_id="s1")
