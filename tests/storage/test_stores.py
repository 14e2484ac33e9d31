"""What the stores promise when two processes, or two members, want the same thing at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from bot.models import Cause, Charge, Member, NoticeKind, Sample, Voice, VoiceState
from bot.storage.common.outbox import add_news
from bot.storage.common.samples import SAMPLE_KEPT
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.members.notices import NoticeStore
from bot.storage.servers.rules import Grant, RulesStore
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.speech.allowances import AllowanceStore, OverBudget
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import NameTaken, NoSlotLeft, VoiceStore

ANN, HERE = 1, 7
NOW, SOON, LATER = 1_000, 2_000, 3_000


@pytest.fixture
async def elsewhere(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The database as a second process has it open."""
    async with open_database(database_url) as opened:
        yield opened


def draft(number: int, *, owner_id: int = ANN) -> Voice:
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


async def queued(database: Database, number: int = 1, *, owner_id: int = ANN) -> Voice:
    voices, voice = VoiceStore(database), draft(number, owner_id=owner_id)
    await voices.add_draft(voice, Sample(filename="sample.wav", data=b"RIFF"), max_voices=0)
    consented = await voices.consent(voice.id, wording="I agree", now=NOW)
    assert consented is not None
    return consented


async def training(database: Database) -> Voice:
    voice, trainings = await queued(database), TrainingStore(database)
    assert await trainings.begin_attempt(voice, "first", now=NOW, look_until=LATER)
    assert await trainings.begin_training(voice.id, "first", fish_id="f1", now=NOW, pause=1, next_attempt_at=NOW)
    return await still(database, voice)


async def delete(database: Database, voice: Voice) -> Voice | None:
    return await VoiceStore(database).delete(
        voice.id, Cause.DELETED, by_name="Ann", entry="Gone.", now=NOW, look_until=LATER
    )


def member(member_id: int, *, role_ids: frozenset[int] = frozenset()) -> Member:
    return Member(id=member_id, name="Somebody", role_ids=role_ids)


async def still(database: Database, voice: Voice) -> Voice:
    found = await VoiceStore(database).by_id(voice.id)
    assert found is not None
    return found


async def test_two_processes_share_the_work_and_never_a_piece_of_it(database: Database, elsewhere: Database) -> None:
    voices = [await queued(database, number, owner_id=number) for number in range(1, 7)]
    stores = [TrainingStore(database), TrainingStore(elsewhere)] * 3
    claims = await asyncio.gather(*(store.claim(VoiceState.QUEUED, now=NOW, until=SOON, most=2) for store in stores))
    assert sorted(voice.id for claim in claims for voice in claim) == [voice.id for voice in voices]
    assert await TrainingStore(elsewhere).claim(VoiceState.QUEUED, now=SOON - 1, until=LATER, most=9) == []
    assert len(await TrainingStore(elsewhere).claim(VoiceState.QUEUED, now=SOON, until=LATER, most=9)) == len(voices)


async def test_the_last_place_is_taken_once(database: Database, elsewhere: Database) -> None:
    sample = Sample(filename="sample.wav", data=b"RIFF")
    for owner_id in range(1, 201):
        outcomes = await asyncio.gather(
            *(
                VoiceStore(side).add_draft(draft(2 * owner_id + number, owner_id=owner_id), sample, max_voices=1)
                for number, side in enumerate([database, elsewhere])
            ),
            return_exceptions=True,
        )
        assert sorted(repr(outcome) for outcome in outcomes) == ["NoSlotLeft()", "None"]
        assert len(await VoiceStore(database).controlled_by(owner_id)) == 1


async def test_a_draft_makes_way_for_its_successor_and_a_voice_does_not(database: Database) -> None:
    voices, sample = VoiceStore(database), Sample(filename="sample.wav", data=b"RIFF")
    await voices.add_draft(draft(1), sample, max_voices=1)
    successor = replace(draft(2), name="VOICE 1")
    await voices.add_draft(successor, sample, max_voices=1)
    assert [voice.id for voice in await voices.controlled_by(ANN)] == [successor.id]
    assert await voices.consent(successor.id, wording="I agree", now=NOW)
    with pytest.raises(NameTaken):
        await voices.add_draft(draft(1), sample, max_voices=1)
    with pytest.raises(NoSlotLeft):
        await voices.add_draft(draft(3), sample, max_voices=1)


