"""A server's managers set who may create and speak there, where, how much and what."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bot.clock import Clock
from bot.errors import UserError
from bot.models.common import Member, Place
from bot.services.servers.rules import Limits, RulesService
from bot.storage.engine.opening import open_database
from bot.storage.servers.rules import RulesStore
from sandbox.discord import Discord, Refused, Reply
from sandbox.discord import Member as Person
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import copy_voice, has_voice, make_voice, sentence_of, wav
from tests.stories.stored import stored

CREATORS, SPEAKERS, CHANNELS = "mynah-server:creators", "mynah-server:speakers", "mynah-server:channels"


async def opens_panel(manager: Person) -> Reply:
    return await manager.uses("/server settings")


@pytest.mark.slow
@pytest.mark.both_engines
async def test_the_private_settings_panel_works_for_managers_also_after_a_restart(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, ann = discord.manager("Mia"), discord.member("Ann")
    singers = discord.add_role("Singers")
    await make_voice(ann, "Grandpa")
    with pytest.raises(Refused):
        await ann.uses("/server settings")

    panel = await opens_panel(mia)
    assert panel.ephemeral
    assert "- Voices are created by everybody\n- `/say` is used by everybody\n- Where: in every channel" in panel.text
    assert "Shared voices: allowed" in panel.text
    assert "Words that may not be spoken: none" in panel.text

    panel = await mia.chooses(panel, singers, menu=CREATORS)
    panel = await mia.chooses(panel, singers, menu=SPEAKERS)
    panel = await mia.chooses(panel, discord.server.channels[0], menu=CHANNELS)
    assert mia.sees_chosen(panel, CREATORS) == mia.sees_chosen(panel, SPEAKERS) == ["Singers"]
    assert f"Where: <#{discord.server.channels[0].id}>" in panel.text
    denied = await ann.uses("/say", text="Hello")
    assert sentence_of(denied) == f"`/say` can be used in this server only by members with <@&{singers.id}>."
    assert denied.ephemeral
    denied = await ann.uses("/voice create", name="Other", sample=wav())
    assert denied.text == f"Voices can be created in this server only by members with <@&{singers.id}>."
    ann.gets(singers)
    stage = discord.add_channel("stage")
    denied = await ann.uses("/say", text="Hello", in_=stage)
    assert sentence_of(denied) == f"I can be used for that in <#{discord.server.channels[0].id}>. Try it again there."
    assert (await ann.uses("/say", text="Hello")).files

    await bot.restarts()
    ben = discord.member("Ben")
    ben.gets(singers)
    await ann.uses("/voice share", voice="Grandpa")
    assert (await ben.uses("/say", voice="Grandpa", text="Hello")).files
    panel = await mia.clicks(panel, "Forbid sharing")
    assert "Shared voices: not allowed, nor can earlier ones be used" in panel.text
    refused = await ben.uses("/say", voice="Grandpa", text="Hello")
    assert sentence_of(refused) == "This server's managers don't allow shared voices here. Use a voice of your own."
    assert "don't allow voices to be shared here" in (await ann.uses("/voice share", voice="Grandpa")).text
    panel = await mia.clicks(panel, "Ask for spoken consent")
    assert "Spoken consent for a new voice: asked for" in panel.text
    panel = await mia.chooses(panel, menu=CREATORS)
    assert "Voices are created by everybody" in panel.text


@pytest.mark.settings(max_text_length=200, daily_characters_per_member=0, daily_characters_total=9_000)
async def test_the_panel_shows_the_limits_that_hold_and_whose_they_are(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia = discord.manager("Mia")
    panel = await opens_panel(mia)
    assert (
        "- A text: up to 200 characters (set by the bot's host)\n- A member: without limit\n"
        "- All members together: up to 9,000 characters a day in all servers together (set by the bot's host)\n"
    ) in panel.text
    form = await mia.clicks(panel, "Limits and words")
    panel = await mia.fills(form, longest_text="500", member_characters="300", server_characters="10000")
    assert (
        "- A text: up to 200 characters (set by the bot's host)\n"
        "- A member: up to 300 characters a day here (set by this server)\n"
        "- All members together: up to 9,000 characters a day in all servers together (set by the bot's host)\n"
    ) in panel.text


@pytest.mark.slow
async def test_limits_and_words_are_typed_into_a_form_that_outlives_a_restart(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, ann = discord.manager("Mia"), discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    form = await mia.clicks(await opens_panel(mia), "Limits and words")
    await bot.restarts()
    panel = await mia.fills(form, longest_text="20", member_characters="1,500", forbidden_words="Fiddle\nbad  word")
    assert "- A text: up to 20 characters here (set by this server)\n" in panel.text
    assert (
        "- A member: up to 1,500 characters a day here (set by this server), and up to 5,000 a day in all servers "
        "together (set by the bot's host)\n- All members together: without limit\n"
    ) in panel.text
    assert "Words that may not be spoken: 2" in panel.text
    form = await mia.clicks(panel, "Limits and words")
    assert "Fiddle\\nbad word" in str(form.modal).replace("bad word\\nFiddle", "Fiddle\\nbad word")

    long = await ann.uses("/say", text="One two three four five")
    assert sentence_of(long) == "A text has at most 20 characters in this server; yours has 23. Please shorten it."
    for text in ("f1ddle!", "b@d wоrd", "fid||**dle**||"):
        refused = await ann.uses("/say", text=text)
        assert (
            sentence_of(refused)
            == "That text holds a word that may not be spoken in this server. Please say it otherwise."
        )
    assert (await ann.uses("/say", text="Fiddlesticks")).files
    assert (await ann.uses("/say", text="Fiddle, and a long text", in_=ann.dm)).files, "a DM has no rules"

    for typed in ("1.5", "a lot"):
        wrong = await mia.fills(form, longest_text=typed)
        assert wrong.text == f"“{typed}” is not a number. Write one such as 500, or leave it empty for no limit."
    assert wrong.ephemeral
    assert stored(bot.place, "SELECT longest_text FROM server") == [(20,)]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_managers_see_and_remove_what_is_shared_here(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    mia, ann, ben = discord.manager("Mia"), discord.member("Ann"), discord.member("Ben")
    assert (await mia.uses("/server voices")).text == "**Voices that are shared with this server**\nNone."
    await has_voice(bot, fish, ann, "Grandpa")
    await copy_voice(bot.place, "Grandpa", ["Grandma"])
    await ann.uses("/voice share", voice="Grandpa")
    with_ben: dict[str, Any] = {"with": ben.user}
    await ann.uses("/voice share", in_=None, wait=True, voice="Grandma", **with_ben)

    shown = await mia.uses("/server voices")
    assert f"- “Grandpa” of Ann ({ann.mention}), for this server" in shown.text
    assert f"- “Grandma” of Ann ({ann.mention}), for {ben.mention}" in shown.text
    assert shown.ephemeral
    forged = await ben.forges(shown, custom_id="mynah-server:remove", values=("0" * 16,))
    assert forged.text.startswith("Only members who may manage this server")
    [(voice_id,)] = stored(bot.place, "SELECT id FROM voice WHERE name = 'Grandpa'")
    shown = await mia.chooses(shown, voice_id)
    assert "Grandpa" not in shown.text
    assert "Grandma" in shown.text
    [(_, offered)] = await mia.completes("/server voices", "remove", "gran")
    removed = await mia.uses("/server voices", remove=offered)
    assert removed.text == "“Grandma” is no longer shared with this server."
    assert (await mia.uses("/server voices", remove="Grandma")).text.startswith("There is no such voice")
    assert (await ben.uses("/say", text="Hello", voice="Grandma")).ephemeral


@pytest.mark.slow
async def test_a_blocked_member_can_do_nothing_and_forged_clicks_change_nothing(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, ann, moe = discord.manager("Mia"), discord.member("Ann"), discord.manager("Moe")
    await has_voice(bot, fish, ann, "Grandpa")
    draft = await ann.uses("/voice create", name="Draft", sample=wav())
    assert "can't use me in this server any more" in (await mia.uses("/server block", member=ann)).text
    assert (await mia.uses("/server block", member=ann)).text.startswith("Ann is blocked already.")

    blocked = "This server's managers have blocked you from using me here; only they can end that."
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/voice create", {"name": "Other", "sample": wav()}),
        ("/voice share", {"voice": "Grandpa"}),
        ("/voice default", {"voice": "Grandpa"}),
        ("/say", {"text": "Hello"}),
    )
    for command, options in attempts:
        refused = await ann.uses(command, in_=None, wait=True, **options)
        assert refused.text.startswith(blocked), command
    assert (await ann.clicks(draft, "Create my voice")).text.startswith(blocked)
    [(voice_id,)] = stored(bot.place, "SELECT id FROM voice WHERE name = 'Grandpa'")
    assert (await ann.forges(draft, custom_id=f"mynah:retry:{voice_id}")).text.startswith(blocked)
    assert "“Grandpa”: ready" in (await ann.uses("/voice list")).text
    assert (await ann.uses("/say", text="Hello", in_=ann.dm)).files, "blocked here, not elsewhere"

    panel = await opens_panel(mia)
    for custom_id, values in (("sharing-off", None), ("limits", None), ("speakers", ("1",)), ("log", ())):
        forged = await ann.forges(panel, custom_id=f"mynah-server:{custom_id}", values=values)
        assert forged.text == "Only members who may manage this server can do that. Ask one of them.", custom_id
        assert forged.ephemeral
    for custom_id, values in (("nonsense", None), ("speakers", ("1",)), ("speakers", None)):
        forged = await mia.forges(panel, custom_id=f"mynah-server:{custom_id}", values=values)
        assert forged.text.startswith("That does nothing any more."), custom_id
    assert not stored(bot.place, "SELECT * FROM server_grant")
    assert not stored(bot.place, "SELECT * FROM server WHERE NOT sharing_allowed")

    for target, sentence in (
        (mia, "You can't block yourself."),
        (moe, "Moe may manage this server too, so they can't be blocked."),
        (discord.world.application.bot, "is a bot and can't use me anyway."),
    ):
        assert sentence in (await mia.uses("/server block", member=target)).text
    assert (await mia.uses("/server unblock", member=ann)).text == "Ann can use me in this server again."
    assert (await mia.uses("/server unblock", member=ann)).text == "Ann is not blocked here."
    assert (await ann.uses("/say", text="Hello")).files


HERE, SINGER = 7, 70
MIA = Member(id=1, name="Mia", is_manager=True)
ANN = Member(id=2, name="Ann", role_ids=frozenset({SINGER}))


@pytest.fixture
async def rules(tmp_path: Path) -> AsyncGenerator[RulesService]:
    async with open_database(f"sqlite:///{tmp_path}/mynah.db") as database:
        yield RulesService(RulesStore(database), Clock())


def limits(*words: str, longest_text: int | None = None) -> Limits:
    return Limits(longest_text=longest_text, member_characters=None, server_characters=None, forbidden_words=words)


async def test_only_managers_change_rules_and_only_to_what_can_be_kept(rules: RulesService) -> None:
    for attempt in (
        rules.shown_to(ANN, HERE),
        rules.let_create(ANN, HERE, [SINGER]),
        rules.let_speak(ANN, HERE, [SINGER]),
        rules.use_channels(ANN, HERE, [8]),
        rules.log_to(ANN, HERE, 8),
        rules.allow_shares(ANN, HERE, allowed=False),
        rules.ask_for_spoken_consent(ANN, HERE, asked_for=True),
        rules.limit(ANN, HERE, limits("word")),
        rules.block(ANN, HERE, MIA, is_bot=False),
        rules.unblock(ANN, HERE, MIA),
    ):
        with pytest.raises(UserError, match="Only members who may manage this server can do that"):
            await attempt
    for wrong, sentence in (
        (limits(longest_text=0), "A limit is a number from 1 to"),
        (limits(longest_text=10**9), "A limit is a number from 1 to"),
        (limits(*(f"word{number}" for number in range(101))), "At most 100 words can be forbidden; these are 101"),
        (limits(*(f"{'w' * 47}{number}" for number in range(100, 200))), "at most 4000 characters together"),
        (limits("w" * 51), "at most 50 characters"),
        (limits("…"), "needs a letter or a digit"),
        (limits("a\u202eb"), "needs a letter or a digit"),
    ):
        with pytest.raises(UserError, match=sentence):
            await rules.limit(MIA, HERE, wrong)
    with pytest.raises(UserError, match="At most 25"):
        await rules.let_speak(MIA, HERE, range(26))
    await rules.let_speak(MIA, HERE, [SINGER, HERE])
    assert (await rules.of(HERE)).say_roles == frozenset(), "the role @everyone has the server's id"


async def test_a_thread_counts_as_its_channel(rules: RulesService) -> None:
    await rules.use_channels(MIA, HERE, [8])
    await rules.allow_creating(ANN, Place(guild_id=HERE, channel_id=9, parent_id=8))
    with pytest.raises(UserError, match="I can be used for that in <#8>"):
        await rules.allow_creating(ANN, Place(guild_id=HERE, channel_id=9))
