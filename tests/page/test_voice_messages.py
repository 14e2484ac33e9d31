"""On the page, a member sends a voice message and makes a voice of it by its menu."""

import pytest
from playwright.async_api import expect

from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_voice_message_is_made_a_voice_by_its_menu(visitor: Visitor) -> None:
    await visitor.types_command("/voice list")
    await visitor.sends()
    await visitor.is_shown("None yet.")
    await visitor.page.get_by_role("button", name="Send a voice message").click()
    await visitor.is_shown("memo.m4a")
    await visitor.page.get_by_label("Apps for this message of Ann").click()
    await visitor.page.get_by_role("button", name="Make this my voice").click()
    report = await visitor.is_shown("Your sample for “My voice”")
    await expect(report).to_contain_text("12 s ✓")
