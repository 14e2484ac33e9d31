"""Entries are read again right before they are posted, so that no withdrawn entry is posted."""

from bot.clock import Clock
from bot.services.common.signing import Signer
from bot.services.members.erasures import ErasureService
from bot.services.servers.guards import Guards
from bot.services.servers.server_log import ServerLogService
from bot.storage.common.outbox import add_log_entry
from bot.storage.engine.database import Database
from bot.storage.members.erasures import ErasureStore
from bot.storage.servers.rules import RulesStore
from bot.storage.servers.server_log import ServerLogStore

ANN, HERE, CHANNEL = 700_000_000_000_000_001, 7, 8


def hello(before: int | None) -> str:
    return "Hello." if before is None else f"Hello, instead of {before}."


async def enters(database: Database, *sentences: str, now: int = 1) -> None:
    async with database.writing() as db:
        for sentence in sentences:
            await add_log_entry(db, HERE, sentence, now=now)


async def test_what_names_an_erased_member_is_not_posted_though_it_was_taken_before(database: Database) -> None:
    log = ServerLogService(ServerLogStore(database), Clock())
    await RulesStore(database).set_log_channel(HERE, CHANNEL, greeting=hello, farewell="Bye.", now=1)
    await enters(database, f"Ann (<@{ANN}>) blocked Ben.")
    [message] = await log.due()

    erasures = ErasureService(ErasureStore(database), Guards(Signer(b"h" * 32, b"p" * 32)), Clock())
    await erasures.erase(ANN, asked_by=ANN)
    posting = await log.posting_of(message)
    assert posting is not None
    assert posting.channel_id == CHANNEL
    assert "Hello." in posting.text
    assert "Ann" not in posting.text


async def test_a_message_of_which_nothing_is_left_is_not_posted(database: Database) -> None:
    rules, log = RulesStore(database), ServerLogService(ServerLogStore(database), Clock())
    await rules.set_log_channel(HERE, CHANNEL, greeting=hello, farewell="Bye.", now=1)
    [message] = await log.due()
    await rules.set_log_channel(HERE, None, greeting=hello, farewell="Bye.", now=1)
    assert await log.posting_of(message) is None


async def due(log: ServerLogService) -> list[tuple[int | None, str]]:
    """Post what is due. Returns the channel and the sentences of each message, without the hour."""
    posted: list[tuple[int | None, str]] = []
    for message in await log.due():
        posting = await log.posting_of(message)
        assert posting is not None
        posted.append((posting.channel_id, " ".join(line.partition("> ")[2] for line in posting.text.splitlines())))
        await log.posted(message)
    return sorted(posted, key=lambda each: each[0] or 0)


async def test_a_channel_that_the_log_leaves_is_told_so(database: Database) -> None:
    rules, log = RulesStore(database), ServerLogService(ServerLogStore(database), Clock())
    for now, channel, farewell in ((1, 8, "-"), (2, 9, "Moved."), (3, 9, "-"), (4, 10, "Moved again.")):
        await rules.set_log_channel(HERE, channel, greeting=hello, farewell=farewell, now=now)
    await enters(database, "Ann blocked Ben.", now=5)
    assert await due(log) == [
        (8, "Moved."),
        (9, "Moved again."),
        (10, "Hello. Hello, instead of 8. Hello, instead of 9. Hello, instead of 9. Ann blocked Ben."),
    ]
    await enters(database, "Ann unblocked Ben.")
    await rules.set_log_channel(HERE, None, greeting=hello, farewell="Off.", now=1)
    assert await due(log) == [(10, "Off.")]
    await rules.set_log_channel(HERE, None, greeting=hello, farewell="Off.", now=1)
    assert await due(log) == []


async def test_a_farewell_does_not_hide_the_trouble_of_the_channel_that_is_used_now(database: Database) -> None:
    store, rules = ServerLogStore(database), RulesStore(database)
    await rules.set_log_channel(HERE, CHANNEL, greeting=hello, farewell="-", now=1)
    await due(ServerLogService(store, Clock()))
    await rules.set_log_channel(HERE, 9, greeting=hello, farewell="Moved.", now=1)
    await store.note_trouble(HERE, 9, "I may not write there.")
    messages = await ServerLogService(store, Clock()).due()
    channels = {(await store.posting_of(message.id, HERE))[0]: message for message in messages}
    await store.finish(channels[CHANNEL].id, HERE)
    assert (await rules.of(HERE)).log_trouble == "I may not write there."
    await store.finish(channels[9].id, HERE)
    assert (await rules.of(HERE)).log_trouble is None


async def test_a_farewell_that_the_channel_refuses_is_dropped_and_nothing_else(database: Database) -> None:
    store, rules = ServerLogStore(database), RulesStore(database)
    log = ServerLogService(store, Clock())
    for channel in (CHANNEL, 9):
        await rules.set_log_channel(HERE, channel, greeting=hello, farewell="Moved.", now=1)
    for message in await log.due():
        posting = await log.posting_of(message)
        assert posting is not None
        assert posting.channel_id is not None
        await log.refused(message, posting.channel_id, "I may not write there.")
    async with database.reading() as db:
        left = await db.fetch_all("SELECT channel_id FROM log_entry")
    assert [row["channel_id"] for row in left] == [None, None], "both greetings, which wait for the log channel"


async def test_entries_of_one_millisecond_are_posted_in_the_order_of_their_writing(
    database: Database,
) -> None:
    log = ServerLogService(ServerLogStore(database), Clock())
    await RulesStore(database).set_log_channel(HERE, CHANNEL, greeting=hello, farewell="Bye.", now=1)
    await enters(database, "One.", "Two.", "Three.", "Four.")
    [message] = await log.due()
    posting = await log.posting_of(message)
    assert posting is not None
    assert [line.split()[-1] for line in posting.text.splitlines()] == ["Hello.", "One.", "Two.", "Three.", "Four."]
