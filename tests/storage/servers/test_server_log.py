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


async def enters(database: Database, *sentences: str) -> None:
    async with database.writing() as db:
        for sentence in sentences:
            await add_log_entry(db, HERE, sentence, now=1)


async def test_what_names_an_erased_member_is_not_posted_though_it_was_taken_before(database: Database) -> None:
    log = ServerLogService(ServerLogStore(database), Clock())
    await RulesStore(database).set_log_channel(HERE, CHANNEL, greeting="Hello.", now=1)
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
    await rules.set_log_channel(HERE, CHANNEL, greeting="Hello.", now=1)
    [message] = await log.due()
    await rules.set_log_channel(HERE, None, greeting="Bye.", now=1)
    assert await log.posting_of(message) is None
