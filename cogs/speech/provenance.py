"""`/verify` and the message menu's "Who said this?": whether the bot made a clip."""

from typing import assert_never

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Interaction, Mynah
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.replies import answer
from bot.services.common.wording import distance, message_link, moment, plain, quoted
from bot.services.speech.provenance import ProvenanceService, Verdict
from bot.services.speech.tracing import Trace

MENU_ENTRY = "Who said this?"
MOST_FILES = 4  # of one message


class NoFile(UserError):
    def __init__(self) -> None:
        super().__init__(f"There is no file in that message. Use **{MENU_ENTRY}** on a message with a clip.")


class Provenance(commands.Cog):
    def __init__(self, bot: Mynah, provenance: ProvenanceService) -> None:
        self._bot = bot
        self._provenance = provenance
        self._menu_entry = app_commands.ContextMenu(name=MENU_ENTRY, callback=self.who_said_this)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu_entry)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(MENU_ENTRY, type=self._menu_entry.type)

    @app_commands.command()
    @app_commands.describe(file="The clip, as it was posted or saved")
    async def verify(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Find out whether I made a clip, in whose voice, and who asked for it"""
        await answer(interaction, await self._told_about(file, interaction))

    async def who_said_this(self, interaction: Interaction, message: discord.Message) -> None:
        forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
        files = [*message.attachments, *forwarded]
        if not files:
            raise NoFile
        told = [await self._told_about(file, interaction) for file in files[:MOST_FILES]]
        if len(files) > MOST_FILES:
            told.insert(0, f"I looked at the first {MOST_FILES} of {len(files)} files; `/verify` takes any other one.")
        await answer(interaction, "\n".join(told))

    async def _told_about(self, file: discord.Attachment, interaction: Interaction) -> str:
        attachment = Attachment(filename=file.filename, size=file.size, url=file.url)
        verdict = await self._provenance.examine(attachment, interaction.user.id, interaction.guild_id)
        return f"{quoted(file.filename)}: {verdict_card(verdict)}"


def verdict_card(verdict: Verdict) -> str:
    match verdict.trace:
        case Trace.GENUINE:
            return _made_by_us(verdict)
        case Trace.RETAGGED:
            return f"{_made_by_us(verdict)}\nThe tags in the file were changed or removed since; the sound is mine."
        case Trace.CHANGED:
            return (
                "**this is not as I made it.** It carries a mark like mine, but not for this sound: the sound was cut, "
                "changed or swapped, something was added, or the mark was copied from another file."
            )
        case Trace.NONE:
            return (
                "**I don't know this file.** It has neither my mark nor a sound that I have on record. A recording or "
                "a conversion of something that I made would look like this, too."
            )
        case _:
            assert_never(verdict.trace)


def _made_by_us(verdict: Verdict) -> str:
    utterance = verdict.utterance
    if utterance is None:
        return (
            "**this is synthetic: I made it**, and no person said it. Whose voice it is and who asked for it, I tell "
            "only in the server where it was made, for 90 days."
        )
    told = (
        f"**this is synthetic: I made it**, and no person said it. It is {quoted(utterance.voice_name)}, the synthetic "
        f"voice of {plain(utterance.heard_name)}, asked for by {plain(utterance.asker_name)} on "
        f"{moment(utterance.made_at)}."
    )
    if utterance.deleted_at is not None:
        return f"{told}\nIts message was deleted {distance(utterance.deleted_at)}."
    if utterance.message_id is None or utterance.guild_id is None:
        return told
    return f"{told}\n{message_link(utterance.guild_id, utterance.channel_id, utterance.message_id)}"


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Provenance(bot, bot.services.provenance))
