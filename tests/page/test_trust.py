"""Owners, speakers and managers decide about voices, in a browser."""

import zipfile

import pytest
from playwright.async_api import expect

from sandbox.page.sandbox import Sandbox
from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_voice_of_somebody_else_is_approved_shared_traced_and_erased(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    singers = sandbox.people.add_role("Singers")
    sandbox.people.add("Cleo").gets(singers)
    await _is_made_with_bens_consent(visitor, "Grandpa")

    await visitor.types_command("/voice share")
    await visitor.option("voice").fill("Grandpa")
    await (await visitor.adds_option("with")).select_option(label="@Singers")
    await (await visitor.adds_option("until")).fill("2 hours")
    await visitor.sends()
    await expect(await visitor.is_shown("is now shared with")).to_contain_text("@Singers")

    await visitor.becomes("Cleo")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Good morning")
    await (await visitor.adds_option("voice")).fill("Grandpa")
    await visitor.sends()
    said = await visitor.is_shown("asked for by Cleo")
    await said.get_by_label("Apps for this message").click()
    await said.get_by_role("button", name="Who said this?").click()
    told = await visitor.is_shown("this is synthetic: I made it")
    await expect(told).to_contain_text("the synthetic voice of Ben, asked for by Cleo")
    await told.get_by_role("button", name="#general").click()
    await visitor.keeps_picture("traced")

    await visitor.becomes("Ben")
    await said.get_by_role("button", name="Delete", exact=True).click()
    await expect(said).to_have_count(0)
    await _takes_their_data_along(visitor)
    await expect(visitor.page.get_by_label("Voices at Fish Audio")).to_have_count(0)


async def _is_made_with_bens_consent(visitor: Visitor, name: str) -> None:
    page = visitor.page
    await visitor.types_command("/voice create")
    await visitor.option("name").fill(name)
    await page.get_by_role("button", name="A good sample", exact=True).click()
    await expect(page.get_by_role("button", name="Remove sample.wav")).to_be_visible()
    await (await visitor.adds_option("speaker")).select_option(label="Ben")
    await visitor.sends()
    await visitor.presses("Ask for consent")
    await expect(page.locator("#people").get_by_role("button", name="Ben")).to_contain_text("new")
    await visitor.becomes("Ben")
    await visitor.goes_to("Mynah")
    question = await visitor.is_shown("Ann asks for your voice.")
    await expect(question.locator(".player")).to_have_class("player ready")
    await visitor.keeps_picture("asked")
    await visitor.presses("Approve")
    await visitor.is_shown("is your voice now, made by Ann.")
    await visitor.becomes("Ann")
    await visitor.is_shown(f"“{name}” is ready.")
    await visitor.goes_to("general")


async def _takes_their_data_along(visitor: Visitor) -> None:
    """Download everything that is stored, and have it deleted."""
    await visitor.types_command("/privacy export")
    await visitor.sends()
    export = await visitor.is_shown("everything that is stored about you")
    async with visitor.page.expect_download() as saving:
        await export.get_by_role("link", name="mynah-privacy.zip").click()
    with zipfile.ZipFile(await (await saving.value).path()) as archive:
        assert archive.testzip() is None
    await visitor.types_command("/privacy erase")
    await visitor.sends()
    await visitor.presses("Delete everything")
    await visitor.is_shown("It is done")
    await visitor.keeps_picture("erased")


async def test_managers_decide_in_one_panel_and_members_read_a_sentence_aloud(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    page = visitor.page
    sandbox.people.add_role("Singers")
    await visitor.becomes("Hollis")
    await visitor.types_command("/server settings")
    await visitor.sends()
    panel = await visitor.is_shown("The rules of this server")
    await visitor.picks("Who may create voices", "@Singers")
    await expect(panel).to_contain_text("Voices are created by @Singers")
    await panel.get_by_label("Log channel").select_option(label="#bird-log")
    await expect(panel).to_contain_text("The log is posted in: #bird-log")
    await visitor.presses("Limits and words")
    form = page.get_by_role("dialog", name="Limits and words")
    await form.get_by_label("Longest text").fill("200")
    await form.get_by_label("Words that may not be spoken").fill("kraken\nsea serpent")
    await form.get_by_role("button", name="Submit").click()
    await expect(panel).to_contain_text("Words that may not be spoken: 2")
    await visitor.presses("Ask for spoken consent")
    await expect(panel.get_by_role("button", name="Don't ask for spoken consent")).to_be_visible()
    await visitor.keeps_picture("panel")
    await visitor.types_command("/usage")
    await visitor.sends()
    chart = (await visitor.is_shown("used /usage")).get_by_role("img", name="characters")
    assert await chart.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    await expect(chart).to_be_in_viewport(ratio=0.9)
    await visitor.keeps_picture("usage")

    await visitor.becomes("Ann")
    await page.get_by_label("Singers").check()
    await visitor.asks_for_voice("Grandpa")
    told = await visitor.is_shown("I agree that my voice")
    sentence = await told.locator("blockquote").inner_text()
    await visitor.types_command("/voice create")
    await visitor.option("name").fill("Grandpa")
    await page.get_by_label("Text to read aloud").fill(sentence)
    await page.get_by_role("button", name="Read", exact=True).click()
    await expect(page.get_by_role("button", name="Remove reading.wav")).to_be_visible()
    await visitor.sends()
    await visitor.is_shown("Your sample for “Grandpa”")
