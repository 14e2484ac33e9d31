"""Does what the buttons under a take say. They work for fifteen minutes, also after a restart."""

from functools import partial

import discord

from bot.discord.client import Interaction, Mynah
from bot.discord.first_response import FirstResponse, acknowledge, if_slow
from bot.discord.replies import update
from bot.errors import UserError
from bot.models.speech import Take, Utterance
from bot.services.speech.delivery.takes import TakePosted
from cogs.common.context import member_of
from cogs.common.persistent import UnknownButton, register, stands_under
from cogs.speech.again import request_in
from cogs.speech.captions import Delivery, delivery_in
from cogs.speech.postings.file import post_file
from cogs.speech.takes import TAKE, Action, hear_first
from cogs.speech.utterances import is_posted


class PerhapsPosted(UserError):
    def __init__(self) -> None:
        super().__init__(
            "I can't see here whether that take was posted before my restart. If it was not, **Another take** says "
            "the text once more."
        )


async def press(interaction: Interaction, rest: str) -> None:
    """Post a take, make another one or discard it, for the member who asked for it."""
    action, _, delivered = rest.partition(":")
    message, delivery = interaction.message, delivery_in(delivered)
    if message is None or action not in list(Action) or not stands_under(message, f"{TAKE}:{rest}"):
        raise UnknownButton
    takes = interaction.client.services.takes
    if action == Action.DISCARD:
        if_slow(interaction, "update")
    take = await takes.of(delivery.sound_id, member_of(interaction))
    match Action(action):
        case Action.POST:
            await _post_take(interaction, message, take, delivery)
        case Action.ANOTHER:
            await hear_first(interaction, request_in(interaction, message, delivery, take.voice_id))
        case Action.DISCARD:
            await takes.discard(take)
            await update(interaction, "Discarded: nothing was posted, and the sound is deleted.")


async def _post_take(interaction: Interaction, message: discord.Message, take: Take, delivery: Delivery) -> None:
    services = interaction.client.services
    if_slow(interaction, "publicly")
    if (begun := await services.takes.begun(take)) is not None:
        await _look_for(interaction, begun)
        await services.takes.was_not_posted(begun)
    script = await services.scripts.prepare(request_in(interaction, message, delivery, take.voice_id))
    await acknowledge(interaction)
    message_id = FirstResponse.to(interaction).message_id
    await services.takes.post(take, script, message_id, partial(post_file, interaction, script))


async def _look_for(interaction: Interaction, begun: Utterance) -> None:
    """Find out whether a process that died had posted a take. Raises TakePosted or PerhapsPosted."""
    posted = await is_posted(interaction, begun)
    if posted is None:
        raise PerhapsPosted
    if posted:
        raise TakePosted


async def setup(bot: Mynah) -> None:
    register(bot, TAKE, press)
