"""A client that sends exactly what a test says, right or wrong."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, FormData

from sandbox.discord import Discord, Member
from sandbox.discord.world.model import Interaction

COMMANDS: list[dict[str, Any]] = [
    {
        "name": "sing",
        "description": "Sing a word.",
        "options": [{"type": 3, "name": "word", "description": "What to sing", "autocomplete": True}],
    }
]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    json: Any

    @property
    def code(self) -> int:
        return self.json["code"]

    def problem(self, *path: str) -> str:
        """Return the code of the first problem that an error 50035 names for a field."""
        node = self.json["errors"]
        for key in path:
            node = node[key]
        return node["_errors"][0]["code"]


class RawClient:
    def __init__(self, discord: Discord, session: ClientSession) -> None:
        self.discord = discord
        self._session = session

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: tuple[tuple[str, bytes], ...] = (),
        file_type: str = "application/octet-stream",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send JSON, or with `files` (names and bytes) a form; `headers` replace the usual two."""
        usual = {"Authorization": f"Bot {self.discord.token}", "User-Agent": "DiscordBot (raw)"}
        form = None
        if files:
            form = FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body or {}))
            for number, (name, data) in enumerate(files):
                form.add_field(f"files[{number}]", BytesIO(data), filename=name, content_type=file_type)
        async with self._session.request(
            method,
            self.discord.api_url + path,
            headers=usual if headers is None else headers,
            json=None if files else body,
            data=form,
            skip_auto_headers=("User-Agent",),
        ) as response:
            text = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Answer(response.status, dict(response.headers), json.loads(text) if is_json else text)

    async def interaction(self, member: Member) -> Interaction:
        """Use `/sing`. Returns the unanswered interaction."""
        use = await member.uses("/sing", word="chirp", wait=False)
        return use.interaction

    async def respond(self, interaction: Interaction, kind: int, data: Any = None, **more: Any) -> Answer:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"
        return await self.ask("POST", path, {"type": kind, "data": data or {}}, **more)

    def webhook(self, interaction: Interaction) -> str:
        return f"/webhooks/{self.discord.world.application.id}/{interaction.token}"


@asynccontextmanager
async def talking_to(discord: Discord) -> AsyncGenerator[RawClient]:
    """Open a client with its one command registered."""
    async with ClientSession() as session:
        client = RawClient(discord, session)
        path = f"/applications/{discord.world.application.id}/commands"
        registered = await client.ask("PUT", path, COMMANDS)
        assert registered.status == 200
        yield client
