"""Deleted data is in no file of the bot: after an erasure, after a day, after kill -9."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.clock import HOUR
from bot.services.provenance.tracing import RECORDS_KEPT
from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import as_, has_voice, until_answered, until_later, wav
from tests.stories.stored import Connection, add_row, change_stored, stored

RECEIPT = "This is your receipt"
NAME = "Zebedee Quagmire"  # nobody else is called that


def traces(folder: Path, *needles: bytes) -> set[str]:
    """Return the files that hold any of these bytes."""
    return {file.name for file in folder.iterdir() if any(needle in file.read_bytes() for needle in needles)}


def pieces(recording: bytes) -> list[bytes]:
    """Return some pieces of a recording, each of which occurs nowhere else."""
    return [recording[start : start + 64] for start in range(20_000, len(recording) - 64, 50_000)]


async def lives(bot: BotHere | BotProcess, fish: FishAudio, zoe: Member) -> list[bytes]:
    """Let a member have a voice, a share, a use of it, and a draft. Returns what must go with them."""
    recording = wav(seconds=20)
    await has_voice(bot, fish, zoe, "Grandzoe")
    await zoe.uses("/voice share", voice="Grandzoe")
    await zoe.uses("/say", text="Hello")
    await zoe.uses("/voice create", name="Draft of Zoe", sample=recording, transcript="zigzag words")
    words = (NAME.encode(), b"Grandzoe", b"grandzoe", b"Draft of Zoe", b"zigzag words", str(zoe.id).encode())
    return [*words, *pieces(recording.data)]


async def erases_everything(member: Member) -> None:
    await member.clicks(await member.uses("/privacy erase"), "Delete everything")


@pytest.mark.slow
async def test_after_an_erasure(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    zoe, folder = discord.member(NAME), bot.database.parent
    needles = await lives(bot, fish, zoe)
    assert traces(folder, *needles)
    delivering = discord.holds("POST", f"/channels/{zoe.dm.id}/messages")
    await erases_everything(zoe)
    await delivering.arrived()
    assert traces(folder, *needles) == set(), "when the receipt goes out"
    delivering.release()


def are_used(connection: Connection, zoe: Member, *, now: int, hers: int) -> None:
    """Fill the records as many members do: each grows when its sound is posted. Zoe's were made at `hers`."""
    ids = [f"{number * 7919 % 5000:016x}" for number in range(5000)]
    for number, id_ in enumerate(ids):
        is_hers = number % 3 == 0
        row = {
            "id": id_,
            "made_at": hers if is_hers else now,
            "voice_id": f"{number % 40:016x}",
            "voice_name": "Grandzoe" if is_hers else f"Voice {number % 40}",
            "owner_id": zoe.id if is_hers else number % 40,
            "owner_name": NAME if is_hers else f"Member {number % 40}",
            "asker_id": number % 40,
            "asker_name": f"Member {number % 40}",
            "channel_id": 1,
            "characters": number,
            "sound_hash": id_ * 4,
            "file_hash": id_ * 4,
        }
        add_row(connection, "utterance", row)
    for id_ in ids:
        connection.execute("UPDATE utterance SET message_id = ?, log_entry_id = ? WHERE id = ?", (2**60, id_, id_))


