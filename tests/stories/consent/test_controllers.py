"""The person who is heard in a voice controls it as its owner does."""

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import make_voice, sentence_of, set_speaker


@pytest.mark.slow
async def test_the_person_heard_uses_shares_and_unshares_a_voice_that_another_made(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, bea, ben = discord.member("Ann"), discord.member("Bea"), discord.member("Ben")
    notice = await make_voice(ann, "Grandpa")
    await set_speaker(bot.place, "Grandpa", bea)
    assert "- “Grandpa”: ready, your voice, made by Ann\n" in (await bea.uses("/voice list")).text
    assert "- “Grandpa”: ready, the voice of Bea, your default\n" in (await ann.uses("/voice list")).text
    shown = await bea.uses("/voice show", voice="Grandpa")
    assert shown.text.startswith("**“Grandpa”** of Bea, made by Ann\n")
    assert shown.text.endswith("- private: only you and Ann can use it")
    assert (await bea.uses("/say", text="Hello")).files, "it is the only voice that she could mean"
    assert (await bea.uses("/voice default", voice="Grandpa")).text.startswith("“Grandpa” is now your default")
    for command in ("/voice rename", "/voice show", "/voice share", "/voice delete"):
        offered = [label for label, _ in await bea.completes(command, "voice", "Gr")]
        assert offered == ([] if command == "/voice rename" else ["Grandpa"])
    assert (await bea.uses("/voice rename", voice="Grandpa", name="Mine")).text == (
        "“Grandpa” belongs to Ann; only they can do that."
    )

    assert (await bea.uses("/voice share", voice="Grandpa")).text.startswith("“Grandpa” is now shared with Aviary")
    assert (await ben.uses("/say", text="Hello", voice="Grandpa")).files
    assert "- “Grandpa” of Bea" in (await ben.uses("/voice list")).text
    await bea.uses("/voice unshare", voice="Grandpa")
    assert sentence_of(await ben.uses("/say", text="Hello", voice="Grandpa")) == (
        "Bea no longer shares “Grandpa” with this server."
    )

    assert shown.buttons == ("Play a preview", "Share in Aviary", "Make default", "Revoke")
    await bea.clicks(await bea.uses("/voice delete", voice="Grandpa"), "Delete it for good")
    await ann.is_told("Bea, who is heard in “Grandpa”, has taken it back.")
    taken_back = "Bea, who is heard in “Grandpa”, has taken it back, so nobody can use it any more."
    assert sentence_of(await ann.uses("/say", text="Hello", voice="Grandpa")) == taken_back
    by_you = "You are heard in “Grandpa” and took it back, so nobody can use it any more."
    assert sentence_of(await bea.uses("/say", text="Hello", voice="Grandpa")) == by_you
    assert (await ann.clicks(notice, "Delete voice")).text.startswith("This voice is gone, or isn't yours.")
