"""What the stand-in answers has the shape that Discord's own OpenAPI file gives."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from sandbox.discord import Discord
from tests.sandbox.bird import flying
from tests.sandbox.raw_client import talking_to

SPECIFICATION = Path(__file__).parents[3] / "shared" / "reference" / "discord-openapi.json"


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not SPECIFICATION.exists():
        pytest.skip(f"there is no {SPECIFICATION}")
    return json.loads(SPECIFICATION.read_text())


def problems(specification: dict[str, Any], schema: str, answer: object) -> list[str]:
    validator = Draft202012Validator({**specification, "$ref": f"#/components/schemas/{schema}"})
    errors = validator.iter_errors(cast(Any, answer))  # pyright: ignore[reportUnknownMemberType] - partly typed stubs
    return [f"{list(error.path)}: {error.message}" for error in errors]


async def test_answers_to_the_bot_fit(discord: Discord, specification: dict[str, Any]) -> None:
    ann = discord.member("Ann")
    application = f"/applications/{discord.world.application.id}"
    channel = discord.server.channels[0]
    async with flying(discord):
        await ann.uses("/nest hide")
        thought = await ann.uses("/nest ponder")
    assert thought.message is not None
    async with talking_to(discord) as raw:
        for path, schema in (
            ("/users/@me", "UserPIIResponse"),
            ("/oauth2/applications/@me", "PrivateApplicationResponse"),
            ("/gateway/bot", "GatewayBotResponse"),
            (f"/guilds/{discord.server.id}", "GuildWithCountsResponse"),
            (f"/channels/{channel.id}", "GuildChannelResponse"),
            (f"/channels/{ann.dm.id}", "PrivateChannelResponse"),
            (f"/channels/{channel.id}/messages/{thought.message.id}", "MessageResponse"),
        ):
            answer = await raw.ask("GET", path)
            assert problems(specification, schema, answer.json) == [], path
        for command in (await raw.ask("GET", f"{application}/commands")).json:
            assert problems(specification, "ApplicationCommandResponse", command) == []
        interaction = await raw.interaction(ann)
        answer = await raw.respond(interaction, 4, {"content": "hello"})
        assert problems(specification, "InteractionCallbackResponse", answer.json) == []
