"""How the sandbox is opened, who may reach it, and what it keeps."""

import asyncio
import io
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.fish_audio import FishAudio
from sandbox.page.__main__ import main
from sandbox.page.sandbox import Plan, Sandbox, open_sandbox
from sandbox.page.site import serving
from tests.stories.bots.forking import fork_bot, until_ended

Starts = Callable[..., Awaitable[Process]]
Refuses = Callable[..., str]


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def starts(tmp_path: Path) -> AsyncGenerator[Starts]:
    """Starts `script/sandbox` with these words, and ends it with the story."""
    running: list[Process] = []

    async def start(*words: str, **environment: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox.page", "--no-browser", *words),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
            cwd=tmp_path,
            stdout=PIPE,
            stderr=PIPE,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


@pytest.fixture
def refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refuses:
    """Runs `script/sandbox` in this process, and returns the sentence with which it ends."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["script/sandbox", "--no-browser", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return str(ended.value.code)

    return run


async def told(process: Process, beginning: str) -> str:
    """Return the first line of output that begins so, without the beginning."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if line.decode().startswith(beginning):
                return line.decode().removeprefix(beginning).strip()
    pytest.fail(f"It never said “{beginning}”.")


async def test_other_sites_and_other_names_reach_no_server(http: aiohttp.ClientSession) -> None:
    async with open_sandbox(Plan(with_bot=False)) as sandbox, serving(sandbox) as page:
        assert isinstance(sandbox.fish, FishAudio)
        for address in (page, sandbox.discord.base_url, sandbox.fish.url):
            for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
                async with http.get(address, headers=headers) as response:
                    assert (response.status, "requests from this machine" in await response.text()) == (403, True)
        async with http.get(f"{page}/api/people", headers={"Origin": page}) as response:
            assert [person["name"] for person in await response.json()] == ["Hollis", "Ann", "Ben"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(f"{page}/api/feed?as=1", origin="http://evil.example")


async def test_a_file_that_is_no_sound_is_not_shown_by_the_browser(http: aiohttp.ClientSession) -> None:
    async with open_sandbox(Plan(with_bot=False)) as sandbox, serving(sandbox) as page:
        for name, kind in (("a.html", "text/html"), ("a.svg", "image/svg+xml")):
            number = _attach(sandbox, name, kind)
            async with http.get(f"{page}/files/{number}/{name}") as response:
                assert response.content_type == "application/octet-stream"
                assert response.headers["Content-Disposition"] == "attachment"
                assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_ready_made_reading_is_heard_unless_the_controls_mishear_it(http: aiohttp.ClientSession) -> None:
    async with open_sandbox(Plan(with_bot=False)) as sandbox, serving(sandbox) as page:
        assert isinstance(sandbox.fish, FishAudio)
        await sandbox.controls.decide("hears", "Something else")
        assert sandbox.controls.view()["queued_transcripts"] == ["Something else"]
        reader, text = sandbox.people.describe()[1]["id"], "Amber, river, seven and lantern"
        wanted = {"kind": "reading", "as": reader, "text": text}
        async with http.get(f"{page}/api/sample", params=wanted) as response:
            reading = await response.read()
        async with http.get(f"{page}/api/sample", params={**wanted, "text": " "}) as response:
            assert await response.json() == {"refused": "A text to read aloud has 1 to 200 characters."}
        heard: list[str] = []
        for _ in range(2):
            form = aiohttp.FormData({"audio": io.BytesIO(reading)})
            key = {"Authorization": f"Bearer {sandbox.fish.key}"}
            async with http.post(f"{sandbox.fish.url}/v1/asr", data=form, headers=key) as response:
                heard.append((await response.json())["text"])
        assert heard == ["Something else", text]


def _attach(sandbox: Sandbox, name: str, kind: str) -> int:
    from sandbox.discord.world.model import Attachment

    world = sandbox.discord.world
    return world.attach(Attachment(world.ids.next(), name, b"<script>", kind, 1)).id


async def test_messages_are_kept_until_the_next_start(tmp_path: Path) -> None:
    plan = Plan(with_bot=False, state=tmp_path)
    async with open_sandbox(plan) as sandbox:
        assert isinstance(sandbox.fish, FishAudio)
        sandbox.people.add("Cleo").says("Good night")
        sandbox.fish.adds_voice("Grandpa")
    async with open_sandbox(plan) as sandbox:
        assert isinstance(sandbox.fish, FishAudio)
        cleo = next(person for person in sandbox.people.describe() if person["name"] == "Cleo")
        snapshot = sandbox.snapshot(sandbox.people.find(cleo["id"]))
        assert [message["content"] for message in snapshot["channels"][0]["messages"]] == ["Good night"]
        assert [person["name"] for person in snapshot["people"]] == ["Hollis", "Ann", "Ben", "Cleo"]
        assert [voice.title for voice in sandbox.fish.voices] == ["Grandpa"]


def test_a_state_that_cannot_be_read_is_explained(refuses: Refuses, tmp_path: Path) -> None:
    (tmp_path / "sandbox.pickle").write_bytes(b"nonsense")
    complaint = refuses("--state", str(tmp_path), "--port", "0")
    assert complaint.startswith(f"{tmp_path}/sandbox.pickle cannot be read")
    assert complaint.endswith(f"Delete {tmp_path} to begin anew.")


async def test_without_a_bot_it_says_how_to_run_one(
    starts: Starts, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    process = await starts("--no-bot", "--port", "0")
    page = (await told(process, "The sandbox is open at ")).split()[0]
    names = ("DISCORD_TOKEN", "DISCORD_API_URL", "DISCORD_GATEWAY_URL", "FISH_API_KEY", "FISH_API_URL", "DATABASE_URL")
    settings = {name: await told(process, f"export {name}=") for name in names}
    bot = fork_bot((), environment=settings, folder=tmp_path, output=tmp_path / "bot.log")
    async with http.get(f"{page}/api/people") as response:
        viewer = (await response.json())[1]["id"]
    async with http.ws_connect(f"{page}/api/feed?as={viewer}") as feed:
        assert (await feed.receive_json())["bot_state"]["ours"] is False
        await _news(feed, lambda news: news["kind"] == "bot" and news["bot_state"]["state"] == "ready")
    bot.terminate()
    assert await until_ended(bot) == 0
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0


async def test_the_real_fish_audio_is_reached_with_the_callers_key(starts: Starts, http: aiohttp.ClientSession) -> None:
    async with FishAudio.open(key="the-callers-key") as real:
        process = await starts("--fish", "live", "--port", "0", FISH_API_KEY=real.key, FISH_API_URL=real.url)
        page = (await told(process, "The sandbox is open at ")).split()[0]
        async with http.get(f"{page}/api/people") as response:
            viewer = (await response.json())[1]["id"]
        async with http.ws_connect(f"{page}/api/feed?as={viewer}") as feed:
            snapshot = await feed.receive_json()
            if snapshot["bot_state"]["state"] != "ready":
                await _news(feed, lambda news: news["kind"] == "bot" and news["bot_state"]["state"] == "ready")
            general = snapshot["channels"][0]["id"]
            await _use(http, page, viewer, general)
            report = await _news(feed, lambda news: "Your sample" in news.get("message", {}).get("content", ""))
            button = report["message"]["components"][0]["components"][0]["custom_id"]
            click = {"as": viewer, "channel": general, "message": report["message"]["id"], "custom_id": button}
            await http.post(f"{page}/api/operate", json=click)
            await _news(feed, lambda news: "“Grandpa” is ready" in news.get("message", {}).get("content", ""))
        [creation] = [request for request in real.requests if (request.method, request.path) == ("POST", "/model")]
        assert {part.name for part in creation.body.files} == {"voices"}
        assert [voice.title for voice in real.voices] == ["Grandpa"]
        assert not real.surprises


async def _use(http: aiohttp.ClientSession, page: str, viewer: str, channel: str) -> None:
    async with http.get(f"{page}/api/sample?kind=good&as={viewer}") as response:
        recording = await response.read()
    form = aiohttp.FormData()
    payload: dict[str, Any] = {
        "as": viewer,
        "channel": channel,
        "command": "/voice create",
        "options": {"name": "Grandpa"},
    }
    form.add_field("payload", json.dumps(payload))
    form.add_field("file:sample", io.BytesIO(recording), filename="sample.wav")
    async with http.post(f"{page}/api/use", data=form) as response:
        assert await response.json() == {}


async def _news(feed: aiohttp.ClientWebSocketResponse, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the next piece of news that fits."""
    async with asyncio.timeout(30):
        while not wanted(news := await feed.receive_json()):
            pass
    return news


def test_a_missing_live_key_and_a_taken_port_are_explained(refuses: Refuses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FISH_API_KEY", raising=False)
    assert refuses("--fish", "live", "--port", "0").startswith("--fish live needs your key")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        complaint = refuses("--no-bot", "--port", str(taken))
    needed = f"The sandbox needs the ports {taken} to {taken + 2}, and one of them is already in use"
    assert complaint.startswith(needed)
    assert f"script/sandbox --port {taken + 10}" in complaint
    assert len(complaint.splitlines()) == 1


def test_a_port_and_a_folder_that_cannot_be_used_are_explained(
    refuses: Refuses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert refuses("--no-bot", "--port", "65534") == "2"
    assert "a port is a number from 0 up to 65533; this is “65534”" in capsys.readouterr().err
    complaint = refuses("--no-bot", "--port", "0", "--state", "file")
    assert complaint == "file cannot be the folder for --state: File exists."
