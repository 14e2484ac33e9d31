"""Forms, menus and embeds work for any bot, and everything works on a phone."""

import base64
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from sandbox.discord.world.model import Attachment, Message, MessageFlag
from sandbox.page.sandbox import Plan, Sandbox
from sandbox.speech import sample_wav
from tests.page.browsing import Visitor
from tests.sandbox.discord.trial_bot import running_bot
from tests.stories.bots.forking import start_forked_bot

DROP = """() => {
  const carrier = new DataTransfer();
  carrier.items.add(new File(["dropped"], "dropped.wav", { type: "audio/wav" }));
  document.getElementById("chat").dispatchEvent(new DragEvent("drop", { dataTransfer: carrier, bubbles: true }));
}"""

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def plan(request: pytest.FixtureRequest) -> Plan:
    return Plan(with_bot="phone" in request.node.name, start_bot=start_forked_bot)


@pytest_asyncio.fixture(loop_scope="session")
async def trial_bot(sandbox: Sandbox, visitor: Visitor) -> AsyncGenerator[None]:
    await expect(visitor.page.locator("#bot-banner")).to_contain_text("No bot is connected.")
    async with running_bot(sandbox.discord):
        await visitor.waits_for_bot()
        yield


@pytest.mark.usefixtures("trial_bot")
async def test_a_form_is_filled_in_and_menus_are_chosen_from(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/answer hide")
    await visitor.sends()
    await visitor.presses("Form")
    form = page.get_by_role("dialog", name="A form")
    await form.get_by_label("Word").fill("egg")
    await form.get_by_role("button", name="Submit").click()
    await visitor.is_shown("You wrote egg")

    await visitor.types_command("/answer feed")
    await visitor.sends()
    await expect((await visitor.is_shown("Seeds")).locator("strong", has_text="small")).to_be_visible()
    await visitor.picks("Which seeds?", "Hemp", "Millet")
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


@pytest.mark.usefixtures("trial_bot")
async def test_roles_are_made_given_and_picked_and_a_form_takes_files(visitor: Visitor) -> None:
    page = visitor.page
    for name in ("Singers", "Dancers"):
        await page.get_by_label("Name of a new role").fill(name)
        await page.get_by_role("button", name="Add role").click()
    await page.get_by_label("Singers").check()
    await page.get_by_label("May manage the server").check()
    await expect(page.locator("#people").get_by_role("button", name="Ann")).to_contain_text("manager, Singers")
    await visitor.types_command("/people call")
    await (await visitor.adds_option("role")).select_option(label="@Dancers")
    await (await visitor.adds_option("anybody")).select_option(label="@Singers")
    await visitor.sends()
    await visitor.is_shown("Dancers / Role Singers / @everyone, Singers / True")

    await visitor.types_command("/people panel")
    await (await visitor.adds_option("role")).select_option(label="@Singers")
    await visitor.sends()
    await visitor.picks("Who?", "@Dancers")
    await visitor.is_shown("Roles: Singers, Dancers")
    await visitor.messages.get_by_label("Where?").select_option(label="#bird-log")
    await visitor.is_shown("Channel: bird-log")
    await visitor.keeps_picture("roles")

    await visitor.types_command("/people count")
    await visitor.option("role").select_option(label="@Singers")
    await visitor.sends()
    form = page.get_by_role("dialog", name="A census")
    await expect(form.get_by_label("Roles")).to_contain_text("@Singers")
    eggs = [{"name": f"{number}.wav", "mimeType": "audio/wav", "buffer": b"egg"} for number in (1, 2)]
    await form.get_by_label("Eggs").set_input_files(eggs)  # FilePayload, said in a dict
    await form.get_by_label("Flies").check()
    await visitor.keeps_picture("form")
    await form.get_by_role("button", name="Submit").click()
    await visitor.is_shown("Singers / Flax / 1.wav 3 / 2.wav 3 / Flies / chirp")


@pytest.mark.usefixtures("trial_bot")
async def test_a_button_that_nobody_answers_says_so_under_its_message(visitor: Visitor, sandbox: Sandbox) -> None:
    await visitor.types_command("/answer hide")
    await visitor.sends()
    message = await visitor.is_shown("Only you see this")
    sandbox.discord.holds("POST", "/interactions/*")
    await visitor.presses("Change")
    sandbox.discord.clock.forward(seconds=3)
    await expect(message).to_contain_text("This interaction failed")


@pytest.mark.usefixtures("trial_bot")
async def test_a_file_is_picked_or_dropped(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.types_command("/answer keep")
    await visitor.option("egg").set_input_files({"name": "egg.wav", "mimeType": "audio/wav", "buffer": b"RIFF"})
    await visitor.sends()
    await visitor.is_shown("egg.wav: 4 bytes")
    await expect(page.locator("form.command")).to_have_count(0)
    await page.evaluate(DROP)
    await expect(page.get_by_role("form", name="/answer keep").get_by_text("dropped.wav")).to_be_visible()
    await visitor.sends()
    await visitor.is_shown("dropped.wav: 7 bytes")


async def test_sounds_play_pictures_are_seen_and_other_files_are_saved(visitor: Visitor, sandbox: Sandbox) -> None:
    waveform = base64.b64encode(bytes([255] * 128 + [0] * 128)).decode()
    post(sandbox, "voice.wav", sample_wav(seconds=3), "audio/wav", duration_secs=3.0, waveform=waveform)
    bars = visitor.messages.locator(".spoken .wave i")
    await expect(bars.first).to_have_attribute("style", "height: 100%;")
    await expect(bars.last).to_have_attribute("style", "height: 12%;")
    await expect(visitor.messages.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:00 of 0:03")

    post(sandbox, "usage.png", PIXEL, "image/png", description="Two bars")
    shown = visitor.messages.get_by_role("img", name="Two bars")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1

    post(sandbox, "export.zip", b"PK", "application/zip")
    async with visitor.page.expect_download() as saving:
        await visitor.messages.get_by_role("link", name="export.zip").click()
    assert (await saving.value).suggested_filename == "export.zip"


def post(sandbox: Sandbox, filename: str, data: bytes, content_type: str, **about: Any) -> None:
    """Let the bot post one file; with a waveform it is a voice message."""
    world = sandbox.discord.world
    message = Message(world.ids.next(), sandbox.discord.server.channels[0], world.application.bot, world.clock.now())
    message.attachments = [world.attach(Attachment(world.ids.next(), filename, data, content_type, 1, **about))]
    if "waveform" in about:
        message.flags = MessageFlag.IS_VOICE_MESSAGE
    world.post(message)


async def test_on_a_phone_everything_is_one_drawer_away(visitor: Visitor) -> None:
    page = visitor.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.emulate_media(color_scheme="light")
    await visitor.asks_for_voice("Grandpa")
    await visitor.is_shown("Your sample for “Grandpa”")
    await visitor.keeps_picture("phone")
    await page.evaluate("document.getElementById('scroller').scrollTop = 0")
    await visitor.types_command("/help")
    await visitor.sends()
    await expect((await visitor.is_shown("used /help")).get_by_text("used /help")).to_be_in_viewport()
    await visitor.presses("Create my voice")
    places = page.get_by_role("button", name="Channels and people")
    await expect(places).to_contain_text("1 unread")
    await places.click()
    await visitor.keeps_picture("phone-places")
    await visitor.goes_to("Mynah")
    await visitor.is_shown("“Grandpa” is ready.")
    await page.get_by_label("Apps for this message").last.click()
    await expect(page.get_by_role("button", name="Who said this?")).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.getElementById('scroller').scrollWidth") <= 390
    await page.get_by_label("Apps for this message").last.click()
    await page.get_by_role("button", name="Behind the scenes").click()
    await expect(page.get_by_label("Training takes")).to_be_visible()
    await visitor.keeps_picture("phone-panel")
    assert await too_small(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Training takes")).to_be_hidden()
    await expect(page.get_by_role("button", name="Behind the scenes")).to_be_focused()
    await places.click()
    await page.locator("#people").get_by_role("button", name="Ben").click()
    await expect(page.locator("#people")).to_be_hidden()
    await expect(page.locator("#whoami")).to_have_text("as Ben")
    await visitor.types_command("/voice create")
    for option in await page.locator(".more").get_by_role("button").all_inner_texts():
        await visitor.adds_option(option.removeprefix("+ "))
    await visitor.keeps_picture("phone-form")
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    assert await too_small(page) == []
    width = await page.evaluate("document.getElementById('scroller').scrollWidth")
    assert width <= 390
    assert await page.evaluate("document.getElementById('composer').scrollWidth") <= 390


async def too_small(page: Page) -> list[str]:
    """List what can be pressed and is smaller than 24 by 24 pixels; a box counts with its label."""
    return await page.evaluate(
        """() => [...document.querySelectorAll("button, summary, select, input, textarea, a.button, a.save")]
          .map((each) => (each.matches("[type=checkbox], [type=radio]") && each.closest("label")) || each)
          .filter((each) => each.checkVisibility({ visibilityProperty: true }))
          .map((each) => [each, each.getBoundingClientRect()])
          .filter(([, { width, height }]) => width < 23.9 || height < 23.9)
          .map(([each, { width, height }]) => `${each.outerHTML.slice(0, 120)}: ${width} x ${height}`)"""
    )
