"""A file that cannot become a voice is refused in a sentence or two, and nothing of it is stored."""

import numpy as np
import pytest

from sandbox.discord import Discord, Member, Reply, Upload
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.audio.fuzz.hostile import box
from tests.audio.waves import Wav, floats, integers, noise, other_format, silence, tone
from tests.stories.running import BotHere
from tests.stories.steps import wav
from tests.stories.stored import stored

MEBIBYTE = 2**20


async def refusal(member: Member, sample: Upload) -> Reply:
    """Attach a file. Returns the private answer."""
    reply = await member.uses("/voice create", name="Grandpa", sample=sample)
    assert reply.ephemeral
    assert reply.buttons == ()
    assert len(reply.text) <= 300
    return reply


@pytest.mark.slow
async def test_a_file_that_is_no_recording_is_refused_under_any_name(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    files = {
        "an AIFF": other_format(tone(5, rate=48_000), "pcm_s16be", "aiff"),
        "is a video": other_format(tone(5, rate=48_000), "aac", "ipod") + box(b"hdlr", bytes(8) + b"vide"),
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(1000),
        "a text file": b"<html>not found</html>",
        "damaged or incomplete": other_format(tone(5, rate=48_000), "aac", "ipod")[:9_000],
        "do not know what": b"RIFF\x10\0\0\0JUNK" + bytes(100),
    }
    for kind, data in files.items():
        assert kind in (await refusal(ann, Upload("sample.wav", data))).text
    assert stored(bot.place, "SELECT * FROM voice") == []


@pytest.mark.slow
async def test_a_wav_that_cannot_make_a_voice_is_refused_for_what_is_wrong_with_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    good = sample_wav(seconds=10)
    wrong = {
        "holds no sound at all": b"",
        "holds no sound": Wav(sound=b"").bytes(),
        "breaks off": good[: len(good) // 2],
        "lasts 2.99 s": integers(tone(2.999)).bytes(),
        "longer than 4 minutes": integers(tone(241, rate=8_000), bits=8, rate=8_000).bytes(),
        "is silent": integers(silence(10)).bytes(),
        "silent: less than a second": integers(noise(10, level=-70)).bytes(),
        "is silent:": floats(silence(10) + 0.5).bytes(),
        "recording is silent": floats(np.full(160_000, np.nan)).bytes(),
        "nobody who speaks": integers(tone(10, hertz=100)).bytes(),
        "500 samples per second": integers(tone(5), rate=500).bytes(),
    }
    for reason, data in wrong.items():
        assert reason in (await refusal(ann, Upload("sample.wav", data))).text
    assert stored(bot.place, "SELECT * FROM voice") == []
    assert not fish.requests[1:]  # the first is the check of the key


async def test_a_file_announced_as_too_large_is_not_even_fetched(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    sample = Upload("sample.wav", sample_wav(seconds=10), announced_size=20 * MEBIBYTE + 1)
    assert "larger than 20 MiB" in (await refusal(ann, sample)).text
    assert not [request for request in discord.requests if "ephemeral-attachments" in request.path]


@pytest.mark.slow
async def test_a_file_that_is_larger_than_announced_is_refused_all_the_same(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann", nitro=True)
    sample = Upload("sample.wav", sample_wav(seconds=10) + bytes(20 * MEBIBYTE), announced_size=1000)
    assert "larger than 20 MiB" in (await refusal(ann, sample)).text
    assert stored(bot.place, "SELECT * FROM voice") == []


async def test_a_hostile_file_name_names_nothing_but_a_file(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    name = "../../etc/@everyone\r\nX: y\u202e" + "x" * 500
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(filename=name))
    assert report.buttons == ("Create my voice", "Cancel")
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")
    [file] = fish.voice("Grandpa").files
    assert file.name.endswith("xxx.wav")
    assert len(file.name) <= 100
    assert not set("/\\\r\n\u202e") & set(file.name)


async def test_a_file_that_discord_no_longer_has_can_be_attached_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    discord.fails("GET", "/ephemeral-attachments/*", status=404, body=b"This content is no longer available.")
    reply = await refusal(ann, wav())
    assert reply.text == "I could not fetch that file from Discord. Please attach it again."

    discord.fails("GET", "/ephemeral-attachments/*", status=503)
    discord.fails("GET", "/ephemeral-attachments/*", hang_up=True)
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    assert report.buttons == ("Create my voice", "Cancel")


async def test_a_crowd_of_files_of_one_member_delays_nobody_else(discord: Discord, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    files = [discord.holds("GET", "*attachments/*", times=1) for _ in range(3)]
    waiting = [await ann.uses("/voice create", name=f"Voice {n}", sample=wav(), wait=False) for n in range(3)]
    for file in files:
        await file.arrived()
    refused = await ann.uses("/voice create", name="One more", sample=wav())
    assert refused.text.startswith("You have 3 recordings running:")
    assert (await ben.uses("/voice create", name="Grandpa", sample=wav())).buttons
    for file in files:
        file.release()
    assert all([(await use.reply()).buttons for use in waiting])
