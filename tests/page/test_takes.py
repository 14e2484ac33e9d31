"""On the page somebody hears a sound first, posts it, has it said again, and speaks another person's message."""

import pytest
from playwright.async_api import expect

from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_take_is_heard_posted_and_said_again_and_a_message_is_spoken(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.makes_voice("Grandpa")
    await visitor.keeps_picture("ready")
    await visitor.goes_to("general")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Good morning everybody")
    await (await visitor.adds_option("emotion")).fill("exc")
    await page.get_by_role("option", name="excited").click()
    await (await visitor.adds_option("preview")).select_option(label="True")
    await visitor.keeps_picture("take-form")
    await visitor.sends()
    take = await visitor.is_shown("Only you hear this")
    await expect(take.locator("audio, [role=group], .player").first).to_be_visible()
    await visitor.presses("Another take")
    await expect(visitor.messages.get_by_role("button", name="Post it")).to_have_count(2)
    await visitor.keeps_picture("takes")
    await page.emulate_media(color_scheme="light")
    await visitor.keeps_picture("takes-light")
    await visitor.presses("Discard")
    await visitor.is_shown("Discarded: nothing was posted")
    await visitor.presses("Post it")
    await expect(visitor.messages.get_by_role("button", name="Again", exact=True)).to_have_count(1)
    await visitor.presses("Again")
    await expect(visitor.messages.get_by_role("button", name="Again", exact=True)).to_have_count(2)

    await visitor.line.fill("The tea is ready")
    await visitor.line.press("Enter")
    said = await visitor.is_shown("The tea is ready")
    await said.get_by_label("Apps for this message").click()
    await said.get_by_role("button", name="Say this in my voice").click()
    await visitor.is_shown("message of Ann")
    await page.set_viewport_size({"width": 390, "height": 844})
    await visitor.keeps_picture("takes-phone")
    assert await page.evaluate("document.getElementById('scroller').scrollWidth") <= 390
