"""Forms, menus and embeds work for any bot, and everything works on a phone."""

import base64
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from sandbox.discord.model import Attachment, Message, MessageFlag
from sandbox.page.stage import Plan, Stage
from sandbox.speech import sample_wav
from tests.page.browsing import Visitor
from tests.sandbox.bird import flying

DROP = """() => {
  const carrier = new DataTransfer();
  carrier.items.add(new File(["dropped"], "dropped.wav", { type: "audio/wav" }));
  document.getElementById("chat").dispatchEvent(new DragEvent("drop", { dataTransfer: carrier, bubbles: true }));
}"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def plan(request: pytest.FixtureRequest) -> Plan:
    return Plan(with_bot="bird" not in request.fixturenames)


@pytest_asyncio.fixture(loop_scope="session")
async def bird(stage: Stage, visitor: Visitor) -> AsyncGenerator[None]:
    await expect(visitor.page.locator("#bot-banner")).to_contain_text("No bot is connected.")
    async with flying(stage.discord):
        await visitor.waits_for_bot()
        yield


@pytest.mark.usefixtures("bird")
async def test_a_form_is_filled_in_and_menus_are_chosen_from(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/nest hide")
    await visitor.sends()
    await visitor.presses("Form")
    form = page.get_by_role("dialog", name="A form")
    await form.get_by_label("Word").fill("egg")
    await form.get_by_role("button", name="Submit").click()
    await visitor.is_shown("You wrote egg")

    await visitor.types_command("/nest feed")
    await visitor.sends()
    await expect((await visitor.is_shown("Seeds")).locator("strong", has_text="small")).to_be_visible()
    await visitor.messages.get_by_label("Which seeds?").select_option(["Hemp", "Millet"])
    await visitor.presses("Choose")
    await visitor.is_shown("You chose Hemp and Millet")
    await visitor.messages.get_by_label("Which friend?").select_option(label="Ben")
    await visitor.is_shown("A friend: Ben")

    await visitor.line.fill("Good morning")
    await visitor.line.press("Enter")
    await (await visitor.is_shown("Good morning")).get_by_label("Apps for").click()
    await visitor.presses("Repeat")
    await visitor.is_shown("Ann wrote: Good morning")
    await page.get_by_label("Apps for Ben").click()
    await page.get_by_role("button", name="Greet").locator("visible=true").click()
    await visitor.is_shown("Hello, Ben")
    await visitor.keeps_picture("menus")


@pytest.mark.usefixtures("bird")
async def test_a_button_that_nobody_answers_says_so_under_its_message(visitor: Visitor, stage: Stage) -> None:
    await visitor.types_command("/nest hide")
    await visitor.sends()
    message = await visitor.is_shown("Only you see this")
    stage.discord.holds("POST", "/interactions/*")
    await visitor.presses("Change")
    stage.discord.clock.forward(seconds=3)
    await expect(message).to_contain_text("This interaction failed")


@pytest.mark.usefixtures("bird")
async def test_a_file_is_picked_or_dropped(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/nest keep")
    await visitor.option("egg").set_input_files({"name": "egg.wav", "mimeType": "audio/wav", "buffer": b"RIFF"})
    await visitor.sends()
    await visitor.is_shown("egg.wav: 4 bytes")
    await page.evaluate(DROP)
    await expect(page.get_by_role("form", name="/nest keep").get_by_text("dropped.wav")).to_be_visible()
    await visitor.sends()
    await visitor.is_shown("dropped.wav: 7 bytes")


async def test_a_voice_message_shows_the_waveform_that_it_brings(visitor: Visitor, stage: Stage) -> None:
    world = stage.discord.world
    waveform = base64.b64encode(bytes([255] * 128 + [0] * 128)).decode()
    sound = Attachment(world.ids.next(), "voice.wav", sample_wav(seconds=3), "audio/wav", 1)
    sound.duration_secs, sound.waveform = 3.0, waveform
    message = Message(world.ids.next(), stage.discord.server.channels[0], world.application.bot, world.clock.now())
    message.attachments, message.flags = [world.attach(sound)], MessageFlag.IS_VOICE_MESSAGE
    world.post(message)
    bars = visitor.messages.locator(".spoken .wave i")
    await expect(bars.first).to_have_attribute("style", "height: 100%;")
    await expect(bars.last).to_have_attribute("style", "height: 12%;")
    await expect(visitor.messages.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:00 of 0:03")


async def test_on_a_phone_everything_is_one_drawer_away(visitor: Visitor) -> None:
    page = visitor.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.emulate_media(color_scheme="light")
    await visitor.asks_for_voice("Grandpa")
    await visitor.is_shown("Your sample for “Grandpa”")
    await visitor.keeps_picture("phone")
    await visitor.presses("Create my voice")
    places = page.get_by_role("button", name="Channels and people")
    await expect(places).to_contain_text("1 unread")
    await places.click()
    await visitor.keeps_picture("phone-places")
    await visitor.goes_to("Mynah")
    await visitor.is_shown("“Grandpa” is ready.")
    await page.get_by_role("button", name="Behind the scenes").click()
    await expect(page.get_by_label("Training takes")).to_be_visible()
    await visitor.keeps_picture("phone-fate")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Training takes")).to_be_hidden()
    width = await page.evaluate("document.getElementById('scroller').scrollWidth")
    assert width <= 390
