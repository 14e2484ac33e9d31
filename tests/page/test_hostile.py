"""Hostile names, texts and files stay what they are, and what Discord refuses is said where it was typed."""

import pytest
from playwright.async_api import expect

from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = '<img src=x onerror="document.title=1">'
SCRIPT = "[click](javascript:alert(1)) <script>alert(1)</script> \u202eolleh"


async def test_names_and_texts_are_never_read_as_html(visitor: Visitor) -> None:
    page = visitor.page
    await page.get_by_label("Name of somebody new").fill(MARKUP[:32])
    await page.get_by_role("button", name="Join").click()
    await expect(page.locator("#whoami")).to_have_text(f"as {MARKUP[:32]}")
    await visitor.makes_voice(MARKUP[:40])
    await visitor.types_command("/say")
    await visitor.option("text").fill(SCRIPT)
    await visitor.sends()
    said = await visitor.is_shown("synthetic voice of")
    await expect(said).to_contain_text("<script>alert(1)</script>")
    await expect(said.get_by_role("link", name="click")).to_have_count(0)
    await visitor.line.fill(f"**{MARKUP}** ```\n</code><b>``` [here](https://example.com/<b>)")
    await visitor.line.press("Enter")
    await expect(await visitor.is_shown("</code><b>")).to_contain_text(MARKUP)
    await expect(page.locator("main img:not(.avatar), main b:not(.used b, #welcome b), main script")).to_have_count(0)
    await visitor.keeps_picture("hostile")


async def test_what_discord_refuses_is_said_at_the_option_and_what_the_bot_refuses_in_private(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/say")
    await visitor.sends()
    refusal = page.locator("form.command").get_by_role("alert")
    await expect(refusal).to_have_text("/say needs the option “text”.")
    await expect(visitor.option("text")).to_be_focused()
    await visitor.option("text").fill("x" * 1001)
    await visitor.sends()
    await expect(refusal).to_contain_text("“text” must be at most 1000 characters")
    await visitor.option("text").fill("Hello")
    await (await visitor.adds_option("speed")).fill("fast")
    await visitor.sends()
    await expect(refusal).to_have_text("“speed” must be a number.")
    await visitor.option("speed").fill("3")
    await visitor.sends()
    await expect(refusal).to_contain_text("“speed” must be at most 2")
    await expect(visitor.option("speed")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Escape")

    await visitor.asks_for_voice("One", "Too short")
    await visitor.is_shown("a voice needs at least 3")
    await visitor.asks_for_voice("Two", "Silence")
    await visitor.is_shown("silent")
    await visitor.asks_for_voice("Three", "A text file")
    answer = await visitor.is_shown("WAV")
    await expect(answer).to_contain_text("Only you can see this")
