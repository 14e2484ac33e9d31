"""`/verify` and "Who said this?" tell whether the bot made a clip, and to each person what they may know."""

from io import BytesIO
from typing import Any

import pytest
from mutagen.id3 import ID3, TIT2, UFID

from sandbox.discord import Discord, Member, Upload
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.audio import waves
from tests.audio.mp3.mp3s import LYRICS_1, LYRICS_2, ape, id3
from tests.stories.running import BotHere
from tests.stories.steps import make_voice, until_later
from tests.stories.stored import stored

DELETED = "SELECT id FROM utterance WHERE deleted_at IS NOT NULL"
OURS = "**this is synthetic: I made it**, and no person said it."
ELSEWHERE = f"{OURS} I tell whose voice it is and who asked for it only in the server where it was made, for 90 days."
RETAGGED = "The tags in the file were changed or removed since; the sound is mine."
MISMATCHED = "**this is not as I made it.**"
UNKNOWN = "**I don't know this file.**"
STRANGERS = waves.mp3(waves.tone(2, rate=44_100), rate=44_100)


def tags_of(mp3: bytes) -> Any:
    return ID3(BytesIO(mp3))


def tagged(mp3: bytes, tags: Any) -> bytes:
    """Give the sound other tags."""
    file = BytesIO(mp3)
    tags.save(file, v2_version=4)
    return file.getvalue()


def stripped(mp3: bytes) -> bytes:
    file = BytesIO(mp3)
    tags_of(mp3).delete(file)
    return file.getvalue()


async def verified(member: Member, mp3: bytes, *, filename: str = "clip.mp3") -> str:
    reply = await member.uses("/verify", file=Upload(filename, mp3))
    assert reply.ephemeral
    return reply.text


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_clip_is_traced_in_its_server_and_by_those_whom_it_concerns(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    ben, cleo = discord.member("Ben"), discord.member("Cleo")
    elsewhere = discord.add_server("Elsewhere")
    dora = discord.member("Dora", server=elsewhere)
    said = await ben.uses("/say", voice="Grandpa", text="Hello")
    assert said.message is not None
    ann.joins(elsewhere)
    await bot.rests()

    known = f"{OURS} It is “Grandpa”, the synthetic voice of Ann, asked for by Ben on <t:"
    link = f"https://discord.com/channels/{discord.server.id}/{said.message.channel.id}/{said.message.id}"
    for text in (
        await verified(cleo, said.audio, filename="renamed.mp3"),
        (await cleo.uses_on("Who said this?", said).reply()).text,
        (await ann.uses("/verify", file=Upload("clip.mp3", said.audio), in_=elsewhere.channels[0])).text,
        (await ben.uses("/verify", file=Upload("clip.mp3", said.audio), in_=ben.dm)).text,
    ):
        assert known in text
        assert text.endswith(link)
        assert RETAGGED not in text
    assert await verified(dora, said.audio) == f"“clip.mp3”: {ELSEWHERE}"
    assert (await cleo.uses("/verify", file=Upload("clip.mp3", said.audio), in_=cleo.dm)).text.endswith(ELSEWHERE)

    await ann.clicks(said, "Delete")
    await bot.until(lambda: stored(bot.place, DELETED))
    assert "Its message was deleted <t:" in await verified(cleo, said.audio)
    nothing = await cleo.uses_on("Who said this?", cleo.says("Hello")).reply()
    assert nothing.text == "There is no file in that message. Use **Who said this?** on a message with a clip."


@pytest.mark.slow
async def test_other_tags_are_noticed_and_do_not_hide_the_sound(discord: Discord, ann: Member, bot: BotHere) -> None:
    dora = discord.member("Dora", server=discord.add_server("Elsewhere"))
    mp3 = (await ann.uses("/say", text="Hello")).audio
    other = (await ann.uses("/say", text="Something else altogether")).audio
    claims = tags_of(mp3)
    claims.add(TIT2(text="A true recording of Ann"))
    forged = tags_of(mp3)
    forged.add(UFID(owner="mynah", data=tags_of(mp3)["UFID:mynah"].data[:-1] + b"?"))

    for changed in (tagged(mp3, claims), tagged(mp3, forged), tagged(mp3, tags_of(other)), stripped(mp3)):
        text = await verified(ann, changed)
        assert "asked for by Ann" in text
        assert text.endswith(RETAGGED)
        assert await verified(dora, changed) == f"“clip.mp3”: {ELSEWHERE}\n{RETAGGED}"


@pytest.mark.slow
async def test_a_sound_with_something_added_or_taken_away_is_not_as_it_was_made(ann: Member) -> None:
    mp3 = (await ann.uses("/say", text="Hello")).audio

    for changed in (
        tagged(STRANGERS, tags_of(mp3)),
        mp3[: len(mp3) // 2],
        mp3 + mp3,
        id3(STRANGERS, version=b"\xff\xff") + mp3,
        mp3 + STRANGERS + ape(b"", items=0, size=len(STRANGERS) + 32),
    ):
        text = await verified(ann, changed)
        assert text.startswith(f"“clip.mp3”: {MISMATCHED}")
        assert "Ann" not in text
    for unchanged in (mp3 + LYRICS_1, mp3 + LYRICS_2):
        assert (await verified(ann, unchanged)).endswith(RETAGGED)


async def test_a_mark_outlives_an_erased_record(discord: Discord, ann: Member, bot: BotHere) -> None:
    ben = discord.member("Ben")
    mp3 = (await ben.uses("/say", voice="Grandpa", text="Hello")).audio

    await ben.clicks(await ben.uses("/privacy erase"), "Delete everything")
    assert not stored(bot.place, "SELECT id FROM utterance")

    assert await verified(ann, mp3) == f"“clip.mp3”: {ELSEWHERE}"


@pytest.mark.slow
async def test_a_mark_outlives_the_record_and_a_preview_has_one(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    ready = await make_voice(ann, "Grandpa")
    mp3 = (await ann.uses("/say", text="Hello")).audio
    bot.time_passes(days=91)
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM utterance"), minutes=1)

    for old in (mp3, ready.audio):
        assert await verified(ann, old) == f"“clip.mp3”: {ELSEWHERE}"
    assert (await verified(ann, stripped(mp3))).startswith(f"“clip.mp3”: {UNKNOWN}")


@pytest.mark.slow
async def test_a_file_of_any_kind_gets_an_answer(discord: Discord, ann: Member) -> None:
    rich = discord.member("Rich", nitro=True)
    mp3 = (await ann.uses("/say", text="Hello")).audio
    absurd = b"ID3\x04\0\x40\x7f\x7f\x7f\x7f\xff\xff\xff\xff"

    for data in (b"\0", sample_wav(seconds=4), STRANGERS, bytes(20 * 2**20), absurd + mp3[:500], absurd * 2):
        assert (await verified(rich, data)).startswith(f"“clip.mp3”: {UNKNOWN}")
    assert "asked for by Ann" in await verified(ann, b"ID3\x03\0\0\0\0\0\x05?????" * 100 + mp3)

    too_large = await rich.uses("/verify", file=Upload("long.mp3", bytes(20 * 2**20 + 1)))
    assert too_large.text.startswith("That file is larger than 20 MiB, and I post nothing that large.")
