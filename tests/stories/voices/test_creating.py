"""A WAV becomes a voice: the report, the consent, and what Fish Audio gets."""

import unicodedata
from decimal import Decimal

import numpy as np
import pytest

from sandbox.discord import Discord, Upload
from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound
from sandbox.speech import PASSAGE, sample_wav
from tests.audio.waves import encoded, extensible, floats, integers, other_format
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, asked, make_voice, speech, wav
from tests.stories.stored import stored


@pytest.mark.slow
async def test_the_report_is_private_and_says_what_the_sample_is_like(discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")

    good = await ann.uses("/voice create", name="Good", sample=wav(seconds=12))
    assert good.ephemeral
    assert good.buttons == ("Create my voice", "Cancel")
    title, words, _, figures, *_ = good.text.split("\n")
    assert title == "**Your sample for “Good”**"
    assert words == "12 s ✓ · loud enough · no distortion · few pauses"
    assert figures.startswith("-# 12.0 seconds · 44.1 kHz · mono · loudness -")
    for figure in ("LUFS", "dBFS", "0.0% clipped", "pauses"):
        assert figure in figures
    assert "Nothing to improve" in good.text
    assert "By pressing **Create my voice** you say: This is my own voice. The sample may" in good.text
    assert "permission" not in good.text
    assert "Then name them as `speaker` of `/voice create`" in good.text

    poor = integers(speech(4, rate=8_000, level=12), rate=8_000)
    bad = await ann.uses("/voice create", name="Bad", sample=Upload("poor.wav", poor.bytes()))
    assert "4 s, short · loud enough · distorted · few pauses" in bad.text
    for tip in ("This is short", "The loudest parts are cut off", "telephone quality"):
        assert tip in bad.text


@pytest.mark.slow
async def test_a_recording_of_a_phone_reaches_fish_audio_as_a_wav(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    for name, filename, codec, container in (
        ("Memo", "memo.m4a", "aac", "ipod"),
        ("Web", "web.webm", "libopus", "webm"),
    ):
        spoken = Sound.decode(sample_wav(seconds=11)).at(48_000).samples
        file = other_format(spoken.astype(np.float64), codec, container)
        report = await ann.uses("/voice create", name=name, sample=Upload(filename, file))
        assert "11 s ✓ · loud enough · no distortion · few pauses" in report.text
        assert "48 kHz · mono" in report.text

        await ann.clicks(report, "Create my voice")
        await ann.is_told(f"“{name}” is ready.")
        [sent] = [part for part in asked(fish, "POST")[-1].body.parts if part.name == "voices"]
        assert (sent.filename, sent.content_type) == (f"{name.lower()}.wav", "audio/wav")
        assert sent.data[:4] == b"RIFF"
        assert int.from_bytes(sent.data[24:28], "little") == 44_100


@pytest.mark.slow
async def test_fish_audio_gets_the_sample_after_the_consent_and_not_before(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    sample = Upload("Grandpa at home.WAV", sample_wav(seconds=11))
    report = await ann.uses("/voice create", name="Grandpa", sample=sample, transcript=f"  {PASSAGE}\n")
    assert not fish.voices
    assert stored(bot.place, "SELECT data FROM sample") == [(sample.data,)]

    consent = await ann.clicks(report, "Create my voice")
    assert "“Grandpa” is on its way to Fish Audio" in consent.text
    assert consent.buttons == ()
    await ann.is_told("“Grandpa” is ready.")

    [request] = asked(fish, "POST")
    sent = [(part.name, part.filename, part.content_type, part.data) for part in request.body.parts]
    assert ("voices", "Grandpa_at_home.wav", "audio/wav", sample.data) in sent  # Discord put in the underscores
    texts = {name: data.decode() for name, filename, _, data in sent if filename is None}
    tag = texts.pop("tags")
    assert tag.startswith("mynah-")
    assert texts == {
        "type": "tts",
        "title": "Grandpa",
        "train_mode": "fast",
        "visibility": "private",
        "enhance_audio_quality": "true",
        "texts": PASSAGE,
    }


@pytest.mark.slow
async def test_the_wording_of_the_consent_is_kept_and_the_sample_is_not(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    earlier = bot.clock.now()
    await make_voice(ann, "Grandpa")

    [(member_id, wording, given_at)] = stored(bot.place, "SELECT member_id, wording, given_at FROM consent")
    assert member_id == ann.id
    assert wording.startswith("This is my own voice. The sample may")
    assert earlier <= given_at <= bot.clock.now()
    assert stored(bot.place, "SELECT * FROM sample") == []
    assert sample_wav(seconds=12)[:1000] not in bot.database.read_bytes()


@pytest.mark.slow
async def test_a_report_with_an_older_wording_makes_no_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    assert report.message is not None
    shown = report.message.content
    report.message.content = shown.replace("This is my own voice.", "This is my own voice, or somebody else's.")
    refused = await ann.clicks(report, "Create my voice")
    assert refused.text.startswith("What you are asked to agree to has changed")
    assert stored(bot.place, "SELECT state FROM voice") == [("draft",)]
    report.message.content = shown
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")


@pytest.mark.slow
async def test_every_kind_of_wav_makes_a_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    sound = speech(4)
    streamed = integers(sound).but(sound_size=0xFFFF_FFFF, riff_size=0xFFFF_FFFF)
    kinds = {
        "8 bit": integers(sound, bits=8),
        "24 bit": integers(sound, bits=24),
        "float": floats(sound),
        "192 kHz": integers(speech(4, rate=192_000), rate=192_000),
        "extensible": extensible(integers(sound)),
        "streamed": streamed,
    }
    files = {name: kind.bytes() for name, kind in kinds.items()} | {"A-law": encoded(sound, "pcm_alaw")}
    for name, data in files.items():
        report = await ann.uses("/voice create", name="Any", sample=Upload("any.wav", data))
        assert report.buttons == ("Create my voice", "Cancel"), (name, report.text)


@pytest.mark.slow
async def test_what_fish_audio_gets_is_one_channel_of_16_bits_with_all_of_the_sound_in_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    sound = speech(12, level=9.7)
    recorded = floats(np.stack((sound, -sound), axis=1))

    report = await ann.uses("/voice create", name="Loud", sample=Upload("loud.wav", recorded.bytes()))
    assert "loud enough · no distortion" in report.text
    assert "stereo" in report.text
    assert "peak 9.7 dBFS" in report.text
    assert "made 10.7 dB quieter" in report.text
    assert "Left and right cancel each other out" in report.text
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Loud” is ready.")

    [file] = fish.voice("Loud").files
    kept, whole = (np.frombuffer(data[44:], "<i2") for data in (file.data, integers(speech(12, level=-1)).bytes()))
    assert np.allclose(kept, whole, rtol=0, atol=1)


@pytest.mark.slow
async def test_the_content_of_a_file_counts_whatever_its_name_and_type_say(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    for filename, content_type in (("voice.mp3", "audio/mpeg"), ("voice", None), ("Наполеон.exe", "text/html")):
        sample = Upload(filename, sample_wav(seconds=10), content_type)
        report = await ann.uses("/voice create", name="Grandpa", sample=sample)
        assert report.buttons == ("Create my voice", "Cancel"), report.text

    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")
    [request] = asked(fish, "POST")
    assert [(part.filename, part.content_type) for part in request.body.files] == [("Наполеон.exe.wav", "audio/wav")]


@pytest.mark.slow
async def test_a_name_is_trimmed_composed_and_unique_whatever_its_case(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    report = await ann.uses("/voice create", name=f"  {unicodedata.normalize('NFD', 'Zoë')} ", sample=wav())
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Zoë” is ready.")
    assert fish.voice("Zoë")

    again = await ann.uses("/voice create", name="ZOË", sample=wav())
    assert again.text.startswith("You already have a voice called “ZOË”.")
    others = await ben.uses("/voice create", name="ZOË", sample=wav())
    assert others.buttons == ("Create my voice", "Cancel")

    for name in ("a\nb", "\u202eevil", "a\0b", "   ", "x" * 41):
        refusal = await ann.uses("/voice create", unchecked=True, name=name, sample=wav())
        assert "name" in refusal.text
        assert refusal.buttons == ()
    assert stored(bot.place, "SELECT COUNT(*) FROM voice") == [(2,)]


@pytest.mark.slow
async def test_a_voice_can_be_made_in_the_dm_with_the_bot(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", in_=ann.dm, name="Grandpa", sample=wav())
    await ann.clicks(report, "Create my voice")
    notice = await ann.is_told("“Grandpa” is ready.")
    assert notice.buttons == ("Say something", "Another preview", "Delete voice")

    reply = await ann.uses("/say", in_=ann.dm, text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")


@pytest.mark.slow
@pytest.mark.settings(max_voices_per_member=2)
async def test_voices_that_failed_or_wait_take_a_slot_and_deleted_ones_do_not(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails_training("Broken")
    await ask_for_voice(ann, "Broken")
    failure = await ann.is_told("“Broken” could not be made.")
    await ann.uses("/voice create", name="Draft", sample=wav())

    refusal = await ann.uses("/voice create", name="Third", sample=wav())
    assert refusal.text == "You already have 2 voices, which is the most here. `/voice delete` makes room for another."

    question = await ann.clicks(failure, "Delete voice")
    await ann.clicks(question, "Delete it for good")
    report = await ann.uses("/voice create", name="Third", sample=wav())
    assert report.buttons == ("Create my voice", "Cancel")


@pytest.mark.slow
async def test_without_credit_a_voice_is_made_and_only_its_preview_is_missing(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.credit = Decimal(0)
    notice = await make_voice(ann, "Grandpa")
    assert notice.files == ()
    await discord.owner.is_told("credit is used up")
