"""On the page a sample has up to three clips, each picked, made or dropped in a field of its own."""

import pytest
from playwright.async_api import expect

from tests.page.browsing import Visitor
from tests.page.test_surfaces import DROP

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_clips_are_put_into_a_field_each_and_a_refusal_names_the_clip(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/voice create")
    await visitor.option("name").fill("Grandpa")
    form = page.get_by_role("form", name="/voice create")
    await form.get_by_role("button", name="A good sample").click()
    await visitor.adds_option("sample_2")
    await form.get_by_role("button", name="A phone's memo (M4A)").nth(1).click()
    await expect(form.get_by_role("button", name="Remove")).to_have_count(2)
    await page.evaluate(DROP)
    await expect(form.get_by_role("button", name="Remove dropped.wav")).to_be_visible()
    await expect(visitor.option("sample_3")).to_be_visible()
    await visitor.sends()
    await visitor.is_shown("Clip 3: I do not know what that file is.")

    await visitor.types_command("/voice create")
    await visitor.option("name").fill("Grandpa")
    await form.get_by_role("button", name="A good sample").click()
    await visitor.adds_option("sample_2")
    await form.get_by_role("button", name="A phone's memo (M4A)").nth(1).click()
    await expect(form.get_by_role("button", name="Remove")).to_have_count(2)
    await visitor.sends()
    report = await visitor.is_shown("Your sample for “Grandpa”")
    await expect(report).to_contain_text("24 s ✓")
    await expect(report).to_contain_text("Clip 2:")
