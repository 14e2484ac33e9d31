"""Sharing, provenance, taking down: what members and managers do about voices, played in a browser."""

import zipfile

import pytest
from playwright.async_api import expect

from sandbox.page.stage import Stage
from tests.page.browsing import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_voice_shared_with_a_role_is_traced_and_what_it_said_deleted(visitor: Visitor, stage: Stage) -> None:
    singers = stage.cast.add_role("Singers")
    ben = next(person["id"] for person in stage.cast.describe() if person["name"] == "Ben")
    stage.cast.find(ben).gets(singers)
    await visitor.makes_voice("Grandpa")
    await visitor.goes_to("general")
    await visitor.types_command("/voice share")
    await visitor.option("voice").fill("Grandpa")
    await (await visitor.adds_option("with")).select_option(label="@Singers")
    await (await visitor.adds_option("until")).fill("2 hours")
    await visitor.sends()
    await expect(await visitor.is_shown("is now shared with")).to_contain_text("@Singers")

    await visitor.becomes("Ben")
    await visitor.types_command("/say")
    await visitor.option("text").fill("Good morning")
    await (await visitor.adds_option("voice")).fill("Grandpa")
    await visitor.sends()
    said = await visitor.is_shown("asked for by Ben")
    await said.get_by_label("Apps for this message").click()
    await said.get_by_role("button", name="Who said this?").click()
    told = await visitor.is_shown("this is synthetic: I made it")
    await expect(told).to_contain_text("the synthetic voice of Ann, asked for by Ben")
    await told.get_by_role("button", name="#general").click()
    await visitor.keeps_picture("traced")

    await visitor.becomes("Ann")
    await visitor.types_command("/voice show")
    await visitor.option("voice").fill("Grandpa")
    await visitor.sends()
    await expect(await visitor.is_shown("Used lately")).to_contain_text("Ben")
    await visitor.keeps_picture("uses")
    await said.get_by_role("button", name="Delete", exact=True).click()
    await expect(said).to_have_count(0)


async def test_whoever_asks_gets_what_is_stored_about_them_and_has_it_deleted(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.makes_voice("Grandpa")
    await visitor.types_command("/privacy show")
    await visitor.sends()
    await visitor.is_shown("Where it goes")
    await visitor.types_command("/privacy export")
    await visitor.sends()
    export = await visitor.is_shown("everything that is stored about you")
    await visitor.keeps_picture("privacy")
    async with page.expect_download() as saving:
        await export.get_by_role("link", name="mynah-privacy.zip").click()
    with zipfile.ZipFile(await (await saving.value).path()) as archive:
        assert archive.testzip() is None
        assert [name for name in archive.namelist() if name.endswith(".json")]

    await visitor.types_command("/privacy erase")
    await visitor.sends()
    await visitor.presses("Delete everything")
    await visitor.is_shown("It is done")
    await expect(page.get_by_label("Voices at Fish Audio")).to_have_count(0)
    await visitor.keeps_picture("erased")
