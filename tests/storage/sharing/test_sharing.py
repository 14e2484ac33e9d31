"""The tables of shares on both engines: audiences, ends that count once, and shares of older versions."""

from dataclasses import replace
from itertools import chain

from bot.models.sharing import WHOLE_SERVER, Audience, AudienceKind, Cause, Share
from bot.models.voices import Voice
from bot.storage.engine.database import Database
from bot.storage.engine.migrate import known_migrations
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.sharing.sharing import ShareEnd, ShareStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import (
    ANN,
    HERE,
    LATER,
    NOW,
    SOON,
    controlled_by,
    current,
    delete,
    make_member,
    make_training,
)

BEN, SINGERS = 2, 5
THE_ROLE = Audience(kind=AudienceKind.ROLE, target_id=SINGERS)


async def trained(database: Database) -> Voice:
    voice = await make_training(database)
    await TrainingStore(database).finish(voice.id, now=NOW)
    return await current(database, voice)


def share_of(voice: Voice, audience: Audience, *, until: int | None = None, shared_at: int = NOW) -> Share:
    return Share(voice=voice, guild_id=HERE, audience=audience, until=until, shared_by=ANN, shared_at=shared_at)


async def test_a_share_ends_once_and_not_if_it_was_prolonged(database: Database) -> None:
    voice, shares = await trained(database), ShareStore(database)
    first = share_of(voice, THE_ROLE, until=SOON)
    assert await shares.add(first, guard=unguarded, entry="Shared.", most=1)
    assert await shares.over(SOON) == [first]
    anew = replace(first, until=LATER, shared_at=SOON)
    assert await shares.add(anew, guard=unguarded, entry="Shared.", most=1)

    end = ShareEnd(share=first, cause=Cause.EXPIRED, by_id=ANN, by_name="Ann", entry="Over.")
    assert await shares.end([end], SOON) == [], "it was given more time meanwhile"
    assert await shares.in_server(HERE) == await shares.of_voice(voice.id) == [anew]
    end = replace(end, share=anew)
    assert await shares.end([end, end], LATER) == [anew]
    retired_names = RetiredNameStore(database)
    singer, ben = make_member(BEN, role_ids=frozenset({SINGERS})), make_member(BEN)
    told = await retired_names.latest(voice.name, member=singer, guild_id=HERE)
    assert told is not None
    assert (told.cause, told.audience) == (Cause.EXPIRED, THE_ROLE)
    assert await retired_names.latest(voice.name, member=ben, guild_id=HERE) is None


async def test_the_person_heard_controls_the_voice_after_agreeing_and_all_are_told_of_its_end(
    database: Database,
) -> None:
    voice, voices = await trained(database), VoiceStore(database)
    async with database.writing() as db:
        await db.execute("UPDATE voice SET speaker_id = $1, speaker_name = 'Ben'", BEN)
    assert [each.id for each in await controlled_by(database, BEN)] == [voice.id]
    assert (
        await voices.controlled(voice.id, ANN)
        == await voices.controlled(voice.id, BEN)
        == await current(database, voice)
    )
    assert await voices.controlled(voice.id, SINGERS) is None

    await ShareStore(database).add(share_of(voice, WHOLE_SERVER), guard=unguarded, entry="Shared.", most=1)
    await delete(database, voice)
    assert await ShareStore(database).of_voice(voice.id) == []
    assert await voices.controlled(voice.id, BEN) is None
    for member_id, guild_id in ((ANN, None), (BEN, None), (SINGERS, HERE)):
        told = await RetiredNameStore(database).latest(voice.id, member=make_member(member_id), guild_id=guild_id)
        assert told is not None
        assert told.cause is Cause.DELETED
    assert await RetiredNameStore(database).latest(voice.id, member=make_member(SINGERS), guild_id=None) is None


async def test_a_person_who_has_not_agreed_controls_nothing(database: Database) -> None:
    voice, voices = await trained(database), VoiceStore(database)
    async with database.writing() as db:
        await db.execute("UPDATE voice SET speaker_id = $1, speaker_name = 'Ben'", BEN)
        await db.execute("DELETE FROM consent")
    assert await controlled_by(database, BEN) == []
    assert await voices.controlled(voice.id, BEN) is None
    assert [each.id for each in await controlled_by(database, ANN)] == [voice.id]


async def test_a_share_from_before_audiences_is_for_the_whole_server(database: Database) -> None:
    voice, [voices_file, _, shares_file, *later_files] = await trained(database), known_migrations()
    async with database.writing() as db:
        for statement in voices_file.statements:
            if "CREATE TABLE share " in statement or "CREATE TABLE departure " in statement:
                await db.execute("DROP TABLE share" if "TABLE share " in statement else "DROP TABLE departure")
                await db.execute(statement)
        await db.execute("INSERT INTO share VALUES ($1, $2, $3)", voice.id, HERE, NOW)
        query = "INSERT INTO departure VALUES ($1, $2, 'old', 'old-id', 'Old', 'Ann', 'deleted', $3)"
        for guild_id in (0, HERE):
            await db.execute(query, guild_id, ANN, NOW)
        for statement in shares_file.statements:
            await db.execute(statement)
        for statement in chain.from_iterable(each.statements for each in later_files):
            if "ALTER TABLE departure" in statement:
                await db.execute(statement)
    assert await ShareStore(database).in_server(HERE) == [share_of(voice, WHOLE_SERVER)]
    for member_id in (ANN, BEN):
        told = await RetiredNameStore(database).latest("old", member=make_member(member_id), guild_id=HERE)
        assert told is not None
    assert await RetiredNameStore(database).latest("old", member=make_member(BEN), guild_id=None) is None
