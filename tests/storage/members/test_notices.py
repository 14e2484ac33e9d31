"""Notices: claimed, sent, put off and forgotten."""

import asyncio

from bot.models.members import NoticeKind
from bot.storage.common.outbox import add_news
from bot.storage.engine.database import Database
from bot.storage.members.notices import NoticeStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voice_details import VoiceDetailsStore
from tests.storage.voices.making import (
    ANN,
    LATER,
    NOW,
    SOON,
    delete,
    make_training,
)


async def test_two_processes_never_claim_the_same_notice(database: Database, elsewhere: Database) -> None:
    voice = await make_training(database)
    await TrainingStore(database).finish(voice.id, now=NOW)
    here, there = NoticeStore(database), NoticeStore(elsewhere)
    claims = await asyncio.gather(*(store.claim(now=NOW, until=SOON, most=9) for store in (here, there)))
    [notice] = [notice for claim in claims for notice in claim]
    assert (notice.kind, notice.first_tried_at, notice.undelivered) == (NoticeKind.TRAINED, None, 0)

    assert await here.begin_sending(notice.id, NOW)
    await here.put_off(notice.id, next_attempt_at=SOON, undelivered=1)
    assert await untold(elsewhere) == {voice.id}
    [notice] = await there.claim(now=SOON, until=LATER, most=9)
    assert (notice.first_tried_at, notice.undelivered) == (None, 1)

    assert await there.begin_sending(notice.id, SOON)
    await there.mark_sent(notice.id, SOON)
    await here.keep_claim(notice.id, SOON)  # a renewal that comes late
    assert await here.next_due() is None
    assert await untold(database) == set()


async def untold(side: Database) -> frozenset[str]:
    return (await VoiceDetailsStore(side).of(ANN, None, now=SOON)).untold


async def test_news_outlive_their_voice_until_they_are_sent(database: Database) -> None:
    voice, notices = await make_training(database), NoticeStore(database)
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
