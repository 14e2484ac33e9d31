"""A person at the page, with their mouse, their keyboard and their eyes."""

import re
from pathlib import Path

from playwright.async_api import ConsoleMessage, Locator, Page, expect

LONGEST_WAIT = 30_000  # milliseconds; nothing should take so long, and a busy machine may

expect.set_options(timeout=LONGEST_WAIT)


class Visitor:
    def __init__(self, page: Page, pictures: Path | None) -> None:
        self.page = page
        self.complaints: list[str] = []  # errors in the browser's console
        self._pictures = pictures
        page.set_default_timeout(LONGEST_WAIT)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def line(self) -> Locator:
        """The line in which messages and commands are typed."""
        return self.page.locator("#write")

    async def opens(self, address: str) -> None:
        await self.page.goto(address)
        await expect(self.line).to_be_visible()

    async def waits_for_bot(self) -> None:
        await expect(self.page.locator("#bot-banner")).to_be_empty()

    async def types_command(self, path: str) -> None:
        """Type a command and take the first that fits, with the keyboard alone."""
        await self.waits_for_bot()
        await self.line.press_sequentially(path)
        await expect(self.page.locator("#composer").get_by_role("option").first).to_contain_text(path)
        await self.page.keyboard.press("Enter")
        await expect(self.page.get_by_role("form", name=path)).to_be_visible()

    def option(self, name: str) -> Locator:
        return self.page.locator("form.command").get_by_label(re.compile(f"^{name}( required)?$"))

    async def adds_option(self, name: str) -> Locator:
        await self.page.get_by_role("button", name=f"+ {name}", exact=True).click()
        return self.option(name)

    async def sends(self) -> None:
        await self.page.get_by_role("button", name="Send", exact=True).click()

    async def presses(self, label: str) -> None:
        """Press the newest button of that label under a message."""
        await self.messages.get_by_role("button", name=label, exact=True).last.click()

    async def picks(self, menu: str, *labels: str) -> None:
        """Tick these options, too, in the newest menu of that name."""
        opened = self.messages.locator("details.menu").filter(has=self.page.get_by_label(menu)).last
        await opened.locator("summary").click()
        for label in labels:
            await opened.get_by_label(label, exact=True).check()
        await opened.get_by_role("button", name="Choose").click()

    async def becomes(self, name: str) -> None:
        button = self.page.locator("#people").get_by_role("button", name=name)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")

    async def goes_to(self, place: str) -> None:
        await self.page.locator(".places").get_by_role("button", name=place).click()

    async def is_shown(self, text: str) -> Locator:
        """Wait for a message with that text, the newest if there are several."""
        message = self.messages.get_by_role("listitem").filter(has_text=text).last
        await expect(message).to_be_visible()
        return message

    async def decides(self, what: str, how: str) -> None:
        """Choose on the panel what goes wrong."""
        await self.page.get_by_role("tab", name="What can go wrong").click()
        await self.page.locator("#panel").get_by_label(what).select_option(label=how)

    async def asks_for_voice(self, name: str, sample: str = "A good sample") -> None:
        """Use the command with a ready-made sample, and wait for the bot's report."""
        await self.types_command("/voice create")
        await self.option("name").fill(name)
        await self.page.get_by_role("button", name=sample, exact=True).click()
        await expect(self.page.locator("form.command").get_by_role("button", name="Remove")).to_be_visible()
        await self.sends()

    async def makes_voice(self, name: str) -> None:
        """Make a voice with the command, and read the notice."""
        await self.asks_for_voice(name)
        await self.presses("Create my voice")
        await self.page.locator(".places").get_by_role("button", name="1 unread").click()
        await self.is_shown(f"“{name}” is ready.")

    async def keeps_picture(self, name: str) -> None:
        if self._pictures is not None:
            await self.page.screenshot(path=self._pictures / f"{name}.png")

    def _note_message(self, message: ConsoleMessage) -> None:
        refusal = "422 (Unprocessable" in message.text  # the browser reports each refusal; the page shows it
        if message.type in ("error", "warning") and not refusal:
            self.complaints.append(f"{message.text} {message.location['url']}")
