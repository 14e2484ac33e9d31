"""A bot's whole life, in which it makes every kind of request to Discord and to Fish Audio at least once."""

from decimal import Decimal
from typing import Any

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.contracts.trust import trust_is_built
from tests.stories.running import BotHere
from tests.stories.speech.delivery.voice_messages import says
from tests.stories.steps import as_, ask_for_voice, asked, make_voice, until_answered, wav


async def whole_life(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await _two_voices_are_trained_side_by_side(fish, ann, ben)
    await _voices_are_looked_at_and_changed(ann, ben)
    await _they_speak_and_are_shared(discord, fish, ann, ben)
    await _buttons_are_pressed(ann, ben)
    await _trainings_go_wrong(discord, fish, bot, ben)
    await _notices_are_hard_to_deliver(discord, bot, ann)
    await _the_host_is_told(discord, fish, ann)
    await trust_is_built(discord, fish, bot, ann)
    await _voices_are_deleted(fish, ann, ben)


async def _two_voices_are_trained_side_by_side(fish: FishAudio, ann: Member, ben: Member) -> None:
    fish.lists_lag(reads=1)
    fish.trains = "slowly"
    report = await ann.uses("/voice create", name="Grandma", sample=wav(), transcript="When the sunlight strikes.")
    await ann.clicks(report, "Create my voice")
    await ask_for_voice(ben, "Grandpa")
    for member in (ann, ben):
        assert (await member.uses("/say", text="I can speak already")).audio
    await fish.until(lambda: asked(fish, "GET") and asked(fish, "GET", template="/model/{id}"))
    for member, name in ((ann, "Grandma"), (ben, "Grandpa")):
        fish.finishes_training(name)
        await member.is_told(f"“{name}” is ready.")
    fish.trains = "at once"


async def _voices_are_looked_at_and_changed(ann: Member, ben: Member) -> None:
    assert await ann.completes("/voice show", "voice", "gr")
    await ann.uses("/voice list")
    await ann.uses("/voice show", voice="Grandma")
    await ann.uses("/voice default", voice="Grandma")
    await ann.uses("/voice default", voice="Grandma", here=True)
    await ann.uses("/voice pronounce", word="nginx", **as_("engine x"))
    await ann.uses("/voice rename", voice="Grandma", name="Oma")
    await ann.uses("/voice rename", voice="Oma", name="Grandma")
    clips: dict[str, Any] = {"sample": wav(), "sample_2": wav(seconds=6), "sample_3": wav(seconds=7)}
    await ann.clicks(await ann.uses("/voice update", wait=True, voice="Grandma", **clips), "Use this sample")
    await ann.is_told("“Grandma” speaks with its new sample now.")
    report = await ben.uses("/voice create", name="Second thoughts", sample=wav())
    await ben.clicks(report, "Cancel")


async def _they_speak_and_are_shared(discord: Discord, fish: FishAudio, ann: Member, ben: Member) -> None:
    await ann.uses("/voice share", voice="Grandma")
    text = f"**Hello** {ann.mention} in <#{discord.server.channels[0].id}>: <t:0:R> @everyone"
    said = await ben.uses("/say", text=text, voice="Grandma", speed=1.5, volume=-6)
    assert said.audio
    assert (await ben.clicks(said, "Again")).audio
    assert (await ann.uses_on("Say this in my voice", ben.says(f"Tea, {ann.mention}?")).reply()).audio
    assert await ann.completes("/say", "emotion", "hap")
    take = await ann.uses("/say", text=text, emotion="happy", preview=True)
    await ann.clicks(await ann.clicks(take, "Another take"), "Discard")
    assert (await ann.clicks(take, "Post it")).audio
    await ann.uses("/voice unshare", voice="Grandma")
    assert (await ben.uses("/say", text="Hello", voice="Grandma")).ephemeral
    assert (await ann.uses("/say", text="Hello", in_=ann.dm)).audio
    await ann.clicks((await says(ann, "Hello"))[-1].caption, "Delete")
    report = await ben.uses("/say", text="Only this once", sample=wav())
    assert (await ben.clicks(report, "Say it")).audio
    fish.fails("POST", "/v1/tts", status=400, body={"status": 400, "message": "Reference not found"})
    assert (await ann.uses("/say", text="Hello")).ephemeral  # "thinking…" goes, and a private sentence comes


async def _buttons_are_pressed(ann: Member, ben: Member) -> None:
    notice = await make_voice(ann, "Third")
    for label in ("Make default", "Share in Aviary", "Say something", "Another preview", "Delete voice"):
        await ann.clicks(notice, label)
    await ben.forges(notice, custom_id="mynah:delete-now:0123456789abcdef")
    await ben.forges(notice, custom_id="who knows")
    question = await ann.uses("/voice delete", voice="Third")
    await ann.clicks(question, "Keep it")


async def _trainings_go_wrong(discord: Discord, fish: FishAudio, bot: BotHere, ben: Member) -> None:
    fish.fails_training("Echo", reason="Too much echo")
    await ask_for_voice(ben, "Echo")
    failed = await ben.is_told("“Echo” could not be made.")
    await ben.clicks(failed, "Retry")
    await ben.is_told("“Echo” is ready.")
    fish.hangs_up_after("POST", "/model")
    await ask_for_voice(ben, "Lost")
    await fish.until(lambda: "Lost" in [voice.title for voice in fish.voices])
    await ben.uses("/voice list")  # meanwhile the bot has noticed that nobody answers
    bot.time_passes(seconds=15)
    await ben.is_told("“Lost” is ready.")
    fish.gets_stuck()
    await ask_for_voice(ben, "Stuck")
    await fish.until(lambda: "Stuck" in [voice.title for voice in fish.voices if voice.state == "training"])
    bot.time_passes(minutes=6)
    await ben.is_told("timed out")
    await fish.until(lambda: "Stuck" in [voice.title for voice in fish.deleted])


async def _notices_are_hard_to_deliver(discord: Discord, bot: BotHere, ann: Member) -> None:
    ann.closes_dms()
    await make_voice(ann, "Through the channel")
    ann.opens_dms()
    discord.fails("POST", f"/channels/{ann.dm.id}/messages", after_work=True, hang_up=True)
    await make_voice(ann, "Said once")
    await ann.uses("/voice list")  # meanwhile the bot has noticed that nobody answered
    bot.time_passes(minutes=3)
    await until_answered(discord, "GET", f"/channels/{ann.dm.id}/messages", status=200)


async def _the_host_is_told(discord: Discord, fish: FishAudio, ann: Member) -> None:
    fish.credit = Decimal(0)
    await ann.uses("/say", text="Hello", voice="Grandma")
    await discord.owner.is_told("credit is used up")
    fish.credit = Decimal(10)


async def _voices_are_deleted(fish: FishAudio, ann: Member, ben: Member) -> None:
    question = await ann.uses("/voice delete", voice="Grandma")
    await ann.clicks(question, "Delete it for good")
    await fish.until(lambda: "Grandma" in [voice.title for voice in fish.deleted])
