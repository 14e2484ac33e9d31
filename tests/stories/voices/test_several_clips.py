"""A sample of up to three clips: checked one by one, agreed to once, heard by whoever decides, and sent as they are."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from sandbox.discord import Discord, Member, Reply, Upload
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound, pitch_of
from sandbox.speech import PASSAGE, sample_wav
from tests.audio.waves import integers, other_format, silence
from tests.stories.consent.test_spoken_consent import asks_for_spoken_consent, heard, is_given_a_sentence, reading
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import asked, until_later
from tests.stories.stored import stored

READY = "“Grandpa” is ready."
CLIPS = """
    SELECT 1 AS number, filename, LENGTH(data) FROM sample
    UNION ALL SELECT number, filename, LENGTH(data) FROM further_clip ORDER BY number
"""
PITCH = 180


def clip(filename: str, *, seconds: float = 6, pitch: float = PITCH) -> Upload:
    return Upload(filename, sample_wav(seconds=seconds, pitch=pitch))


def phone_clip(filename: str, codec: str, container: str, *, seconds: float) -> Upload:
    spoken = Sound.decode(sample_wav(seconds=seconds, pitch=PITCH)).at(48_000).samples
    return Upload(filename, other_format(spoken.astype(np.float64), codec, container))


def three() -> list[Upload]:
    """Return clips in three containers."""
    return [
        clip("kitchen.wav"),
        phone_clip("memo.m4a", "aac", "ipod", seconds=7),
        phone_clip("voice-message.ogg", "libopus", "ogg", seconds=14),
    ]


async def creates(member: Member, clips: Sequence[Upload], **options: Any) -> Reply:
    return await member.uses("/voice create", wait=True, name="Grandpa", **attached(clips), **options)


def attached(clips: Sequence[Upload]) -> dict[str, Any]:
    return {"sample" if number == 1 else f"sample_{number}": each for number, each in enumerate(clips, start=1)}


def files_sent(request: Request) -> list[tuple[str | None, str | None, int]]:
    """Return the names, types and sizes of the files of which Fish Audio was asked to make a voice."""
    parts = [part for part in request.body.parts if part.name == "voices"]
    return [(part.filename, part.content_type, len(part.data)) for part in parts]


@pytest.mark.lasting
@pytest.mark.slow
@pytest.mark.both_engines
async def test_three_clips_become_one_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    silent = Upload("nothing.wav", integers(silence(5)).bytes())
    refused = await creates(ann, [clip("kitchen.wav"), silent])
    assert refused.text.startswith("Clip 2: That recording is silent")
    refused = await creates(ann, three(), transcript=PASSAGE)
    assert refused.text.startswith("A transcript goes with one clip.")
    assert stored(bot.place, CLIPS) == []

    report = await creates(ann, three())
    title, words, _, *figures = report.text.split("\n")
    assert title == "**Your sample for “Grandpa”**"
    assert words == "27 s ✓ · loud enough · no distortion · few pauses"
    assert [line[:10] for line in figures[:3]] == ["-# Clip 1:", "-# Clip 2:", "-# Clip 3:"]
    assert report.text.count("you say: This is my own voice.") == 1
    kept = stored(bot.place, CLIPS)
    sent = [(name, "audio/wav", size) for _, name, size in kept]
    assert [name for name, *_ in sent] == ["kitchen.wav", "memo.wav", "voice-message.wav"]
    export = await ann.uses("/privacy export")
    with ZipFile(BytesIO(export.files[0].data)) as packed:
        sizes = [packed.getinfo(name).file_size for name in packed.namelist() if name.startswith("samples/")]
    assert sorted(sizes) == sorted(size for *_, size in kept)

    fish.fails_next_training(reason="Too much echo")
    await ann.clicks(report, "Create my voice")
    failure = await ann.is_told("“Grandpa” could not be made.")
    said = await ann.uses("/say", text="Good morning")
    [imitated] = fish.spoken[-1].references
    assert Sound.decode(imitated.audio).seconds == pytest.approx(14, abs=1), "of the clip with most speech, all"
    assert len(asked(fish, "POST", template="/v1/asr")) == 1
    assert pitch_of(said.audio) == pytest.approx(PITCH, rel=0.1)
    await ann.clicks(failure, "Retry")
    await ann.is_told(READY)
    assert [files_sent(request) for request in asked(fish, "POST")] == [sent, sent]
    assert not [part for part in asked(fish, "POST")[-1].body.parts if part.name == "texts"]
    said = await ann.uses("/say", text="Good night")
    assert pitch_of(said.audio) == pytest.approx(PITCH, rel=0.1)
    assert stored(bot.place, CLIPS) == []

    lower = [clip("one.wav", pitch=90), clip("two.wav", pitch=100), clip("one again.wav", pitch=90)]
    report = await ann.uses("/voice update", wait=True, voice="Grandpa", **attached(lower))
    assert "- Clip 3 is the same file as clip 1, so I take it once." in report.text
    await ann.clicks(report, "Use this sample")
    await fish.until(lambda: len(asked(fish, "POST")) == 3)
    assert [name for name, *_ in files_sent(asked(fish, "POST")[-1])] == ["one.wav", "two.wav"]
    await bot.until(lambda: not stored(bot.place, CLIPS))
    said = await ann.uses("/say", text="Good night, again")
    assert pitch_of(said.audio) == pytest.approx(95, rel=0.1)


@pytest.mark.slow
async def test_the_person_who_is_heard_hears_all_clips_and_agrees_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    report = await creates(ann, [clip("one.wav"), clip("two.wav", seconds=7)], speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    assert "from these 2 clips. Listen to all first: is it you in each?" in question.text
    assert [file.filename for file in question.files] == ["one.wav", "two.wav"]

    bot.time_passes(hours=25)  # the clips are deleted here, and stand in the message
    await bot.until(lambda: not stored(bot.place, CLIPS))
    await bea.clicks(question, "Approve")
    await ann.is_told(READY)
    assert [name for name, *_ in files_sent(asked(fish, "POST")[-1])] == ["one.wav", "two.wav"]


@pytest.mark.slow
async def test_the_sentence_of_spoken_consent_stands_in_any_of_the_clips(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    await asks_for_spoken_consent(discord, bot.place)
    ann = discord.member("Ann")
    sentence = await is_given_a_sentence(ann)
    refused = await creates(ann, [clip("one.wav"), clip("two.wav", seconds=7)])
    assert refused.text.startswith("That recording does not hold the sentence")
    fish.hears(f"{PASSAGE} {sentence}")  # which it says of all clips, one after the other in one file
    report = await creates(ann, [clip("one.wav"), reading(sentence)])
    assert heard(fish) == 2, "all clips of a sample are listened to at once"
    await ann.clicks(report, "Create my voice")
    await ann.is_told(READY)
    assert len(files_sent(asked(fish, "POST")[-1])) == 2
    assert not [part for part in asked(fish, "POST")[-1].body.parts if part.name == "texts"]


@pytest.mark.slow
async def test_a_text_is_said_once_in_the_voice_of_one_of_the_clips(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    short = Upload("short.wav", sample_wav(seconds=1))
    refused = await ann.uses("/say", text="Hello", sample=clip("one.wav"), sample_3=short)
    assert refused.text.startswith("Clip 3: That recording lasts 1 s")
    clips = [clip("one.wav"), clip("two.wav", seconds=12), clip("three.wav", seconds=7)]
    report = await ann.uses("/say", wait=True, text="Hello", **attached(clips))
    assert "25 s ✓ · loud enough" in report.text
    said = await ann.clicks(report, "Say it")
    [imitated] = fish.spoken[-1].references
    assert imitated.audio == clips[1].data
    assert pitch_of(said.audio) == pytest.approx(PITCH, rel=0.1)


@pytest.mark.slow
async def test_the_first_three_recordings_of_a_message_become_a_voice(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    picture = Upload("me.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    clips = [clip(f"{seconds}.wav", seconds=seconds) for seconds in (5, 6, 7, 8)]
    report = await ann.uses_on("Make this my voice", ann.says("Me", picture, *clips)).reply()
    assert report.text.startswith(
        "There are 4 recordings in that message; these are the first 3.\n**Your sample for “My voice”**\n18 s ✓"
    )
    assert [name for _, name, _ in stored(bot.place, CLIPS)] == ["5.wav", "6.wav", "7.wav"]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["reported", "sending"])
async def test_a_kill_loses_no_clip(
    moment: str, process: BotProcess, next_life: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    clips = [clip("one.wav"), clip("two.wav", seconds=7), clip("three.wav", seconds=8)]
    upload = fish.holds("POST", "/model")
    await process.is_up()
    report = await creates(ann, clips)
    if moment == "sending":
        await ann.clicks(report, "Create my voice")
        await upload.arrived()
    await process.is_killed()

    upload.release()
    await next_life.starts()
    if moment == "reported":
        await ann.clicks(report, "Create my voice")
    await until_later(next_life, lambda: [seen for seen in ann.dm_messages if READY in seen.text], minutes=0.1)
    await until_later(next_life, lambda: not stored(next_life.place, "SELECT id FROM removal"), minutes=1)
    assert len(fish.voices) == 1
    sent = [(each.filename, "audio/wav", len(each.data)) for each in clips]
    assert files_sent(asked(fish, "POST")[-1]) == sent
