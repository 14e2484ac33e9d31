"""A question to the person who is heard is answered only once."""

import asyncio
from dataclasses import replace

import pytest

from bot.models.consent import Cloning, ConsentRequest
from bot.models.members import NoticeKind
from bot.models.samples import Clip, Sample
from bot.models.voices import Voice, VoiceState
from bot.storage.common.samples import SAMPLE_KEPT
from bot.storage.consent.consent_requests import (
    Asking,
    AskingLimits,
    ConsentRequestStore,
    NoRecording,
    NotToBeAsked,
    TooManyAsked,
)
from bot.storage.engine.database import Database
from bot.storage.members.notices import NoticeStore
from bot.storage.voices.voices import NameTaken, VoiceStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import ANN, LATER, NOW, SAMPLE, SOON, make_draft

BEA = 2
PAIR = "ann and bea"


async def draft(database: Database, number: int) -> Voice:
    voice = replace(make_draft(number), speaker_id=BEA, speaker_name="Bea")
    await VoiceStore(database).add_draft(voice, SAMPLE, max_voices=0, guard=unguarded)
    return voice


async def ask(
    database: Database, voice: Voice, *, pair: str = PAIR, expires_at: int = LATER, counted_from: int = 0
) -> Voice | None:
    limits = AskingLimits(again_from=0, most_refusals=2, counted_from=counted_from, most_questions=3)
    return await ConsentRequestStore(database).open(
        voice.id, pair, "ann", guard=unguarded, now=NOW, expires_at=expires_at, wording="I agree", limits=limits
    )


async def approve(database: Database, voice: Voice, *, now: int, recording: Sample | None = None) -> Voice | None:
    return await ConsentRequestStore(database).approve(
        voice.id, BEA, PAIR, recording=recording, guard=unguarded, now=now
    )


async def request_of(database: Database, voice: Voice) -> ConsentRequest:
    request = await ConsentRequestStore(database).of_voice(voice.id)
    assert request is not None
    return request


async def test_only_one_of_a_yes_and_a_no_at_one_instant_counts(database: Database) -> None:
    requests = ConsentRequestStore(database)
    for number in range(1, 21):
        voice = await draft(database, number)
        assert await ask(database, voice)
        request = await request_of(database, voice)
        yes, no = await asyncio.gather(
            approve(database, voice, now=SOON),
            requests.close(request, PAIR, "Bea did not agree to it.", refused=False, now=SOON),
        )
        assert (yes is None) is no
        after = await VoiceStore(database).by_id(voice.id)
        assert after is not None
        assert after.state is (VoiceState.FAILED if no else VoiceState.QUEUED)
        assert (await VoiceStore(database).sample(voice.id) is None) is no


async def test_a_pair_has_one_open_question_and_two_refusals_at_most(database: Database) -> None:
    requests = ConsentRequestStore(database)
    first, second = await draft(database, 1), await draft(database, 2)
    outcomes = await asyncio.gather(ask(database, first), ask(database, second), return_exceptions=True)
    [asked] = [outcome for outcome in outcomes if isinstance(outcome, Voice)]
    assert [type(outcome) for outcome in outcomes if outcome is not asked] == [NotToBeAsked]
    assert await ask(database, asked) is None  # a second click
    assert await approve(database, asked, now=LATER) is None  # too late
    assert await ConsentRequestStore(database).asking(PAIR) == Asking(asked_at=NOW)

    request = await request_of(database, asked)
    closed = await asyncio.gather(
        *(requests.close(request, PAIR, "Bea did not agree to it.", refused=True, now=SOON) for _ in range(2))
    )
    assert sorted(closed) == [False, True]
    other = second if asked.id == first.id else first
    assert await ask(database, other)
    assert await requests.close(await request_of(database, other), PAIR, "No.", refused=True, now=SOON)
    assert await requests.asking(PAIR) == Asking(refusals=2)
    with pytest.raises(NotToBeAsked):
        await ask(database, await draft(database, 3))
    await requests.forget_askings(LATER)
    assert await requests.asking(PAIR) == Asking(refusals=2)

    told = await NoticeStore(database).claim(now=SOON, until=LATER, most=9)
    assert [(notice.kind, notice.recipient_id, notice.guild_id) for notice in told] == [
        (NoticeKind.FAILED, ANN, None)
    ] * 2


async def test_a_member_asks_only_a_few_people_a_day(database: Database) -> None:
    drafts = [await draft(database, number) for number in range(1, 6)]
    for number, voice in enumerate(drafts[:3]):
        assert await ask(database, voice, pair=f"ann and {number}")
    with pytest.raises(TooManyAsked):
        await ask(database, drafts[3], pair="ann and 3")
    assert await ConsentRequestStore(database).of_voice(drafts[3].id) is None
    assert await ConsentRequestStore(database).asking("ann and 3") == Asking()
    assert await ask(database, drafts[3], pair="ann and 3", counted_from=NOW + 1)


async def test_a_question_outlives_its_sample_and_a_yes_needs_a_new_one(database: Database) -> None:
    requests, voices, voice = ConsentRequestStore(database), VoiceStore(database), await draft(database, 1)
    assert await ask(database, voice, expires_at=10**9)
    a_day_on = voice.created_at + SAMPLE_KEPT
    await voices.drop_old_drafts(a_day_on)  # its sample is over but not deleted yet
    assert [request.voice_id for request in await requests.undelivered(a_day_on)] == [voice.id]
    with pytest.raises(NoRecording):
        await approve(database, voice, now=a_day_on)
    assert await requests.of_voice(voice.id)
    with pytest.raises(NameTaken):  # a draft that waits for an answer is not replaced
        await voices.add_draft(voice, SAMPLE, max_voices=0, guard=unguarded)
    assert await voices.slots_taken(ANN, beside=voice.name) == 1
    assert await voices.consent(voice.id, wording="I agree", guard=unguarded, now=NOW) is None

    await requests.set_cloning(BEA, Cloning.NEVER)
    assert [request.voice_id for request in await requests.unwanted(a_day_on)] == [voice.id]
    await requests.set_cloning(BEA, Cloning.ASK)
    assert await requests.unwanted(a_day_on) == []
    again = Sample((Clip("again.wav", b"RIFF again"),))
    approved = await approve(database, voice, now=a_day_on, recording=again)
    assert approved is not None
    assert await voices.sample(voice.id) == again
    assert await voices.cancel_draft(voice.id) is False
