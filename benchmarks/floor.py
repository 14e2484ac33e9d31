"""The least that a bot can do: for each command one call of the SDK and one upload, with no library for Discord."""

import asyncio
import json
import os
from typing import Any

import aiohttp
import uvloop
from fishaudio import AsyncFishAudio

SAY = {
    "name": "say",
    "type": 1,
    "description": "Say something",
    "options": [
        {"type": 3, "name": "text", "description": "What to say", "required": True},
        {"type": 3, "name": "voice", "description": "The voice", "required": True},
    ],
}


class Floor:
    def __init__(self, session: aiohttp.ClientSession, fish: AsyncFishAudio) -> None:
        self._session = session
        self._fish = fish
        self._token = os.environ["DISCORD_TOKEN"]
        self._api = os.environ["DISCORD_API_URL"]
        self._tasks: set[asyncio.Task[None]] = set()
        with open(os.environ["VOICES_FILE"]) as file:  # noqa: PTH123 - read once, before anything runs
            self._voices: dict[str, dict[str, str]] = json.load(file)

    async def run(self) -> None:
        async with self._session.ws_connect(f"{os.environ['DISCORD_GATEWAY_URL']}?v=10&encoding=json") as socket:
            hello = await socket.receive_json()
            identity = {"token": self._token, "intents": 1, "properties": {"os": "linux", "browser": "", "device": ""}}
            await socket.send_json({"op": 2, "d": identity})
            self._start(self._beat(socket, hello["d"]["heartbeat_interval"] / 1000))
            async for message in socket:
                event = json.loads(message.data)
                if event["t"] == "READY":
                    self._start(self._register(event["d"]["application"]["id"]))
                elif event["t"] == "INTERACTION_CREATE":
                    self._start(self._answer(event["d"]))

    async def _answer(self, interaction: dict[str, Any]) -> None:
        options = {option["name"]: option["value"] for option in interaction["data"]["options"]}
        user = interaction.get("user") or interaction["member"]["user"]
        mp3 = await self._fish.tts.convert(
            text=options["text"], reference_id=self._voices[user["id"]][options["voice"]]
        )
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({"type": 4, "data": {}}), content_type="application/json")
        form.add_field("files[0]", mp3, filename="sound.mp3", content_type="audio/mpeg")
        await self._post(f"/interactions/{interaction['id']}/{interaction['token']}/callback", data=form)

    async def _register(self, application_id: str) -> None:
        headers = {"Authorization": f"Bot {self._token}"}
        async with self._session.put(
            f"{self._api}/applications/{application_id}/commands", json=[SAY], headers=headers
        ) as response:
            response.raise_for_status()

    async def _post(self, path: str, data: aiohttp.FormData) -> None:
        async with self._session.post(self._api + path, data=data) as response:
            response.raise_for_status()

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds / 2)
            await socket.send_json({"op": 1, "d": None})

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def main() -> None:
    fish = AsyncFishAudio(api_key=os.environ["FISH_API_KEY"], base_url=os.environ["FISH_API_URL"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await Floor(session, fish).run()


if __name__ == "__main__":
    uvloop.run(main())