async def test_consent_comes_in_time_or_not_at_all(database: Database) -> None:
    voices, voice = VoiceStore(database), draft(1)
    await voices.add_draft(voice, Sample(filename="sample.wav", data=b"RIFF"), max_voices=0)
    assert await voices.consent(voice.id, wording="I agree", now=LATER) is None
    both = await asyncio.gather(*(voices.consent(voice.id, wording="I agree", now=NOW) for _ in range(2)))
    assert [consented is None for consented in sorted(both, key=str)] == [True, False]
    assert await voices.drop_old_drafts(LATER) == 0


async def test_only_who_knows_of_the_last_attempt_may_make_the_next(database: Database, elsewhere: Database) -> None:
    voice = await queued(database)
    here, there = TrainingStore(database), TrainingStore(elsewhere)
    begun = await asyncio.gather(
        here.begin_attempt(voice, "mine", now=NOW, look_until=LATER),
        there.begin_attempt(voice, "yours", now=NOW, look_until=LATER),
    )
    assert sorted(begun) == [False, True]
    winner = await still(database, voice)
    assert await there.begin_attempt(winner, "again", now=SOON, look_until=LATER)

    assert winner.tag is not None
    assert not await here.begin_training(voice.id, winner.tag, fish_id="late", now=SOON, pause=1, next_attempt_at=SOON)
    [removal] = await RemovalStore(database).claim(now=SOON, until=LATER, most=9)
    assert (removal.tag, removal.look_until) == (winner.tag, LATER)


async def test_a_training_ends_once_with_one_notice_and_without_its_sample(
    database: Database, elsewhere: Database
) -> None:
    voice = await training(database)
    ends = await asyncio.gather(
        TrainingStore(database).finish(voice.id, now=SOON),
        TrainingStore(elsewhere).finish(voice.id, now=SOON),
        TrainingStore(elsewhere).fail(voice, "It failed.", now=SOON),
    )
    assert sorted(ends) == [False, False, True]
    assert len(await NoticeStore(database).claim(now=SOON, until=LATER, most=9)) == 1
    if (await still(database, voice)).state is VoiceState.TRAINED:
        assert await VoiceStore(database).sample(voice.id) is None
        assert await VoiceStore(database).default_of(ANN) == voice.id


async def test_a_failed_voice_is_retried_while_its_sample_is_kept(database: Database) -> None:
    voice, trainings = await training(database), TrainingStore(database)
    assert await trainings.fail(voice, "It failed.", now=NOW)
    assert not await trainings.retry(voice.id, now=voice.created_at + SAMPLE_KEPT)
    assert await trainings.retry(voice.id, now=NOW)
    assert not await trainings.retry(voice.id, now=NOW)
    assert await NoticeStore(database).claim(now=SOON, until=LATER, most=9) == []  # its failure is no news any more
    [removal] = await RemovalStore(database).claim(now=NOW, until=SOON, most=9)
    assert removal.fish_id == "f1"


async def test_a_deleted_voice_is_gone_at_once_and_its_row_with_the_last_of_it(database: Database) -> None:
    voice, voices, removals = await training(database), VoiceStore(database), RemovalStore(database)
    assert await delete(database, voice)
    assert await delete(database, voice) is None
    assert await voices.controlled_by(ANN) == []
    assert not await TrainingStore(database).finish(voice.id, now=SOON)
    departure = await RetiredNameStore(database).latest(voice.name.upper(), member=member(ANN), guild_id=None)
    assert departure is not None
    assert departure.cause is Cause.DELETED

    await queued(database, 2)  # takes the place that is free again
    [removal] = await removals.claim(now=NOW, until=LATER, most=9)
    assert (await still(database, voice)).state is VoiceState.DELETING
    await removals.finish(removal)
    assert await voices.by_id(voice.id) is None


