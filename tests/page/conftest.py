"""Gives the stories of the page a browser, and each story its own sandbox.

With `TMPDIR=/tmp script/test tests/page --keep-pictures` the stories leave screenshots in their temporary folders, and
those of the README in docs/pictures.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize, async_playwright

from sandbox.page.sandbox import Plan, Sandbox, open_sandbox
from sandbox.page.site import serving
from sandbox.speech import sample_wav
from tests.page.browsing import Visitor
from tests.stories.bots.forking import start_forked_bot

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first computes least
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FOR_README = ("sandbox.png", "phone.png")
PICTURED_WINDOW: ViewportSize = {"width": 1440, "height": 900}
SMALL_WINDOW: ViewportSize = {"width": 1120, "height": 640}  # the panel still stands beside; less is painted
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--keep-pictures", action="store_true", help="take screenshots, the README's for docs/pictures")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the stories of the page on asyncio's own event loop: uvloop cannot close with Playwright's pipes open."""
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail("There is no Chromium to open the sandbox page with.")
    pytest.skip("NOT TESTED: the sandbox page, for there is no Chromium here. Debian: apt-get install chromium")


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that the browser takes for its microphone."""
    file = tmp_path_factory.mktemp("microphone") / "speaking.wav"
    file.write_bytes(sample_wav(seconds=12, sample_rate=48_000))
    return file


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str, microphone: Path) -> AsyncGenerator[Browser]:
    listening = (
        *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={microphone}",
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*QUIET, *listening])
        yield browser
        await browser.close()


@pytest.fixture
def plan() -> Plan:
    return Plan(start_bot=start_forked_bot)


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Sandbox]:
    monkeypatch.setenv("TRAINING_POLL_SECONDS", "0.1")
    async with open_sandbox(plan) as sandbox:
        await sandbox.controls.decide("training seconds", 0.5)
        yield sandbox
        assert not sandbox.discord.surprises


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(
    browser: Browser, sandbox: Sandbox, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncGenerator[Visitor]:
    """A person who has just opened the page. The story fails on any error in the browser."""
    keeping = request.config.getoption("--keep-pictures", default=False)  # unknown where this folder was not named
    async with serving(sandbox) as address:
        window = PICTURED_WINDOW if keeping else SMALL_WINDOW
        context = await browser.new_context(viewport=window, color_scheme="dark", reduced_motion="reduce")
        visitor = Visitor(await context.new_page(), tmp_path if keeping else None)
        await visitor.opens(address)
        yield visitor
        await context.close()
    assert visitor.complaints == []
    if keeping:
        keep_pictures(tmp_path)


def keep_pictures(folder: Path) -> None:
    for name in FOR_README:
        if (folder / name).exists():
            shutil.copy(folder / name, PICTURES)
