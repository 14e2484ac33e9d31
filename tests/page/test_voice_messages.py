"""The page shows a voice message as one, and below it whose synthetic voice it is."""

import pytest
from playwright.async_api import expect

from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_voice_message_is_played_and_its_caption_leads_to_it(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.makes_voice("Grandpa")
    await visitor.goes_to("general")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Hello everyone! I typed this, and my own voice says it.")
    await (await visitor.adds_option("as")).select_option(label="voice message")
    await visitor.sends()

    caption = await visitor.is_shown("asked for by Ann")
    spoken = visitor.messages.locator(".message.spoken")
    await expect(spoken.get_by_role("button", name="Play")).to_be_visible()
    await expect(spoken.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:00 of 0:05")
    heights = await spoken.locator(".wave i").evaluate_all("bars => bars.map((bar) => bar.style.height)")
    assert len(set(heights)) > 5
    await expect(visitor.messages.get_by_text("is thinking")).to_have_count(0)
    await expect(caption.locator(".replied")).to_have_text("╭ Mynah Voice message")
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        await visitor.keeps_picture(f"voice-message-{scheme}")
    await page.set_viewport_size({"width": 390, "height": 844})
    await visitor.keeps_picture("voice-message-phone")
    assert await page.evaluate("document.getElementById('scroller').scrollWidth") <= 390

    await caption.get_by_role("button", name="Mynah Voice message").click()
    await expect(spoken).to_be_focused()
    await visitor.presses("Delete")
    await expect(spoken).to_have_count(0)
