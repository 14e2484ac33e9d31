"""On the page, a member sends a voice message and makes a voice of it by its menu."""

import re

import pytest
from playwright.async_api import expect

from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_voice_message_is_made_a_voice_by_its_menu(visitor: Visitor) -> None:
    await visitor.types_command("/voice list")
    await visitor.sends()
    await visitor.is_shown("None yet.")
    await visitor.page.get_by_role("button", name="Send a voice message").dblclick()
    sent = await visitor.is_shown("voice-message.ogg")
    await expect(sent).to_have_class(re.compile("spoken"))
    await visitor.types_command("/voice list")
    await visitor.sends()
    await expect(visitor.messages.get_by_role("listitem").filter(has_text="None yet.")).to_have_count(2)
    await expect(visitor.messages.get_by_text("voice-message.ogg")).to_have_count(1)
    await visitor.page.get_by_label("Apps for this message of Ann").click()
    await visitor.page.get_by_role("button", name="Make this my voice").click()
    report = await visitor.is_shown("Your sample for “My voice”")
    await expect(report).to_contain_text("12 s ✓")


async def test_a_list_of_suggestions_moves_nothing_around_it(visitor: Visitor) -> None:
    await visitor.types_command("/say")
    voice = await visitor.adds_option("voice")
    speed = await visitor.adds_option("speed")
    before = [await field.bounding_box() for field in (visitor.option("text"), voice, speed)]
    await voice.press_sequentially("zz")
    await expect(visitor.page.get_by_text("No options match your search.")).to_be_in_viewport()
    assert [await field.bounding_box() for field in (visitor.option("text"), voice, speed)] == before
    await voice.press("Escape")
    await expect(visitor.page.get_by_text("No options match your search.")).to_be_hidden()
