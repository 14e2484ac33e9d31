"""After the report, a draft waits for its owner's consent, and not for long."""

import asyncio

import pytest

from sandbox.discord import Discord, Reply
from sandbox.discord.people.replies import look_at
from sandbox.discord.validation.components import walk
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import asked, has_voice, sees_no_more, wav
from tests.stories.stored import stored


def custom_id(reply: Reply, label: str) -> str:
    """Return the custom id of a button."""
    assert reply.message is not None
    [found] = [part["custom_id"] for part in walk(reply.message.components) if part.get("label") == label]
    return found


@pytest.mark.slow
@pytest.mark.both_engines
async def test_cancelling_deletes_the_draft_and_its_sample(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    create = custom_id(report, "Create my voice")
    reply = await ann.clicks(report, "Cancel")
    assert reply.text.startswith("Cancelled: “Grandpa” was not created")
    assert reply.buttons == ()
    assert stored(bot.place, "SELECT data FROM sample") == []

    late = await ann.forges(report, custom_id=create)
    assert late.text.startswith("There is no such draft of yours any more")
    assert not asked(fish, "POST")


@pytest.mark.slow
async def test_a_draft_and_its_sample_are_deleted_after_fifteen_minutes(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    bot.time_passes(minutes=14)
    other = await ann.uses("/voice create", name="Other", sample=wav())

    bot.time_passes(minutes=1)
    late = await ann.clicks(report, "Create my voice")
    assert late.text.startswith("There is no such draft of yours any more")
    await sees_no_more(bot, ann, "Grandpa")
    assert len(stored(bot.place, "SELECT data FROM sample")) == 1

    await ann.clicks(other, "Create my voice")
    await ann.is_told("“Other” is ready.")
    assert len(asked(fish, "POST")) == 1


@pytest.mark.slow
async def test_a_draft_runs_out_while_the_bot_is_down(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    await bot.stops()
    bot.time_passes(minutes=16)
    await bot.starts()

    late = await ann.clicks(report, "Create my voice")
    assert late.text.startswith("There is no such draft of yours any more")
    await sees_no_more(bot, ann, "Grandpa")
    assert stored(bot.place, "SELECT data FROM sample") == []
    assert not asked(fish, "POST")


@pytest.mark.slow
async def test_the_buttons_work_after_a_restart(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    wanted = await ann.uses("/voice create", name="Grandpa", sample=wav())
    unwanted = await ann.uses("/voice create", name="Grandma", sample=wav())
    await bot.restarts()

    reply = await ann.clicks(unwanted, "Cancel")
    assert reply.text.startswith("Cancelled: “Grandma”")
    await ann.clicks(wanted, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")


@pytest.mark.slow
async def test_a_report_whose_draft_is_gone_loses_its_buttons_and_no_other_message_does(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    await has_voice(bot, fish, ann, "Sunny")
    said = await ann.uses("/say", text="Hello")
    first = await eve.uses("/voice create", name="Grandpa", sample=wav())
    second = await eve.uses("/voice create", name="Grandpa", sample=wav())
    gone = await eve.clicks(first, "Create my voice")
    assert gone.text.startswith("There is no such draft of yours any more")
    assert (gone.message, gone.buttons) == (first.message, ())

    forged = await eve.forges(said, custom_id=custom_id(second, "Cancel"))
    assert (forged.text[:9], forged.ephemeral) == ("Cancelled", True)
    assert said.message is not None
    assert look_at(said.message).files == said.files


async def test_nobody_else_can_consent_or_cancel(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    for label in ("Create my voice", "Cancel"):
        reply = await eve.forges(report, custom_id=custom_id(report, label))
        assert reply.text.startswith("There is no such draft of yours any more")
        assert reply.ephemeral
    assert stored(bot.place, "SELECT state FROM voice") == [("draft",)]
    assert report.message is not None
    assert look_at(report.message).buttons == report.buttons

    for custom in (
        "mynah:create:0000000000000000",
        "mynah:conquer:0123456789abcdef",
        "mynah:create:'; DROP",
        "x" * 100,
    ):
        reply = await eve.forges(report, custom_id=custom)
        assert "no such draft of yours" in reply.text or "does nothing any more" in reply.text
        assert reply.ephemeral
    assert not asked(fish, "POST")


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_double_click_and_an_interaction_delivered_twice_make_one_voice(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(), deliver=2)
    assert stored(bot.place, "SELECT state FROM voice") == [("draft",)]

    first = await ann.clicks(report, "Create my voice", wait=False, deliver=2)
    second = await ann.clicks(report, "Create my voice", wait=False)
    replies = await asyncio.gather(first.reply(), second.reply())
    for reply in replies:
        assert "“Grandpa” is on its way" in reply.text or "“Grandpa” has your consent already" in reply.text

    await ann.is_told("“Grandpa” is ready.")
    assert len(fish.voices) == 1
    assert len(asked(fish, "POST")) == 1
    assert len(stored(bot.place, "SELECT * FROM consent")) == 1


@pytest.mark.slow
async def test_a_consent_cannot_be_cancelled_nor_given_again(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    buttons = {label: custom_id(report, label) for label in report.buttons}
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")

    for button in buttons.values():
        reply = await ann.forges(report, custom_id=button)
        assert (
            reply.text == "“Grandpa” has your consent already. `/voice list` shows its state, `/voice delete` ends it."
        )
    assert len(asked(fish, "POST")) == 1


@pytest.mark.slow
async def test_a_new_draft_of_the_same_name_replaces_the_old_one(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    first = await ann.uses("/voice create", name="Grandpa", sample=wav(seconds=10))
    better = wav(seconds=14)
    second = await ann.uses("/voice create", name="grandpa", sample=better)
    assert stored(bot.place, "SELECT data FROM sample") == [(better.data,)]

    reply = await ann.clicks(first, "Create my voice")
    assert reply.text.startswith("There is no such draft of yours any more")
    await ann.clicks(second, "Create my voice")
    await ann.is_told("“grandpa” is ready.")
    [request] = asked(fish, "POST")
    assert [part.data for part in request.body.files] == [better.data]


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.settings(max_voices_per_member=1)
async def test_two_creations_at_one_instant_cannot_both_take_the_last_slot(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    for _ in range(6):
        uses = [await ann.uses("/voice create", name=name, sample=wav(), wait=False) for name in ("Left", "Right")]
        replies = await asyncio.gather(*(use.reply() for use in uses))
        [refused] = [reply for reply in replies if not reply.buttons]
        assert refused.text.startswith("You already have one voice, which is the most here.")
        [kept] = [reply for reply in replies if reply.buttons]
        assert len(stored(bot.place, "SELECT id FROM voice")) == 1
        await ann.clicks(kept, "Cancel")


async def test_a_consent_counts_although_its_message_can_no_longer_be_changed(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    discord.fails("POST", "/interactions/*/callback", status=404, code=10008)
    reply = await ann.clicks(report, "Create my voice")
    assert reply.text.startswith("“Grandpa” is on its way to Fish Audio.")
    await ann.is_told("“Grandpa” is ready.")
