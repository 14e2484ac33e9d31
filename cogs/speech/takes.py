"""`preview` of `/say`: a sound for its asker alone, with buttons that post it, make another one, or discard it."""

from contextlib import AsyncExitStack
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any

import discord

from bot.discord.client import Interaction
from bot.discord.files import OutgoingFile
from bot.discord.first_response import acknowledge
from bot.discord.replies import answer
from bot.errors import UserError
from bot.models.sounds import PostAs
from bot.models.speech import Take
from bot.services.common.names import file_name
from bot.services.common.wording import moment
from bot.services.speech.scripts import Script, SpeechRequest
from cogs.common.persistent import persistent_view
from cogs.speech.postings.captions import caption, delivery_id, is_whole

TAKE = "mynah-take"  # prefix of custom_ids
LONGEST_NOTE = 100  # characters


class Action(StrEnum):
    """What a button does. The values are part of custom_ids."""

    POST = "post"
    ANOTHER = "another"
    DISCARD = "discard"


_FACES = {
    Action.POST: ("Post it", discord.ButtonStyle.success),
    Action.ANOTHER: ("Another take", discord.ButtonStyle.secondary),
    Action.DISCARD: ("Discard", discord.ButtonStyle.secondary),
}


class TooLongToHearFirst(UserError):
    def __init__(self) -> None:
        super().__init__("That text is too long to be heard first. Shorten it, or leave `preview` out.")


class TakeTooLarge(UserError):
    def __init__(self) -> None:
        super().__init__("The sound is larger than Discord allows here. Please say it in shorter pieces.")


async def hear_first(interaction: Interaction, request: SpeechRequest) -> None:
    """Answer privately with the sound that was asked for. Nothing is posted before a click."""
    services = interaction.client.services
    async with AsyncExitStack() as counting:
        script = await services.scripts.prepare(replace(request, largest_file=interaction.filesize_limit))
        if not is_whole(script, beside=LONGEST_NOTE):  # the buttons read the text from the message
            raise TooLongToHearFirst
        payment = await counting.enter_async_context(services.sound_maker.counted(script))
        await acknowledge(interaction)
        take = await services.takes.make(script, payment)
    if len(take.sound.data) > interaction.filesize_limit:
        raise TakeTooLarge
    as_ = " as a voice message" if script.post_as is PostAs.VOICE_MESSAGE else ""
    note = f"-# Only you hear this, and can post it{as_} until {moment(take.keep_until)}."
    text = f"{caption(script, beside=LONGEST_NOTE)}\n{note}"
    check = partial(services.scripts.check_again, script)
    file = OutgoingFile(file_name(script.voice.name), take.sound.data, check=check)
    await answer(interaction, text, view=_buttons(script, take), file=file)


def _buttons(script: Script, take: Take) -> discord.ui.View:
    delivery = delivery_id(script, take.sound.id)
    return persistent_view(
        *(
            discord.ui.Button[Any](label=label, style=style, custom_id=f"{TAKE}:{action}:{delivery}")
            for action, (label, style) in _FACES.items()
        )
    )
