"""**Say this in my voice** on a message speaks its text, and says whose words they are."""

from typing import Any

import pytest

from sandbox.discord import Discord, Member, Upload
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere

MENU_ENTRY = "Say this in my voice"


@pytest.mark.slow
async def test_a_message_is_spoken_as_say_would_and_its_author_is_named(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("*Ben* · [message](https://discord.com/channels/1/2/3) of Cem")
    garden, birds = discord.add_channel("garden"), discord.add_role("Birds")
    message = ben.says(f"**Meet** {ann.mention} in <#{garden.id}> & <@&{birds.id}>\n||now||")

    said = await ann.uses_on(MENU_ENTRY, message).reply()

    assert fish.made(said.audio, text="Meet Ann in garden & Birds\nnow", voice="Grandpa"), fish.spoken[-1].text
    link = f"https://discord.com/channels/{discord.server.id}/{message.channel.id}/{message.id}"
    author = "\\*Ben\\* · \\[message\\](https\\://discord\\.com/channels/1/2/3) of Cem"
    assert said.text.splitlines()[-1] == (
        f"-# “Grandpa” · synthetic voice of Ann · asked for by Ann · [message]({link}) of {author}"
    )
    assert said.message is not None
    assert not said.message.pinged
    again = await ann.clicks(said, "Again")
    assert again.text == said.text
    assert fish.spoken[-1].text == fish.spoken[-2].text


@pytest.mark.slow
async def test_the_rules_for_texts_hold_and_managers_can_switch_it_off(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    message = ben.says("a rude word")
    said = await ann.uses_on(MENU_ENTRY, ben.says("Good evening")).reply()

    await mia.fills(await mia.clicks(await mia.uses("/server settings"), "Limits and words"), forbidden_words="rude")
    refusal = await ann.uses_on(MENU_ENTRY, message).reply()
    assert refusal.text.startswith("That text holds a word that may not be spoken in this server.")

    panel = await mia.clicks(await mia.uses("/server settings"), "Forbid speaking messages")
    assert "- **Say this in my voice** on messages: not allowed" in panel.text
    for refused in (await ann.uses_on(MENU_ENTRY, ben.says("Hello")).reply(), await ann.clicks(said, "Again")):
        assert refused.text == (
            "This server's managers don't allow messages to be spoken. `/say` speaks what you type."
        )
        assert refused.ephemeral
    assert (await ann.uses("/say", text="Hello")).audio
    await mia.clicks(panel, "Allow speaking messages")
    assert (await ann.uses_on(MENU_ENTRY, ben.says("Hello")).reply()).audio


@pytest.mark.slow
async def test_a_rule_that_changes_while_fish_audio_speaks_holds(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    speech = fish.holds("POST", "/v1/tts")
    use = ann.uses_on(MENU_ENTRY, ben.says("Hello"))
    await speech.arrived()
    await mia.clicks(await mia.uses("/server settings"), "Forbid speaking messages")
    speech.release()
    refusal = await use.reply()
    assert refusal.text.startswith("This server's managers don't allow messages to be spoken.")
    assert not refusal.files


async def test_a_message_without_text_and_one_of_the_bot_are_explained(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    said = await ann.uses("/say", text="Hello")
    refusal = await ann.uses_on(MENU_ENTRY, said).reply()
    assert refusal.text == "That message is one of mine. `/say` speaks what you type."
    for text, sentence in (
        ("🦜 ?", "There is no word in that message: emoji and signs are not said aloud."),
        ("a" * 1001, "A text has at most 1000 characters here; that message has 1001. `/say` speaks a part of it"),
    ):
        refusal = await ann.uses_on(MENU_ENTRY, ann.says(text)).reply()
        assert refusal.text.startswith(sentence)
    assert len(fish.spoken) == 1


FORWARDED: dict[str, Any] = {
    "message_reference": {"type": 1, "message_id": "5", "channel_id": "6", "guild_id": "7"},
    "message_snapshots": [
        {
            "message": {
                "type": 0,
                "content": "Hello",
                "embeds": [],
                "attachments": [],
                "timestamp": "2026-11-23T10:00:00+00:00",
                "edited_timestamp": None,
                "flags": 0,
                "mentions": [],
                "mention_roles": [],
                "components": [],
            }
        }
    ],
    "flags": 1 << 14,
}
POLL: dict[str, Any] = {
    "poll": {
        "question": {"text": "Tea?"},
        "answers": [{"answer_id": 1, "poll_media": {"text": "Yes"}}],
        "expiry": "2026-12-23T10:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
}


async def test_a_message_that_is_no_text_is_called_what_it_is(discord: Discord, ann: Member, fish: FishAudio) -> None:
    ben = discord.member("Ben")
    kinds: tuple[tuple[dict[str, Any], str], ...] = (
        (FORWARDED, "That message is forwarded, so I can't name whose words it holds."),
        ({"flags": 1 << 13}, "That is a voice message, which holds no text."),
        (POLL, "That message is a poll, which holds no text."),
        ({"type": 6}, "Discord wrote that message, so it holds nobody's text."),
        ({"sticker_items": [{"id": "8", "name": "Wave", "format_type": 1}]}, "That message is a sticker, which"),
        ({"embeds": [{"type": "rich", "title": "News"}]}, "That message is only a card, whose text I don't speak."),
        ({}, "There is no text in that message."),
    )
    for kind, what in kinds:
        message = ben.says("Hello")
        message.content, message.kind = "", kind
        refusal = await ann.uses_on(MENU_ENTRY, message).reply()
        assert refusal.text.startswith(what)
        assert refusal.text.endswith("Use **Say this in my voice** on a message with some words.")
    file = ben.says("", Upload("picture.png", b"x"))
    refusal = await ann.uses_on(MENU_ENTRY, file).reply()
    assert refusal.text.startswith("That message is only a file, without any text.")
    assert not fish.spoken
