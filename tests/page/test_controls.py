"""Troubles that are set on the page reach the bot, and its members are told."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.clock import Clock
from sandbox.fish_audio import FishAudio
from sandbox.page.sandbox import Sandbox
from tests.page.browsing import Visitor
from tests.stories.steps import has_voice

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class PageBot:
    """The part of a bot that `has_voice` needs."""

    place: Path
    clock: Clock


async def ann_has_voice(visitor: Visitor, sandbox: Sandbox, name: str) -> None:
    assert isinstance(sandbox.fish, FishAudio)
    await visitor.waits_for_bot()
    database = Path(sandbox.settings["DATABASE_URL"].removeprefix("sqlite:///"))
    ann = next(person["id"] for person in sandbox.people.describe() if person["name"] == "Ann")
    await has_voice(PageBot(database, Clock()), sandbox.fish, sandbox.people.find(ann), name)


async def test_a_training_that_fails_is_told_and_goes_well_at_the_second_try(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.decides("Next training", "fails: the recording is too poor")
    await visitor.asks_for_voice("Grandpa")
    await visitor.presses("Create my voice")
    await page.locator(".places").get_by_role("button", name="1 unread").click()
    await visitor.is_shown("“Grandpa” could not be made.")
    await visitor.keeps_picture("failure")
    await expect(page.get_by_label("Next training")).to_have_value("success")
    await visitor.presses("Retry")
    await visitor.is_shown("“Grandpa” is ready.")


async def test_a_button_that_is_redrawn_while_it_is_pressed_is_clicked(visitor: Visitor, sandbox: Sandbox) -> None:
    page = visitor.page
    async with page.expect_websocket() as line:
        await page.reload()
    await visitor.waits_for_bot()
    nitro = page.get_by_label("Has Nitro")
    await nitro.hover()
    await page.mouse.down()
    async with (await line.value).expect_event("framereceived"):
        await sandbox.controls.decide("training seconds", 7)
    await page.mouse.up()
    await expect(nitro).to_be_checked()
    await expect(page.get_by_label("Training takes")).to_have_value("7")


async def test_a_stuck_training_ends_when_it_is_finished_by_hand_and_closed_dms_bring_the_notice_to_the_channel(
    visitor: Visitor,
) -> None:
    page = visitor.page
    await page.get_by_label("Direct messages are open").uncheck()
    await expect(page.locator("#people").get_by_role("button", name="Ann")).to_contain_text("DMs closed")
    await visitor.decides("Next training", "never ends")
    await visitor.asks_for_voice("Grandpa")
    await visitor.presses("Create my voice")
    await page.get_by_role("button", name="Finish").click()
    await expect(page.locator("#panel :focus")).to_have_count(1)
    notice = await visitor.is_shown("“Grandpa” is ready.")
    await expect(notice).to_contain_text("@Ann")
    await visitor.becomes("Ben")
    await visitor.is_shown("“Grandpa” is ready.")


async def test_a_killed_bot_leaves_commands_unanswered_until_it_is_started_again(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    page = visitor.page
    await ann_has_voice(visitor, sandbox, "Grandpa")
    await visitor.decides("Speech", "is down (503)")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Is anybody there?")
    await visitor.sends()
    await visitor.is_shown("Mynah is thinking…")
    await page.get_by_role("tab", name="Timeline").click()
    await expect(page.get_by_label("Requests").locator(".status", has_text="503").first).to_be_visible()
    await visitor.keeps_picture("timeline")

    await page.get_by_role("tab", name="What can go wrong").click()
    await page.get_by_role("button", name="Kill -9").click()
    await expect(page.locator("#bot-banner")).to_contain_text("exit code -9")
    await visitor.line.press_sequentially("/voice list ")
    await visitor.sends()
    await visitor.is_shown("The application did not respond")
    await visitor.decides("Speech", "works")
    await page.get_by_role("button", name="Start the bot").click()
    await expect(visitor.line).to_be_focused()
    await visitor.types_command("/say")
    await visitor.option("text").fill("I am back.")
    await visitor.sends()
    await visitor.is_shown("synthetic voice of Ann")
    await page.get_by_role("tab", name="Bot's log").click()
    await expect(page.get_by_label("The bot's log")).to_contain_text("exit code -9")


async def test_a_dropped_gateway_comes_back_by_itself_and_a_removed_bot_when_it_is_invited(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.waits_for_bot()
    await page.get_by_role("button", name="Drop the gateway").click()
    await page.get_by_role("tab", name="Timeline").click()
    requests = page.get_by_label("Requests")
    await expect(requests.get_by_text("the bot's connection is gone")).to_have_count(1)
    await expect(requests.get_by_text("the bot is connected")).to_have_count(2)
    await visitor.types_command("/voice list")
    await visitor.sends()
    await visitor.is_shown("None yet.")
    await expect(requests.get_by_text("Ann uses /voice list")).to_have_count(1)

    await page.get_by_role("tab", name="What can go wrong").click()
    await page.get_by_role("button", name="Remove the bot").click()
    await expect(page.get_by_role("button", name="Invite the bot again")).to_be_focused()
    await visitor.line.press_sequentially("/voice")
    await expect(page.locator("#composer").get_by_role("option")).to_have_count(0)
    await page.get_by_role("button", name="Invite the bot again").click()
    await visitor.line.fill("")
    await visitor.types_command("/voice list")


async def test_without_credit_the_speaker_and_the_host_are_told(visitor: Visitor, sandbox: Sandbox) -> None:
    page = visitor.page
    await ann_has_voice(visitor, sandbox, "Grandpa")
    await visitor.decides("Credit", "used up")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Hello")
    await visitor.sends()
    await visitor.is_shown("credit is used up")
    host = page.locator("#people").get_by_role("button", name="Hollis")
    await expect(host).to_contain_text("new")
    await visitor.becomes("Hollis")
    await visitor.goes_to("Mynah")
    await visitor.is_shown("credit")
