"""`/privacy`: shows, exports and erases what is stored about a member, and lets them refuse to be cloned."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.clock import DAY, HOUR, MINUTE
from bot.discord.client import Interaction, Mynah
from bot.discord.files import OutgoingFile
from bot.discord.first_response import if_slow
from bot.discord.replies import answer, update
from bot.errors import UserError
from bot.models.consent import Cloning
from bot.services import Services
from bot.services.common.wording import counted, plain
from bot.services.members.notices import GIVEN_UP_AFTER
from bot.services.provenance.tracing import RECORDS_KEPT as USES_KEPT
from bot.services.speech.allowances import KEPT_DAYS
from bot.services.speech.delivery.takes import KEPT as TAKES_KEPT
from bot.services.voices.voices import RETIRED_NAMES_KEPT
from bot.storage.common.samples import SAMPLE_KEPT
from cogs.common.forms import forget_forms
from cogs.common.persistent import UnknownButton, persistent_view, register

ERASE = "mynah-erase"  # prefix of a custom_id
_CANCEL = "cancel"
LONGEST_ID = 20  # digits

_NEVER_STAYS = "If you chose *Never* in `/privacy cloning`, that stays: nobody can ask you for your voice."
_ASKED = (
    "Delete everything that I have stored about you, for good? This deletes all your voices, here and at Fish Audio, "
    "also those that others have made of you, and your samples, shares and choices, and the records of who used your "
    f"voices and which voices you used. Nobody can undo this. {_NEVER_STAYS}\n"
    "Sounds that were posted stay in Discord like any message: delete those there, or with their button, **before**."
)
_ERASED = (
    "It is done: nobody can use your voices any more, and what was stored here about you is deleted. Fish Audio is "
    "told to delete your voices now, as often as that takes. When the last one is gone you get a receipt by direct "
    f"message, if I can reach you within {GIVEN_UP_AFTER // DAY} days. {_NEVER_STAYS}"
)
_NOT_ERASED = "Nothing was deleted."
_STORED = f"""\
**Your voices**, with your name and your consent, until you delete them; a sample until its voice is trained, at most \
{SAMPLE_KEPT // HOUR} hours; a sound that you hear first, or a recording that is used once, at most \
{TAKES_KEPT // MINUTE} minutes.
**Records** of who used which voice, when and where (never what was said), {USES_KEPT // DAY} days; names of voices \
that are gone, {RETIRED_NAMES_KEPT // DAY} days; how much you have spoken, under a pseudonym, {KEPT_DAYS} days.
**Your choices**, such as your default voice, until you change or erase them.
**Where it goes**: samples and the text to be spoken go to Fish Audio, which makes the sound. Nothing is sold, and \
nothing is taken from your messages or calls.
**What you can do**: `/privacy export` sends you all of it, `/privacy erase` deletes it, `/privacy cloning` \
says whether others may ask for your voice."""

_CHOSEN = {
    Cloning.ASK: (
        "From now on I ask you by direct message whenever somebody wants to make a voice in which you are heard. "
        "Nothing is made without your approval."
    ),
    Cloning.NEVER: (
        "From now on nobody can ask you for your voice, and whatever you were asked counts as refused. Voices to which "
        "you have agreed stay; `/voice list` shows them."
    ),
}


async def erase_now(interaction: Interaction, member_id: str) -> None:
    """Erase what is stored about the member whom the button was made for, if they press it themselves."""
    if member_id == _CANCEL:
        await update(interaction, _NOT_ERASED)
        return
    if not (member_id.isascii() and member_id.isdecimal() and len(member_id) <= LONGEST_ID):
        raise UnknownButton
    if_slow(interaction, "update")
    await interaction.client.services.erasures.erase(int(member_id), asked_by=interaction.user.id)
    forget_forms(interaction)
    await update(interaction, _ERASED)


class Privacy(commands.GroupCog, group_name="privacy", group_description="What is stored about you, and its end"):
    def __init__(self, services: Services) -> None:
        self._privacy = services.privacy
        self._requests = services.consent_requests

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """See what is stored about you, why, for how long, and where it goes"""
        counts = await self._privacy.holdings(interaction.user.id)
        numbers = ", ".join(
            (
                counted(counts["voice"], "voice"),
                counted(counts["sample"], "sample"),
                counted(counts["share"], "share"),
                counted(counts["utterance"], "record") + " of use",
                counted(counts["departure"], "name") + " of voices that are gone",
            )
        )
        await answer(interaction, f"**Stored about you now:** {numbers}.\n{_STORED}")

    @app_commands.command()
    async def export(self, interaction: Interaction) -> None:
        """Get a copy of everything that is stored about you"""
        export = await self._privacy.export(interaction.user.id, interaction.filesize_limit)
        text = "This is everything that is stored about you. Only you can see this message."
        if export.left_out:
            names = ", ".join(plain(name) for name in export.left_out)
            text += f" Too large for Discord, and so not in it: {names}. These samples are yours already."
        await answer(interaction, text, file=OutgoingFile("mynah-privacy.zip", export.data, check=export.check))

    @app_commands.command()
    async def erase(self, interaction: Interaction) -> None:
        """Delete everything that is stored about you, here and at Fish Audio"""
        erase = discord.ui.Button[discord.ui.View](
            label="Delete everything", style=discord.ButtonStyle.danger, custom_id=f"{ERASE}:{interaction.user.id}"
        )
        cancel = discord.ui.Button[discord.ui.View](label="Cancel", custom_id=f"{ERASE}:{_CANCEL}")
        await answer(interaction, _ASKED, view=persistent_view(erase, cancel))

    @app_commands.command()
    @app_commands.describe(choice="What happens when others ask to make a voice in which you are heard")
    @app_commands.choices(
        choice=[
            app_commands.Choice(name="Ask me", value=Cloning.ASK.value),
            app_commands.Choice(name="Never", value=Cloning.NEVER.value),
        ]
    )
    async def cloning(self, interaction: Interaction, choice: str) -> None:
        """Choose whether others may ask you for your voice"""
        chosen = _cloning(choice)
        await self._requests.set_cloning(interaction.user.id, chosen)
        await answer(interaction, _CHOSEN[chosen])


def _cloning(value: str) -> Cloning:
    try:
        return Cloning(value)
    except ValueError:  # Discord's own clients offer no other
        raise UserError("Choose **Ask me** or **Never**.") from None


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Privacy(bot.services))
    register(bot, ERASE, erase_now)
