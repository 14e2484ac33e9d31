"""A newcomer plays a whole server: makes a voice, hears it, shares it, and sees what the others see."""

import pytest
from playwright.async_api import expect

from sandbox.fish_audio import FishAudio
from sandbox.page.sandbox import Sandbox
from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_newcomer_hears_their_text_in_their_own_voice_and_shares_it_until_it_is_taken_back(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    page = visitor.page
    await visitor.waits_for_bot()
    await visitor.keeps_picture("welcome")
    await page.get_by_role("button", name="/voice create").click()
    await visitor.option("name").fill("Grandpa")
    await page.get_by_role("button", name="A good sample").click()
    await expect(page.get_by_role("button", name="Play sample.wav")).to_be_visible()
    await visitor.keeps_picture("sample")
    await visitor.sends()

    report = await visitor.is_shown("Your sample for “Grandpa”")
    await expect(report).to_contain_text("Only you can see this")
    await visitor.keeps_picture("consent")
    await visitor.presses("Create my voice")
    await page.locator(".places").get_by_role("button", name="1 unread").click()
    notice = await visitor.is_shown("“Grandpa” is ready.")
    await expect(notice.get_by_role("button", name="Play Grandpa.mp3")).to_be_visible()
    await visitor.keeps_picture("notice")

    await visitor.goes_to("general")
    await page.get_by_role("button", name="/say").click()
    await visitor.option("text").fill("Good morning, everybody.")
    await visitor.sends()
    said = await visitor.is_shown("Good morning, everybody.")
    position = said.get_by_role("slider")
    await expect(said.locator(".player")).to_have_class("player ready")
    await said.get_by_role("button", name="Play").click()
    await expect(position).not_to_have_attribute("aria-valuenow", "0.0")
    await visitor.keeps_picture("said")
    assert isinstance(sandbox.fish, FishAudio)
    sound = sandbox.discord.server.channels[0].messages.values()
    assert sandbox.fish.made(list(sound)[-1].attachments[0].data, text="Good morning, everybody.", voice="Grandpa")

    await visitor.goes_to("Mynah")
    await _is_everybodys_until_it_is_taken_back(visitor)


async def _is_everybodys_until_it_is_taken_back(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.presses("Share in Aviary")
    await visitor.is_shown("Shared with everyone in Aviary")

    await visitor.becomes("Ben")
    await visitor.goes_to("general")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Hello @Ann, this is your own voice!")
    await (await visitor.adds_option("voice")).press_sequentially("gran")
    await expect(page.locator("#composer").get_by_role("option", name="Grandpa")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    said = await visitor.is_shown("Hello @Ann, this is your own voice!")
    await expect(said).to_contain_text("synthetic voice of Ann · asked for by Ben")
    await expect(said.locator(".player")).to_have_class("player ready")
    await page.get_by_role("tab", name="Timeline").click()
    await visitor.keeps_picture("sandbox")

    await visitor.becomes("Ann")
    await visitor.types_command("/voice unshare")
    await visitor.option("voice").fill("Grandpa")
    await visitor.sends()
    await visitor.is_shown("no longer shared with this server")

    await visitor.becomes("Ben")
    await expect(visitor.messages).not_to_contain_text("no longer shared")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Hello again")
    await (await visitor.adds_option("voice")).fill("Grandpa")
    await visitor.sends()
    await visitor.is_shown("Ann no longer shares “Grandpa” with this server.")


async def test_a_recording_from_the_microphone_becomes_a_sample(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/voice create")
    await visitor.option("name").fill("Me")
    await page.get_by_role("button", name="Record").click()
    await expect(page.get_by_text("4 s", exact=True)).to_be_visible()
    await visitor.keeps_picture("recording")
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    await page.locator("#composer").get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("button", name="Play recording.wav")).to_be_visible()
    await visitor.sends()
    report = await visitor.is_shown("Your sample for “Me”")
    await expect(report).to_contain_text("mono")


async def test_a_command_is_given_with_the_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.waits_for_bot()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("/voice")
    await expect(page.locator("#composer").get_by_role("option", name="/voice create")).to_be_visible()
    await page.keyboard.type(" li")
    await expect(page.locator("#composer").get_by_role("option", name="/voice list")).to_have_attribute(
        "aria-selected", "true"
    )
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await visitor.is_shown("None yet.")
    await expect(visitor.line).to_be_focused()
    await page.keyboard.type("/say")
    await page.keyboard.press("Enter")
    await expect(visitor.option("text")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(visitor.line).to_be_focused()


async def test_a_new_person_sees_no_private_answers_and_a_former_member_sees_nothing(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/voice list")
    await visitor.sends()
    await visitor.is_shown("None yet.")
    await page.get_by_label("Name of somebody new").fill("Cleo")
    await page.get_by_role("button", name="Join").click()
    await expect(page.locator("#whoami")).to_have_text("as Cleo")
    await expect(visitor.messages.get_by_role("listitem")).to_have_count(0)
    await visitor.line.fill("Good evening")
    await visitor.line.press("Enter")
    await visitor.becomes("Ann")
    await visitor.is_shown("Good evening")
    await visitor.presses("Dismiss message")
    await expect(visitor.messages).not_to_contain_text("None yet.")
    await expect(await visitor.is_shown("Good evening")).to_be_focused()

    await page.get_by_label("Is in the server").uncheck()
    await expect(page.locator("#channel-name")).to_have_text("@ Mynah")
    await expect(page.locator("#channels").get_by_role("button")).to_have_count(0)
    await expect(page.locator("#people").get_by_role("button", name="Ann")).to_contain_text("has left")
    await page.get_by_label("Is in the server").check()
    await visitor.goes_to("general")
    await visitor.is_shown("Good evening")