@pytest.mark.slow
async def test_after_an_erasure_where_many_others_speak(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    zoe, folder = discord.member(NAME), bot.database.parent
    now = bot.clock.now()
    await has_voice(bot, fish, zoe, "Grandzoe")
    await change_stored(bot.place, lambda connection: are_used(connection, zoe, now=now, hers=now))
    assert traces(folder, NAME.encode(), b"Grandzoe")
    await erases_everything(zoe)
    await zoe.is_told(RECEIPT)
    assert traces(folder, NAME.encode(), b"Grandzoe") == set()


@pytest.mark.slow
async def test_records_whose_time_is_over_where_many_others_speak(discord: Discord, bot: BotHere) -> None:
    zoe, folder, now = discord.member(NAME), bot.database.parent, bot.clock.now()
    await change_stored(
        bot.place, lambda connection: are_used(connection, zoe, now=now, hers=now - RECORDS_KEPT + HOUR // 2)
    )
    bot.time_passes(minutes=31)
    await until_later(bot, lambda: len(stored(bot.place, "SELECT id FROM utterance")) == 3333, minutes=1)
    assert traces(folder, NAME.encode()), "between the rows of the others"
    bot.time_passes(days=1)
    await bot.until(lambda: not traces(folder, NAME.encode()))


@pytest.mark.slow
async def test_the_receipt_waits_while_somebody_else_reads_the_files(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    zoe, folder = discord.member(NAME), bot.database.parent
    needles = await lives(bot, fish, zoe)
    with closing(sqlite3.connect(bot.database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM voice").fetchone()
        await erases_everything(zoe)
        await fish.until(lambda: not fish.voices)
        bot.time_passes(seconds=3)
        await bot.rests()
        assert traces(folder, *needles)
        assert not zoe.dm_messages
    await until_later(bot, lambda: [seen for seen in zoe.dm_messages if RECEIPT in seen.text], minutes=0.1)
    assert traces(folder, *needles) == set()


@pytest.mark.slow
async def test_a_recording_after_a_day(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, recording = discord.member("Ann"), wav(seconds=20)
    fish.fails("POST", "/model", status=400)
    report = await ann.uses("/voice create", name="Grandpa", sample=recording)
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” could not be made")
    assert traces(bot.database.parent, *pieces(recording.data))
    bot.time_passes(hours=24, minutes=1)
    await until_later(bot, lambda: not stored(bot.database, "SELECT voice_id FROM sample"), minutes=1)
    assert traces(bot.database.parent, *pieces(recording.data)) == set()


async def test_after_an_erasure_kill_9_and_a_restart(
    process: BotProcess, discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    zoe = discord.member(NAME)
    await process.is_up()
    needles = await lives(process, fish, zoe)
    await erases_everything(zoe)
    await process.is_killed()
    assert traces(tmp_path, *needles) == set(), "from the answer on"
    await process.is_up()
    assert traces(tmp_path, *needles) == set()
    await until_answered(discord, "POST", f"/channels/{zoe.dm.id}/messages", status=200)
    assert traces(tmp_path, *needles) == set()


async def test_what_a_member_typed_and_deleted_or_replaced(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    zoe, folder = discord.member(NAME), bot.database.parent
    await has_voice(bot, fish, zoe, "Grandzoe")
    await zoe.uses("/voice rename", voice="Grandzoe", name="Another")
    for spoken in ("zigzagging", "zagzigging"):
        await zoe.uses("/voice pronounce", word="gif", **as_(spoken))
        assert traces(folder, spoken.encode())
    await zoe.uses("/voice pronounce", word="gif")
    bot.time_passes(seconds=31)
    await bot.until(lambda: not traces(folder, b"zigzagging", b"zagzigging", b"grandzoe"))


@pytest.mark.slow
async def test_a_take_that_was_discarded_or_whose_time_is_over(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    zoe, folder = discord.member(NAME), bot.database.parent
    await has_voice(bot, fish, zoe, "Grandzoe")
    takes = [await zoe.uses("/say", text=f"Zigzag words number {number}", preview=True) for number in range(2)]
    sounds = [take.audio[2_000:2_064] for take in takes]
    assert all(traces(folder, sound) for sound in sounds)
    assert not traces(folder, b"igzag words"), "the text is nowhere"

    await zoe.clicks(takes[0], "Discard")
    await bot.until(lambda: not traces(folder, sounds[0]))
    assert traces(folder, sounds[1])
    bot.time_passes(minutes=16)
    await bot.until(lambda: not traces(folder, sounds[1]))
