"""Words are said as a server's managers and a member have decided, and shown as they were typed."""

import io
import json
import zipfile

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.servers.test_refused_forms import filled
from tests.stories.steps import as_
from tests.stories.stored import stored


@pytest.mark.slow
@pytest.mark.both_engines
async def test_managers_decide_for_a_server_and_members_for_their_own_texts(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    form = await mia.uses("/server pronunciations")
    assert filled(form) == {"words": ""}
    refused = await mia.fills(form, words="nginx = engine x\nGIF")
    assert (refused.buttons, refused.ephemeral) == (("Correct",), True)
    assert refused.text == "Line 2 has no “=”. Write “word = say it like this”."
    form = await mia.clicks(refused, "Correct")
    assert filled(form) == {"words": "nginx = engine x\nGIF"}
    done = await mia.fills(form, words="nginx = engine x\nGIF = jif")
    assert done.text.startswith("2 words are now said here as you wrote them.")
    assert filled(await mia.uses("/server pronunciations")) == {"words": "GIF = jif\nnginx = engine x"}
    assert "- Words with a pronunciation of this server: 2" in (await mia.uses("/server settings")).text

    reply = await ben.uses("/say", text="**Nginx** shows a gif", voice="Grandpa")
    assert "Nginx" in reply.text.splitlines()[0]
    assert reply.text.splitlines()[0].endswith(" shows a gif")
    assert fish.made(reply.audio, text="engine x shows a jif")

    own = await ben.uses("/voice pronounce", word="GIF", **as_("ghif"))
    assert own.text == "“GIF” is now said “ghif” in your texts.\n**Your words**\n- “GIF” as “ghif”"
    assert fish.made((await ben.uses("/say", text="A gif", voice="Grandpa")).audio, text="A ghif")
    assert fish.made((await ann.uses("/say", text="A gif", voice="Grandpa")).audio, text="A jif")
    assert fish.made((await ann.uses("/say", text="A gif", in_=ann.dm)).audio, text="A gif")
    await ben.uses("/voice pronounce", word="gif")
    assert fish.made((await ben.uses("/say", text="A gif", voice="Grandpa")).audio, text="A jif")
    again = await ben.uses("/voice pronounce", word="gif")
    assert again.text.startswith("You have not decided how “gif” is said.")


@pytest.mark.slow
async def test_a_pronunciation_is_no_way_round_forbidden_words(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    mia = discord.manager("Mia")
    form = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    await mia.fills(form, forbidden_words="fiddle faddle")
    await ann.uses("/voice pronounce", word="apple", **as_("fiddle"))
    await ann.uses("/voice pronounce", word="pie", **as_("faddle"))
    await ann.uses("/voice pronounce", word="fiddle", **as_("violin"))

    for text in ("An apple pie", "Fiddle faddle"):
        refused = await ann.uses("/say", text=text)
        assert refused.text.startswith("That text holds a word that may not be spoken in this server.")
    assert (await ann.uses("/say", text="A pie, an apple")).files


@pytest.mark.slow
async def test_a_text_that_grows_too_long_by_its_pronunciations_is_refused(
    fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    await ann.uses("/voice pronounce", word="a", **as_("b" * 50))
    assert (await ann.uses("/say", text="a")).files
    before = len(fish.requests)
    refused = await ann.uses("/say", text="a " * 500)
    assert "that text has 25499 characters; it may have 3000. Please shorten it." in refused.text
    refused = await ann.uses("/say", text="\ufdfa" * 1000)  # one character, which stands for eighteen
    assert "that text has 18000 characters; it may have 3000. Please shorten it." in refused.text
    assert len(fish.requests) == before


async def test_what_a_member_decided_is_in_their_export_and_goes_with_them(
    discord: Discord, bot: BotHere, ann: Member
) -> None:
    await ann.uses("/voice pronounce", word="nginx", **as_("engine x"))
    archive = zipfile.ZipFile(io.BytesIO((await ann.uses("/privacy export")).files[0].data))
    document = json.loads(archive.read("mynah.json"))
    assert [(each["word"], each["spoken"]) for each in document["member_pronunciation"]] == [("nginx", "engine x")]
    await ann.clicks(await ann.uses("/privacy erase"), "Delete everything")
    assert stored(bot.place, "SELECT * FROM member_pronunciation") == []
