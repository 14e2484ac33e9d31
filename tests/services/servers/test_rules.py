"""What a server's managers may decide, whom it concerns, and that everybody finds it in the server's log."""

import pytest

from bot.clock import DAY, HOUR, SECOND
from bot.errors import UserError
from bot.models.common import Member, Place, Pronunciation
from bot.services import servers
from bot.services.common.signing import Signer
from bot.services.servers import ServerServices
from bot.services.servers.rules import Blocked, NotManager, clean_words
from bot.storage import build_stores
from bot.storage.engine.database import Database
from tests.stories.running import TravelClock

HERE, ELSEWHERE = 7, 8
MAX = Member(id=9, name="Max", is_manager=True)
ANN = Member(id=1, name="Ann")


class House:
    """The services of servers, built as the bot builds them."""

    def __init__(self, database: Database) -> None:
        self.clock = TravelClock()
        self.server: ServerServices = servers.build(build_stores(database), Signer(b"h" * 32, b"p" * 32), self.clock)
        self.rules = self.server.rules

    async def may_create(self, member: Member, guild_id: int = HERE, channel_id: int = 70) -> str:
        """Return why a member may make no voice there; empty if they may."""
        try:
            await self.rules.allow_creating(member, Place(guild_id=guild_id, channel_id=channel_id))
        except UserError as error:
            return str(error)
        return ""

    async def log(self) -> list[str]:
        """Post what is due in the log. Returns its messages."""
        log, posted = self.server.server_log, list[str]()
        for message in await log.due():
            if (posting := await log.posting_of(message)) is not None:
                posted.append(posting.text)
            await log.posted(message)
        return posted


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def test_only_managers_decide(house: House) -> None:
    for decision in (
        house.rules.let_create(ANN, HERE, [5]),
        house.rules.use_channels(ANN, HERE, [70]),
        house.rules.log_to(ANN, HERE, 71),
        house.rules.allow_shares(ANN, HERE, allowed=False),
        house.rules.block(ANN, HERE, MAX, is_bot=False),
        house.rules.shown_to(ANN, HERE),
    ):
        with pytest.raises(NotManager):
            await decision
    assert await house.may_create(ANN) == ""


async def test_a_role_and_a_channel_narrow_who_makes_voices_and_where(house: House) -> None:
    await house.rules.let_create(MAX, HERE, [5])
    assert await house.may_create(ANN) != ""
    singer = Member(id=2, name="Ben", role_ids=frozenset({5}))
    assert await house.may_create(singer) == ""
    await house.rules.use_channels(MAX, HERE, [70])
    assert await house.may_create(singer, channel_id=71) != ""
    assert await house.may_create(ANN, ELSEWHERE) == "", "another server has rules of its own"
    await house.rules.let_create(MAX, HERE, [])
    assert await house.may_create(ANN) == ""


async def test_who_is_blocked_is_refused_here_alone_until_a_manager_takes_it_back(house: House) -> None:
    await house.rules.block(MAX, HERE, ANN, is_bot=False)
    with pytest.raises(Blocked):
        await house.rules.allow_creating(ANN, Place(guild_id=HERE, channel_id=70))
    assert await house.may_create(ANN, ELSEWHERE) == ""
    await house.rules.unblock(MAX, HERE, ANN)
    assert await house.may_create(ANN) == ""


async def test_the_log_says_what_was_decided_once_and_only_where_it_changes_something(house: House) -> None:
    await house.rules.log_to(MAX, HERE, 71)
    await house.log()
    for _ in range(2):
        await house.rules.allow_shares(MAX, HERE, allowed=False)
    [said] = await house.log()
    assert said.count("Max") == 1
    assert await house.log() == []


async def test_a_list_of_pronunciations_replaces_the_one_before_and_is_counted_in_the_log(house: House) -> None:
    await house.rules.log_to(MAX, HERE, 71)
    await house.log()
    await house.rules.pronounce(MAX, HERE, "nginx = engine x\nGIF = jif")
    await house.rules.pronounce(MAX, HERE, "gif = ghif")
    assert (await house.rules.of(HERE)).pronunciations == (Pronunciation(word="gif", spoken="ghif"),)
    with pytest.raises(UserError, match="Line 1"):
        await house.rules.pronounce(MAX, HERE, "nonsense")
    with pytest.raises(NotManager):
        await house.rules.pronounce(ANN, HERE, "gif = jif")
    assert len((await house.rules.of(HERE)).pronunciations) == 1
    assert [text.partition("changed ")[2] for text in "\n".join(await house.log()).splitlines()] == [
        "how words are said: 0 → 2 (2 added, 0 removed).",
        "how words are said: 2 → 1 (1 added, 2 removed).",
    ]


async def test_who_moved_the_log_or_switched_it_off_is_said_where_it_was(house: House) -> None:
    await house.rules.log_to(MAX, HERE, 71)
    await house.log()
    await house.rules.log_to(MAX, HERE, 72)
    said = [text.partition("> ")[2] for text in await house.log()]
    assert sorted(said) == [
        "Max (<@9>) chose this channel for the log of voices instead of <#71>.",
        "Max (<@9>) moved the log of voices to <#72>.",
    ]
    await house.rules.log_to(MAX, HERE, None)
    [off] = await house.log()
    assert off.endswith("> Max (<@9>) switched the log of voices off.")


async def test_what_nobody_can_post_is_dropped_in_the_end(house: House) -> None:
    await house.rules.log_to(MAX, HERE, 71)
    log = house.server.server_log
    for _ in range(2):  # it is tried again
        [message] = await log.due()
        await log.unclear(message)
        house.clock.forward(seconds=HOUR / SECOND)
        await log.drop_old()
    house.clock.forward(seconds=DAY / SECOND)
    await log.drop_old()
    assert await log.due() == []


async def test_the_rules_of_a_server_that_comes_back_in_time_are_kept(house: House) -> None:
    await house.rules.let_create(MAX, HERE, [5])
    await house.server.left_servers.left(HERE)
    house.clock.forward(seconds=29 * DAY / SECOND)
    await house.server.left_servers.forget_old()
    await house.server.left_servers.came_back(HERE)
    house.clock.forward(seconds=29 * DAY / SECOND)
    await house.server.left_servers.forget_old()
    assert await house.may_create(ANN) != ""

    await house.server.left_servers.left(HERE)
    house.clock.forward(seconds=31 * DAY / SECOND)
    await house.server.left_servers.forget_old()
    assert await house.may_create(ANN) == ""


def test_a_forbidden_word_is_as_long_as_what_its_characters_stand_for() -> None:
    assert clean_words(["\ufdfa" * 2]) == ["\ufdfa" * 2]  # each stands for eighteen
    with pytest.raises(UserError, match="at most 50 characters"):
        clean_words(["\ufdfa" * 3])
    with pytest.raises(UserError, match="at most 4000 characters together"):
        clean_words(["\ufdfa\ufdfa\ufdf2\ufdf2"] * 100)