async def test_a_notice_is_claimed_sent_and_put_off_once(database: Database, elsewhere: Database) -> None:
    voice = await training(database)
    await TrainingStore(database).finish(voice.id, now=NOW)
    here, there = NoticeStore(database), NoticeStore(elsewhere)
    claims = await asyncio.gather(*(store.claim(now=NOW, until=SOON, most=9) for store in (here, there)))
    [notice] = [notice for claim in claims for notice in claim]
    assert (notice.kind, notice.first_tried_at, notice.undelivered) == (NoticeKind.TRAINED, None, 0)

    assert await here.begin_sending(notice.id, NOW)
    await here.put_off(notice.id, next_attempt_at=SOON, undelivered=1)
    assert await there.is_undelivered(voice.id, ANN)
    [notice] = await there.claim(now=SOON, until=LATER, most=9)
    assert (notice.first_tried_at, notice.undelivered) == (None, 1)

    assert await there.begin_sending(notice.id, SOON)
    await there.mark_sent(notice.id, SOON)
    await here.keep_claim(notice.id, SOON)  # a renewal that comes late
    assert await here.next_due() is None
    assert not await here.is_undelivered(voice.id, ANN)


async def test_news_stand_for_themselves_and_are_not_kept(database: Database) -> None:
    voice, notices = await training(database), NoticeStore(database)
    await TrainingStore(database).finish(voice.id, now=NOW)
    async with database.writing() as db:
        await add_news(db, ANN, "Something happened.", now=NOW)
        await add_news(db, ANN, "Nobody hears of this.", now=NOW)
    await delete(database, voice)
    claimed = {notice.text: notice for notice in await notices.claim(now=NOW, until=SOON, most=9)}
    assert claimed.keys() == {"Something happened.", "Nobody hears of this."}
    told, untold = claimed["Something happened."], claimed["Nobody hears of this."]
    assert (told.recipient_id, told.voice_id, told.guild_id) == (ANN, None, None)

    await notices.mark_sent(told.id, SOON)
    await notices.put_off(untold.id, next_attempt_at=None, undelivered=9)
    await notices.forget_news(NOW)
    async with database.reading() as db:
        assert [row["id"] for row in await db.fetch_all("SELECT id FROM notice")] == [untold.id]
    await notices.forget_news(SOON)
    async with database.reading() as db:
        assert await db.fetch_all("SELECT id FROM notice") == []


async def test_the_last_characters_are_counted_once_and_in_every_budget_or_none(
    database: Database, elsewhere: Database
) -> None:
    limits = {"server:7": 10, "ann": None, "ben": 9}

    async def refusal(number: int, side: Database) -> Mapping[str, int]:
        charge = Charge(id=f"{number:016x}", day="2026-11-23", characters=6, charged_at=NOW)
        try:
            await AllowanceStore(side).spend(charge, limits)
        except OverBudget as over:
            return over.spent
        return {}

    outcomes = await asyncio.gather(*(refusal(number, side) for number, side in enumerate([database, elsewhere] * 2)))
    assert (outcomes.count({}), outcomes.count({"ben": 6, "server:7": 6})) == (1, 3)
    spent = await AllowanceStore(database).spent(list(limits), "2026-11-23")
    assert spent == dict.fromkeys(limits, 6)
    await asyncio.gather(*(AllowanceStore(database).give_back(f"{number:016x}") for number in range(4)))
    assert await AllowanceStore(elsewhere).spent(list(limits), "2026-11-23") == dict.fromkeys(limits, 0)


async def test_a_server_s_rules_are_kept_whole(database: Database) -> None:
    rules = RulesStore(database)
    assert (await rules.of(HERE)).sharing_allowed, "without a row"
    await rules.narrow(HERE, Grant.SAY, [3, 4])
    await rules.narrow(HERE, Grant.SAY, [5])
    await rules.set_sharing_allowed(HERE, False)
    await rules.set_limits(
        HERE, longest_text=9, member_characters=None, server_characters=99, forbidden_words=["b", "a", "b"]
    )
    await rules.set_log_channel(HERE, 8, greeting="Hello", now=NOW)

    found = await rules.of(HERE)
    assert (found.say_roles, found.creator_roles, found.sharing_allowed) == ({5}, frozenset(), False)
    assert (found.longest_text, found.member_characters, found.server_characters) == (9, None, 99)
    assert (found.forbidden_words, found.log_channel_id) == (("a", "b"), 8)
    assert await rules.block(HERE, ANN, by=2, entry="blocked", now=NOW)
    assert not await rules.block(HERE, ANN, by=2, entry="blocked", now=NOW)
    assert await rules.is_blocked(HERE, ANN)
    assert not await rules.is_blocked(HERE + 1, ANN)
    assert await rules.unblock(HERE, ANN, entry="unblocked", now=NOW)
    assert not await rules.unblock(HERE, ANN, entry="unblocked", now=NOW)
