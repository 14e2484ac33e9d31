"""**Say this in my voice** on a message speaks its text, and says whose words they are."""

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere

MENU_ENTRY = "Say this in my voice"


async def test_a_message_is_spoken_as_say_would_and_its_author_is_named(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("*Ben* · [message](https://discord.com/channels/1/2/3) of Cem")
    garden, birds = discord.add_channel("garden"), discord.add_role("Birds")
    message = ben.says(f"**Meet** {ann.mention} in <#{garden.id}> & <@&{birds.id}>\n||now||")

    said = await ann.uses_on(MENU_ENTRY, message).reply()

    assert fish.made(said.audio, text="Meet Ann in garden & Birds\nnow", voice="Grandpa"), fish.spoken[-1].text
    link = f"https://discord.com/channels/{discord.server.id}/{message.channel.id}/{message.id}"
    author = "\\*Ben\\* · \\[message\\](https\\://discord\\.com/channels/1/2/3) of Cem"
    assert said.text.splitlines()[-1] == (
        f"-# “Grandpa” · synthetic voice of Ann · asked for by Ann · [message]({link}) of {author}"
    )
    assert said.message is not None
    assert not said.message.pinged
    again = await ann.clicks(said, "Again")
    assert again.text == said.text
    assert fish.spoken[-1].text == fish.spoken[-2].text


async def test_the_rules_for_texts_hold_and_managers_can_switch_it_off(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    message = ben.says("a rude word")
    said = await ann.uses_on(MENU_ENTRY, ben.says("Good evening")).reply()

    await mia.fills(await mia.clicks(await mia.uses("/server settings"), "Limits and words"), forbidden_words="rude")
    refusal = await ann.uses_on(MENU_ENTRY, message).reply()
    assert refusal.text.startswith("That text holds a word that may not be spoken in this server.")

    panel = await mia.clicks(await mia.uses("/server settings"), "Forbid speaking messages")
    assert "- **Say this in my voice** on messages: not allowed" in panel.text
    for refused in (await ann.uses_on(MENU_ENTRY, ben.says("Hello")).reply(), await ann.clicks(said, "Again")):
        assert refused.text == (
            "This server's managers don't allow messages to be spoken. `/say` speaks what you type."
        )
        assert refused.ephemeral
    assert (await ann.uses("/say", text="Hello")).audio
    await mia.clicks(panel, "Allow speaking messages")
    assert (await ann.uses_on(MENU_ENTRY, ben.says("Hello")).reply()).audio


async def test_a_rule_that_changes_while_fish_audio_speaks_holds(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    speech = fish.holds("POST", "/v1/tts")
    use = ann.uses_on(MENU_ENTRY, ben.says("Hello"))
    await speech.arrived()
    await mia.clicks(await mia.uses("/server settings"), "Forbid speaking messages")
    speech.release()
    refusal = await use.reply()
    assert refusal.text.startswith("This server's managers don't allow messages to be spoken.")
    assert not refusal.files


async def test_a_message_without_text_and_one_of_the_bot_are_explained(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    said = await ann.uses("/say", text="Hello")
    refusal = await ann.uses_on(MENU_ENTRY, said).reply()
    assert refusal.text == "That message is one of mine. `/say` speaks what you type."
    for text, sentence in (
        ("🦜", "There is nothing in that text that can be said aloud."),
        ("a" * 1001, "A text has at"),
    ):
        refusal = await ann.uses_on(MENU_ENTRY, ann.says(text)).reply()
        assert refusal.text.startswith(sentence)
    picture = ann.says("x")
    picture.content = ""  # as of a message that is a file alone
    refusal = await ann.uses_on(MENU_ENTRY, picture).reply()
    assert refusal.text.startswith("There is no text in that message.")
    assert len(fish.spoken) == 1
