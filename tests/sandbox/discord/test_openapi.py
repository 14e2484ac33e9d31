"""The stand-in's answers have the shapes in Discord's own OpenAPI file."""

from typing import Any, cast

from jsonschema import Draft202012Validator

from sandbox.discord import Discord
from tests.contracts.reference import openapi
from tests.sandbox.discord.raw_client import talking_to
from tests.sandbox.discord.trial_bot import running_bot


def problems(schema: str, answer: object) -> list[str]:
    validator = Draft202012Validator({**openapi("discord"), "$ref": f"#/components/schemas/{schema}"})
    errors = validator.iter_errors(cast(Any, answer))
    return [f"{list(error.path)}: {error.message}" for error in errors]


async def test_answers_to_the_bot_fit(discord: Discord) -> None:
    ann = discord.member("Ann")
    application = f"/applications/{discord.world.application.id}"
    channel = discord.server.channels[0]
    async with running_bot(discord):
        await ann.uses("/answer hide")
        thought = await ann.uses("/answer ponder")
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
            assert problems(schema, answer.json) == [], path
        for command in (await raw.ask("GET", f"{application}/commands")).json:
            assert problems("ApplicationCommandResponse", command) == []
        about = {"flags": 1 << 13, "attachments": [{"id": 0, "duration_secs": 1.5, "waveform": "AAAA"}]}
        path, file = f"/channels/{channel.id}/messages", (("voice-message.ogg", b"OggS"),)
        spoken = await raw.ask("POST", path, about, files=file, file_type="audio/ogg")
        assert problems("MessageResponse", spoken.json) == []
        replied = await raw.ask("POST", path, {"content": "x", "message_reference": {"message_id": spoken.json["id"]}})
        assert problems("MessageResponse", replied.json) == []
        interaction = await raw.interaction(ann)
        answer = await raw.respond(interaction, 4, {"content": "hello"})
        assert problems("InteractionCallbackResponse", answer.json) == []
