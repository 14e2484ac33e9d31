"""The rules of a server."""

from bot.storage.engine.database import Database
from bot.storage.servers.rules import Grant, RulesStore
from tests.storage.guards import untold
from tests.storage.voices.making import ANN, HERE, NOW


async def test_every_rule_is_read_as_it_was_written(database: Database) -> None:
    rules = RulesStore(database)
    assert (await rules.of(HERE)).sharing_allowed, "without a row"
    await rules.narrow(HERE, Grant.SAY, [3, 4], told=untold, now=NOW)
    await rules.narrow(HERE, Grant.SAY, [5], told=untold, now=NOW)
    await rules.set_sharing_allowed(HERE, False, told=untold, now=NOW)
    assert (await rules.of(HERE)).sounds_reused, "unless managers switch it off"
    await rules.set_sounds_reused(HERE, False, told=untold, now=NOW)
    await rules.set_limits(
        HERE,
        longest_text=9,
        member_characters=None,
        server_characters=99,
        forbidden_words=["b", "a", "b"],
        told=untold,
        now=NOW,
    )
    await rules.set_log_channel(HERE, 8, greeting=lambda _: "Hello", farewell="Bye", now=NOW)

    found = await rules.of(HERE)
    assert (found.say_roles, found.creator_roles, found.sharing_allowed) == ({5}, frozenset(), False)
    assert not found.sounds_reused
    assert (found.longest_text, found.member_characters, found.server_characters) == (9, None, 99)
    assert (found.forbidden_words, found.log_channel_id) == (("a", "b"), 8)
    assert await rules.block(HERE, ANN, by=2, entry="blocked", now=NOW)
    assert not await rules.block(HERE, ANN, by=2, entry="blocked", now=NOW)
    assert await rules.is_blocked(HERE, ANN)
    assert not await rules.is_blocked(HERE + 1, ANN)
    assert await rules.unblock(HERE, ANN, entry="unblocked", now=NOW)
    assert not await rules.unblock(HERE, ANN, entry="unblocked", now=NOW)
