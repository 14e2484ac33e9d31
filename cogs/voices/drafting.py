"""Makes a draft of an attached recording, and shows its owner the report and the question for consent."""

from collections.abc import Sequence

import discord

from bot.discord.client import Interaction
from bot.discord.first_response import acknowledge
from bot.discord.replies import answer
from bot.models.consent import Speaker
from bot.services.voices.drafts import Draft, DraftService
from cogs.common.cards import draft_card
from cogs.common.context import attached, is_bot_here, member_of, place_of
from cogs.voices.buttons import Action, buttons

_MAY_NOT_TELL = (
    "-# Only my commands are in this server, and I am not, so I may not be able to write to you. `/voice list` shows "
    "how it goes."
)


async def show_draft(
    interaction: Interaction,
    drafts: DraftService,
    *,
    name: str,
    clips: Sequence[discord.Attachment | None],
    transcript: str | None = None,
    speaker: Speaker | None = None,
    best_part: bool = False,
    note: str | None = None,
) -> None:
    """Make a draft of the attached clips. `note` is shown above the report."""
    # Reading a recording takes a while. Where two processes get the command, only the first makes a draft:
    # the second one's draft would replace it, and the buttons that the member sees would be dead.
    await acknowledge(interaction)
    draft = await drafts.create(
        member_of(interaction),
        place_of(interaction),
        name=name,
        attached=attached(clips),
        transcript=transcript,
        speaker=speaker,
        best_part=best_part,
    )
    await _report(interaction, draft, note=note)


async def show_update(
    interaction: Interaction,
    drafts: DraftService,
    *,
    voice: str,
    clips: Sequence[discord.Attachment | None],
    transcript: str | None,
) -> None:
    """Make a draft of a new sample for the voice whose name was typed."""
    await acknowledge(interaction)  # as above
    member, place = member_of(interaction), place_of(interaction)
    draft = await drafts.update(member, place, voice=voice, attached=attached(clips), transcript=transcript)
    await _report(interaction, draft)


async def _report(interaction: Interaction, draft: Draft, *, note: str | None = None) -> None:
    if draft.voice.speaker_id is not None:
        go_on = Action.ASK
    else:
        go_on = Action.CREATE if draft.voice.replaces is None else Action.UPDATE
    lines = [*([note] if note else []), draft_card(draft), *([] if is_bot_here(interaction) else [_MAY_NOT_TELL])]
    await answer(interaction, "\n".join(lines), view=buttons(draft.voice.id, go_on, Action.CANCEL))
