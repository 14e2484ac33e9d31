"""`/say` posts an MP3 in a voice, labels it as synthetic, and pings nobody."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from mutagen.id3 import ID3

from sandbox.discord import Discord, Member, Refused, Reply
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, make_voice, sentence_of, wav


@pytest.mark.slow
async def test_the_sound_is_named_after_its_voice_with_the_text_beside_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await make_voice(ann, "Opa & Söhne")
    await ann.uses("/voice share", voice="Opa & Söhne")

    reply = await ben.uses("/say", voice="Opa & Söhne", text="Hello there.\n*Come* in!")

    assert fish.made(reply.audio, text="Hello there.\nCome in!", voice="Opa & Söhne")
    assert reply.files[0].filename == "Opa-Sohne.mp3"
    assert reply.text == (
        "> Hello there.\n> \\*Come\\* in!\n-# “Opa & Söhne” · synthetic voice of Ann · asked for by Ben"
    )
    assert not reply.ephemeral


async def test_a_name_without_a_letter_for_files_becomes_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "祖父 🦜")
    assert (await ann.uses("/say", text="Hello")).files[0].filename == "voice.mp3"


async def test_the_file_itself_says_that_it_is_synthetic(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")

    reply = await ben.uses("/say", voice="Grandpa", text="Hello")

    tags: Any = ID3(BytesIO(reply.audio))  # mutagen has no types
    assert tags.pop("UFID:mynah")
    assert [tag.owner for tag in tags.getall("PRIV")] == ["mynah", "XMP"]
    tags.delall("PRIV")
    assert {key: str(tags[key]) for key in tags} == {
        "TIT2": "Grandpa",
        "TPE1": "Grandpa (synthetic voice of Ann)",
        "COMM::eng": "Synthetic speech in the voice “Grandpa” of Ann, asked for by Ben. No person said this.",
        "TXXX:SYNTHETIC": "true",
    }


@pytest.mark.slow
async def test_every_option_of_the_speech_is_said(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    slow = await ann.uses("/say", text="Take your time with this", speed=0.5, volume=-6)
    fast = await ann.uses("/say", text="Take your time with this", speed=2.0)

    assert len(slow.audio) > 2 * len(fast.audio)
    said = [fish.spoken[-2], fish.spoken[-1]]
    assert [(each.parameters["speed"], each.parameters["volume"]) for each in said] == [(0.5, -6.0), (2.0, 0.0)]
    assert said[0].engine == "s2.1-pro"
    assert said[1].parameters == {
        "format": "mp3",
        "sample_rate": 44_100,
        "mp3_bitrate": 128,
        "opus_bitrate": -1000,
        "speed": 2.0,
        "volume": 0.0,
        "normalize_loudness": True,
        "latency": "normal",
        "chunk_length": 300,
        "min_chunk_length": 50,
        "normalize": True,
        "temperature": 0.7,
        "top_p": 0.7,
        "repetition_penalty": 1.2,
        "max_new_tokens": 1024,
        "condition_on_previous_chunks": True,
        "early_stop_threshold": 1.0,
        "features": [],
    }


@pytest.mark.slow
async def test_what_discord_draws_is_said_as_a_person_would(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    garden = discord.add_channel("garden")
    await has_voice(bot, fish, ann, "Grandpa")

    for typed, said in (
        (f"Ask {ben.mention}, not <@123456789012345678>", "Ask Ben, not someone"),
        (f"**Meet** me in <#{garden.id}>!", "Meet me in garden!"),
        ("<:party_bird:123456789012345678> at <t:0:t>", "party bird at 0:00 UTC"),
        ("[the song](https://example.com/song) ||and|| https://example.com/x", "the song and a link to example.com"),
        ("<|speaker:1|>[whispering] come closer 🦜", "[whispering] come closer"),
    ):
        reply = await ann.uses("/say", text=typed)
        assert fish.made(reply.audio, text=said, voice="Grandpa"), fish.spoken[-1].text


@pytest.mark.slow
async def test_nothing_that_anybody_typed_pings_anybody(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ben = discord.member("Ben")
    mallory = discord.member(f"@everyone {ben.mention}")
    name = f"@here {ben.mention}"
    await ask_for_voice(mallory, name)
    await mallory.is_told("is ready.")
    await mallory.uses("/voice share", voice=name)

    reply = await mallory.uses("/say", voice=name, text=f"@everyone @here {ben.mention} <@&{discord.server.id}>")
    await mallory.uses("/voice show", voice=f"@everyone {ben.mention}")

    assert reply.message is not None
    assert not reply.message.pinged
    assert not reply.message.pinged_everyone
    assert not ben.news
    assert reply.text.splitlines()[-1] == (
        f"-# “@here \\<@{ben.id}\\>” · synthetic voice of @everyone \\<@{ben.id}\\> · "
        f"asked for by @everyone \\<@{ben.id}\\>"
    )
    bodies = [json.dumps(each.json) for each in discord.requests]
    messages = [body for body in bodies if '"content"' in body]
    assert messages
    assert all('"parse": []' in body for body in messages)  # at most people and roles that are named one by one


@pytest.mark.slow
async def test_nothing_that_anybody_typed_or_is_called_is_a_link(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mallory, ben = discord.member("https://discord.gg/abc"), discord.member("Ben")
    await has_voice(bot, fish, mallory, "www.evil.example")  # made before such names were refused
    await mallory.uses("/voice share", voice="www.evil.example")

    texts = [
        (await mallory.uses("/say", text="see https://a.example/x.png, [this](https://a.example) or discord.gg/abc")),
        (await mallory.uses("/voice create", name="https://dlscord.gift/claim", sample=wav())),
        (await ben.uses("/say", wait=True, text="Hello", voice="https://a.example")),
        (await ben.uses("/voice show", voice="www.evil.example")),
        (await ben.uses("/voice list")),
    ]

    assert r"see https\://a\.example/x.png" in texts[0].text
    for reply in texts:
        assert not re.search(r"://|www\.|discord\.gg/|(?<!\\)\]\(", reply.text.replace(r"\:", "")), reply.text


async def test_a_refusal_that_needs_no_sound_is_private(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")

    refused: list[tuple[dict[str, Any], str]] = [
        ({"text": "🦜 <|break|> ** **"}, "There is nothing in that text that can be said aloud. Type some words."),
        (
            {"text": "Hello", "voice": "Auntie"},
            "There is no voice called “Auntie” for you here. `/voice list` shows the ones you can use.",
        ),
        ({"text": "a" * 1001}, "A text has at most 1000 characters here; yours has 1001. Please shorten it."),
        ({"text": "Hello", "speed": 9.0}, "The speed goes from 0.5 to 2.0 times the natural speed."),
        ({"text": "Hello", "volume": 99.0}, "The volume goes from -20 to 20 dB; 0 leaves it as it is."),
    ]
    for options, sentence in refused:
        reply: Reply = await ann.uses("/say", wait=True, unchecked=True, **options)
        assert sentence_of(reply) == sentence
        assert reply.ephemeral
    assert discord.messages(discord.server.channels[0], viewer=ben) == []


async def test_discord_itself_refuses_what_is_out_of_range(discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")
    wrong: list[dict[str, Any]] = [{"text": "a" * 1001}, {"text": ""}, {"speed": 0.4}, {"speed": 2.1}, {"volume": 21.0}]
    for each in wrong:
        options: dict[str, Any] = {"text": "Hello", **each}
        with pytest.raises(Refused):
            await ann.uses("/say", **options)


async def test_the_longest_text_still_says_whose_voice_it_is(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    reply = await ann.uses("/say", text="*" * 996 + "\nend")

    assert len(reply.text) <= 2000
    assert reply.text.endswith("…\n-# “Grandpa” · synthetic voice of Ann · asked for by Ann")


async def test_an_interaction_that_is_delivered_twice_is_answered_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    spoken = len(fish.spoken)

    discord.fails("POST", "/interactions/*/callback", status=503)  # the second delivery waits behind a new try
    reply = await ann.uses("/say", text="Hello", deliver=2)
    refusal = await ann.uses("/say", text="🦜", deliver=2)
    await _says_nothing_more(ann)

    assert fish.made(reply.audio, text="Hello")
    assert len(fish.spoken) == spoken + 1
    assert _answers(reply) == 1
    assert _answers(refusal) == 1


async def _says_nothing_more(member: Member) -> None:
    """Use another command. Interactions are answered in turn, so a second answer would have come by then."""
    await member.uses("/voice list")


def _answers(reply: Reply) -> int:
    return len([each for each in (reply.interaction.original, *reply.interaction.followups) if each is not None])


@pytest.mark.slow
async def test_every_request_says_whose_it_is(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await make_voice(ann, "Grandpa")
    await ann.uses("/say", text="Hello")
    names = {request.headers["User-Agent"] for request in discord.requests}
    assert len(names) == 1
    assert names.pop().startswith("DiscordBot (https://")
    assert all(request.headers["User-Agent"].startswith("Mynah/") for request in fish.requests)
