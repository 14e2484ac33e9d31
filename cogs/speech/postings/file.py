"""Posts a sound as a file, and what posting as a file and as a voice message share."""

from collections.abc import Awaitable, Callable
from io import BytesIO

import discord

from bot.discord.client import Interaction
from bot.discord.codes import Code
from bot.discord.files import SentOnce
from bot.discord.first_response import LINE_TROUBLES, FirstResponse, may_pass
from bot.errors import UserError
from bot.models.sounds import Sound
from bot.services.common.names import file_name
from bot.services.speech.scripts import Script
from bot.tries import tries
from cogs.common.persistent import persistent_view
from cogs.speech.postings.captions import again_button, caption
from cogs.speech.utterances import delete_button


class NotPosted(UserError):
    """The sound was made, but Discord did not take it."""


async def post_file(
    interaction: Interaction,
    script: Script,
    sound: Sound,
    check: Callable[[], Awaitable[None]],
    *,
    note: str | None = None,
) -> int:
    """Replace "thinking…" by the sound, trying again for as long as the interaction lives and `check` permits it.

    `note` ends the caption. Returns the id of the message. Raises NotPosted, or what `check` raises.
    """
    if len(sound.data) > interaction.filesize_limit:
        raise NotPosted(_TOO_LARGE)
    lifetime = FirstResponse.to(interaction).editable_seconds
    try:
        async for attempt in tries(
            may_pass, attempts=None, timeout=lifetime, wait_initial=0.3, wait_max=20.0, wait_jitter=0.3
        ):
            with attempt:
                if attempt.num > 1:
                    await check()
                posted = await interaction.edit_original_response(
                    content=caption(script, note),
                    attachments=[SentOnce(BytesIO(sound.data), file_name(script.voice.name))],
                    allowed_mentions=discord.AllowedMentions.none(),
                    view=caption_view(script, sound.id, note),
                )
                return posted.id
    except discord.HTTPException as error:
        raise NotPosted(refusal_of(error)) from error
    except LINE_TROUBLES as error:
        raise NotPosted(_NOT_TAKEN) from error
    raise NotPosted(_NOT_TAKEN)


def caption_view(script: Script, sound_id: str, note: str | None = None) -> discord.ui.View | None:
    """Return the buttons under a caption, if there are any."""
    again = again_button(script, sound_id, note)
    delete = delete_button(sound_id) if script.request.place.guild_id is not None else None
    items = [button for button in (again, delete) if button is not None]
    return persistent_view(*items) if items else None


def refusal_of(error: discord.HTTPException) -> str:
    """Say why Discord did not take a sound."""
    return _REFUSALS.get(error.code, _NOT_TAKEN)


_TOO_LARGE = "The sound is larger than Discord allows here. Please say it in shorter pieces."
_NOT_TAKEN = "Discord did not take the sound. Please try again."

_REFUSALS: dict[int, str] = {
    Code.UNKNOWN_MESSAGE: "The answer was deleted before the sound was ready, so nothing was posted.",
    Code.TOO_LARGE: _TOO_LARGE,
    Code.FILE_TOO_LARGE: _TOO_LARGE,
    Code.AUTOMOD_MESSAGE: "This server's AutoMod does not allow that text.",
    Code.AUTOMOD_TITLE: "This server's AutoMod does not allow that text.",
    Code.HARMFUL_LINK: "This server's link filter does not allow that text.",
}
