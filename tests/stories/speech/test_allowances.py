"""How much a member, and a server, may have spoken per UTC day."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.models import Member
from bot.services.common.signing import Signer, open_signer
from bot.services.servers.rules import Limits, RulesService
from bot.services.speech.allowances import AllowanceService, AllowanceUsedUp
from bot.storage.common.secrets import SecretStore
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.servers.rules import RulesStore
from bot.storage.speech.allowances import AllowanceStore
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import callback_of, has_voice, until_answered


def midnight_after(moment: float) -> int:
    """Seconds since 1970 of the UTC midnight that ends the day of a moment."""
    day = datetime.fromtimestamp(moment, UTC).date() + timedelta(days=1)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@pytest.mark.settings(daily_characters_per_member=20)
async def test_a_day_has_so_many_characters_and_the_next_day_as_many_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")

    spoken = await ann.uses("/say", text="Twelve chars")
    assert fish.made(spoken.audio, text="Twelve chars")

    renewal = midnight_after(discord.clock.now())
    refusal = await ann.uses("/say", text="Nine more")
    assert refusal.text == (
        f"This text has 9 characters, and you have 8 of your 20 left today. Shorten it, or try again <t:{renewal}:R>."
    )
    assert refusal.ephemeral

    assert (await ann.uses("/say", text="**Eight** it")).files, "only what is spoken counts"
    assert (await ben.uses("/say", voice="Grandpa", text="My own twenty today")).files

    bot.time_passes(seconds=renewal - discord.clock.now() + 1)
    assert (await ann.uses("/say", text="Another day, another")).files


@pytest.mark.settings(daily_characters_per_member=10)
async def test_what_was_not_heard_is_not_counted(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    discord.fails("POST", "/interactions/*/callback", status=404, code=10062)
    unheard = await ann.uses("/say", text="Hello", wait=False)
    await until_answered(discord, "POST", callback_of(unheard), status=404)
    fish.is_busy(retry_after=3600)
    assert "too busy" in (await ann.uses("/say", text="Hello")).text
    discord.fails("PATCH", "/webhooks/*/@original", status=403, code=50013)
    assert "did not take the sound" in (await ann.uses("/say", text="Hello")).text

    speech = fish.holds("POST", "/v1/tts")
    use = await ann.uses("/say", text="Hello", wait=False)
    await speech.arrived()
    assert "you have 5 of your 10 left" in (await ann.uses("/say", text="Hello!")).text
    speech.release()
    assert (await use.reply()).files


@pytest.mark.settings(daily_characters_per_member=5)
async def test_an_interaction_that_is_delivered_twice_is_counted_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    reply = await ann.uses("/say", text="Hello", deliver=2)

    assert fish.made(reply.audio, text="Hello")
    assert not reply.interaction.followups


@pytest.mark.settings(daily_characters_per_member=0)
async def test_zero_means_no_limit(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    assert (await ann.uses("/say", text="word " * 200)).files
    assert (await ann.uses("/say", text="word " * 200)).files


HERE, ELSEWHERE = 7, 8
MANAGER = Member(id=1000, name="Mia", is_manager=True)


class Counting:
    """The services that count, over a real database."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self.rules = RulesService(RulesStore(database), Clock())
        self.allowances = AllowanceService(AllowanceStore(database), self.rules, signer, Clock(), daily_characters=10)

    async def limits(self, *, member: int | None = None, server: int | None = None) -> None:
        limits = Limits(longest_text=None, member_characters=member, server_characters=server, forbidden_words=())
        await self.rules.limit(MANAGER, HERE, limits)

    async def refusal(self, member_id: int, guild_id: int | None, characters: int = 6) -> str:
        """What stands in the way of so many characters; nothing where they are counted."""
        try:
            await self.allowances.charge(member_id, guild_id, characters)
        except AllowanceUsedUp as error:
            return str(error)
        return ""


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncGenerator[Counting]:
    async with open_database(f"sqlite:///{tmp_path}/mynah.db") as database:
        yield Counting(database, await open_signer(SecretStore(database)))


@pytest.mark.parametrize("limit", ["of the host's per member", "per member here", "of the server's"])
async def test_two_commands_at_once_never_both_get_the_last_characters(counting: Counting, limit: str) -> None:
    for round_ in range(1, 201):
        match limit:
            case "of the host's per member":
                racers, left = [(round_, None), (round_, HERE)], "of your 10 left today"
            case "per member here":
                await counting.limits(member=7)
                racers, left = [(round_, HERE)] * 2, "1 of your 7 left in this server today"
            case _:
                await counting.limits(server=6 * round_ + 5)
                racers, left = [(2 * round_, HERE), (2 * round_ + 1, HERE)], "this server has 5 of its "
        first, second = await asyncio.gather(*(counting.refusal(*racer) for racer in racers))
        assert not (first and second), "one of them gets them"
        assert left in first + second, "the other one is told what is left"


async def test_the_limit_that_leaves_least_is_named_and_a_refusal_counts_nowhere(counting: Counting) -> None:
    await counting.limits(member=8, server=9)
    assert not await counting.refusal(1, HERE)
    assert "you have 2 of your 8 left in this server today" in await counting.refusal(1, HERE)
    assert "this server has 3 of its 9 left today" in await counting.refusal(2, HERE)
    assert not await counting.refusal(1, ELSEWHERE, 4), "the refused ones were not counted"
    assert "you have 0 of your 10 left today. Try again <t:" in await counting.refusal(1, HERE, 1)
    assert not await counting.refusal(2, HERE, 3)

    charge = await counting.allowances.charge(3, ELSEWHERE, 10)
    await asyncio.gather(*(counting.allowances.give_back(charge) for _ in range(3)))
    assert not await counting.refusal(3, ELSEWHERE, 10), "it was given back"
    assert await counting.refusal(3, ELSEWHERE, 1), "and only once"
