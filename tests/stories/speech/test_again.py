"""**Again** has the same text spoken once more, as a new request of the member who asked for it."""

import pytest

from sandbox.discord import Discord, Member, Permission
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import set_speaker
from tests.stories.stored import stored

UNKNOWN = "This button does nothing any more. `/voice list` shows what you have."


@pytest.mark.slow
@pytest.mark.settings(sound_cache_megabytes=32)
async def test_the_same_text_is_spoken_anew_also_after_a_restart(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    text = f"*Ask* {ben.mention} \\*again\\*:\nat 10:30:45? <:party_bird:123456789012345678> 1. #1 a@b.example"
    first = await ann.uses("/say", text=text, speed=1.25, volume=-6, emotion="very excited")
    spoken = fish.spoken[-1]
    await bot.restarts()

    again = await ann.clicks(first, "Again")
    third = await ann.clicks(again, "Again")

    assert [each.text for each in fish.spoken[-3:]] == [spoken.text] * 3  # not the sound that was at hand
    assert fish.spoken[-1].parameters == spoken.parameters
    assert (again.text, third.text) == (first.text, first.text)
    assert not again.ephemeral
    assert again.files[0].filename == "Grandpa.mp3"
    counted = stored(bot.place, "SELECT characters FROM utterance")
    assert counted == [(len(spoken.text),)] * 3
    quiet = await ann.uses("/say", text="Hello", speed=0.9999999, volume=-0.00001)
    assert (await ann.clicks(quiet, "Again")).files


@pytest.mark.slow
async def test_only_who_asked_for_it_may_and_only_what_is_permitted_then(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    manager = discord.member("Max", permissions=Permission.ordinary() | Permission.MANAGE_GUILD)
    said = await ben.uses("/say", voice="Grandpa", text="Good evening")
    for other in (ann, manager):
        refusal = await other.clicks(said, "Again")
        assert refusal.text.startswith("Only the member who asked for it can have it said again.")
        assert refusal.ephemeral

    form = await manager.clicks(await manager.uses("/server settings"), "Limits and words")
    await manager.fills(form, forbidden_words="evening")
    refusal = await ben.clicks(said, "Again")
    assert refusal.text.startswith("That text holds a word that may not be spoken in this server.")

    form = await manager.clicks(await manager.uses("/server settings"), "Limits and words")
    await manager.fills(form, forbidden_words="")
    await ann.uses("/voice unshare", voice="Grandpa")
    refusal = await ben.clicks(said, "Again")
    assert refusal.text == "Ann no longer shares “Grandpa” with this server."
    assert len(fish.spoken) == 1


async def test_those_who_may_delete_still_may(discord: Discord, ann: Member, bot: BotHere) -> None:
    ben, cem = discord.member("Ben"), discord.member("Cem")
    await set_speaker(bot.place, "Grandpa", cem)
    said = await ben.uses("/say", voice="Grandpa", text="Good evening")
    assert said.buttons == ("Again", "Delete")
    await cem.clicks(said, "Delete")
    assert said.message is not None
    assert said.message.deleted


async def test_a_forged_button_says_nothing_again(discord: Discord, ann: Member, fish: FishAudio) -> None:
    said = await ann.uses("/say", text="Good evening")
    [(sound_id, speed, volume, *_)] = [
        component["custom_id"].split(":")[1:]
        for row in said.message.components  # type: ignore[union-attr]
        for component in row["components"]
        if component["label"] == "Again"
    ]
    for rest in (f"{sound_id}:2:{volume}:", f"{sound_id}:1.1.1:0:", f"{sound_id}:{speed}:{volume}:a:b", "", "é"):
        reply = await ann.forges(said, custom_id=f"mynah-again:{rest}")
        assert (reply.text, reply.ephemeral) == (UNKNOWN, True)
    assert len(fish.spoken) == 1


async def test_a_text_that_the_message_does_not_hold_has_no_such_button(discord: Discord, ann: Member) -> None:
    said = await ann.uses("/say", text="*" * 996 + "\nend")
    assert said.buttons == ("Delete",)
