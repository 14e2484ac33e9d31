"""Sharing, provenance, taking down: what members and managers do about voices, played in a browser."""

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
    await visitor.is_shown("Good morning")
    await visitor.keeps_picture("uses")
    await said.get_by_role("button", name="Delete", exact=True).click()
    await expect(said).to_have_count(0)
