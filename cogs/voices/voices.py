"""`/voice`: a member's own voices."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.discord.replies import answer
from bot.models.sounds import PostAs
from bot.services import Services
from bot.services.common.wording import quoted
from bot.services.text.pronunciation import LONGEST_SPOKEN, LONGEST_WORD
from bot.services.voices.drafts import LONGEST_TRANSCRIPT
from cogs.common.autocomplete import controlled_voices, owned_voices, trained_voices, usable_voices
from cogs.common.cards import list_card, pronunciation_card
from cogs.common.context import PostedAs, member_of, speaker_of
from cogs.voices.buttons import Action, buttons
from cogs.voices.clicks import delete_question
from cogs.voices.drafting import show_draft, show_update
from cogs.voices.messages import shown_message

_REMEMBERED = {
    PostAs.FILE: "Everywhere, your sounds are posted as files.",
    PostAs.VOICE_MESSAGE: "Everywhere, your sounds are posted as voice messages, where those are allowed.",
}

VoiceName = app_commands.Range[str, 1, 40]


class Voices(commands.GroupCog, group_name="voice", group_description="Your own voices, and those shared with you"):
    def __init__(self, services: Services) -> None:
        self._drafts = services.drafts
        self._pronunciations = services.pronunciations
        self._requests = services.consent_requests
        self._utterances = services.utterances
        self._voices = services.voices

    @app_commands.command()
    @app_commands.describe(
        name="What to call the voice",
        sample="You speaking alone, in a WAV, MP3, M4A, Ogg, FLAC or WebM: best 10 to 30 seconds",
        sample_2="A second clip of the same person, if you have one",
        sample_3="A third clip of the same person",
        speaker="Whose voice it is, if not yours; they are asked before anything is made of it",
        transcript="What is said in a single sample, word for word; makes the voice a little better",
    )
    async def create(
        self,
        interaction: Interaction,
        name: VoiceName,
        sample: discord.Attachment,
        transcript: app_commands.Range[str, 1, LONGEST_TRANSCRIPT] | None = None,
        speaker: discord.Member | discord.User | None = None,
        sample_2: discord.Attachment | None = None,
        sample_3: discord.Attachment | None = None,
    ) -> None:
        """Make a voice from a recording of you"""
        heard, clips = speaker_of(speaker) if speaker else None, (sample, sample_2, sample_3)
        await show_draft(interaction, self._drafts, name=name, clips=clips, transcript=transcript, speaker=heard)

    @app_commands.command()
    @app_commands.describe(
        voice="The voice that gets a new sample; it speaks as before until that is trained",
        sample="A recording of the same person, as for `/voice create`",
        sample_2="A second clip of the same person, if you have one",
        sample_3="A third clip of the same person",
        transcript="What is said in a single sample, word for word; makes the voice a little better",
    )
    @app_commands.autocomplete(voice=owned_voices)
    async def update(
        self,
        interaction: Interaction,
        voice: str,
        sample: discord.Attachment,
        transcript: app_commands.Range[str, 1, LONGEST_TRANSCRIPT] | None = None,
        sample_2: discord.Attachment | None = None,
        sample_3: discord.Attachment | None = None,
    ) -> None:
        """Give one of your voices a new sample"""
        clips = (sample, sample_2, sample_3)
        await show_update(interaction, self._drafts, voice=voice, clips=clips, transcript=transcript)

    @app_commands.command()
    async def list(self, interaction: Interaction) -> None:
        """Show your voices and those shared with this server"""
        member = member_of(interaction)
        controlled, shared = await self._voices.overview(member, interaction.guild_id)
        asked = await self._requests.asked_of(member.id)
        await answer(interaction, list_card(controlled, asked, shared, member.id, server=interaction.guild))

    @app_commands.command()
    @app_commands.describe(voice="The voice to look at")
    @app_commands.autocomplete(voice=usable_voices)
    async def show(self, interaction: Interaction, voice: str) -> None:
        """Show one voice: its state, where it is shared, what went wrong"""
        member = member_of(interaction)
        details = await self._voices.show(voice, member, interaction.guild_id)
        uses = await self._utterances.lately(details.voice) if details.voice.is_controlled_by(member.id) else []
        message = shown_message(details, uses, member.id, server=interaction.guild, bot=interaction.client)
        await answer(interaction, message.text, view=message.view)

    @app_commands.command()
    @app_commands.describe(voice="The voice to rename", name="What to call it from now on")
    @app_commands.autocomplete(voice=owned_voices)
    async def rename(self, interaction: Interaction, voice: str, name: VoiceName) -> None:
        """Give one of your voices another name"""
        before, after = await self._voices.rename(member_of(interaction), interaction.guild_id, voice, name)
        await answer(interaction, f"{quoted(before.name)} is now called {quoted(after.name)}.")

    @app_commands.command()
    @app_commands.describe(
        voice="The voice that speaks when you name none",
        here="True: only in this server. False: in every server",
        as_="How your sounds are posted in every server if you leave out `as` of /say",
    )
    @app_commands.rename(as_="as")
    @app_commands.autocomplete(voice=trained_voices)
    async def default(
        self, interaction: Interaction, voice: str, here: bool = False, as_: PostedAs | None = None
    ) -> None:
        """Choose the voice that speaks when you name none"""
        member, guild_id, post_as = member_of(interaction), interaction.guild_id, PostAs(as_) if as_ else None
        chosen = await self._voices.make_default(voice, member, guild_id, only_here=here, post_as=post_as)
        where = "your default in this server: here" if here else "your default:"
        told = f"{quoted(chosen.name)} is now {where} `/say` uses it when you name no voice."
        await answer(interaction, told if post_as is None else f"{told} {_REMEMBERED[post_as]}")

    @app_commands.command()
    @app_commands.describe(word="A word of your texts", said="How it is said; leave it out to have it read as written")
    @app_commands.rename(said="as")
    async def pronounce(
        self,
        interaction: Interaction,
        word: app_commands.Range[str, 1, LONGEST_WORD],
        said: app_commands.Range[str, 1, LONGEST_SPOKEN] | None = None,
    ) -> None:
        """Choose how a word is said in what you have spoken"""
        member = member_of(interaction)
        if said is None:
            taken_back = await self._pronunciations.take_back(member, word)
            outcome = f"{quoted(taken_back.word)} is said in your texts as the voice reads it."
        else:
            decided = await self._pronunciations.pronounce(member, word, said)
            outcome = f"{quoted(decided.word)} is now said {quoted(decided.spoken)} in your texts."
        await answer(interaction, pronunciation_card(outcome, await self._pronunciations.of(member)))

    @app_commands.command()
    @app_commands.describe(voice="The voice to delete")
    @app_commands.autocomplete(voice=controlled_voices)
    async def delete(self, interaction: Interaction, voice: str) -> None:
        """Delete one of your voices, here and at Fish Audio"""
        found = await self._voices.find_controlled(voice, member_of(interaction), interaction.guild_id)
        await answer(interaction, delete_question(found), view=buttons(found.id, Action.DELETE_NOW, Action.KEEP))


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Voices(bot.services))
