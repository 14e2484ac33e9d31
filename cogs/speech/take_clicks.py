"""Does what the buttons under a take say. They work for fifteen minutes, also after a restart."""

import discord

from bot.discord.client import Interaction, Mynah
from bot.discord.first_response import FirstResponse, acknowledge, if_slow
from bot.discord.replies import end_card, redraw, stands_under, update
from bot.errors import UserError
from bot.models.sounds import PostAs, Sound
from bot.models.speech import Take, Utterance
from bot.services.common.wording import message_link
from bot.services.speech.delivery.takes import TakeGone, TakePosted
from bot.services.speech.delivery.voice_messages import Check
from cogs.common.context import member_of
from cogs.common.persistent import UnknownButton, register
from cogs.speech.again import request_in
from cogs.speech.postings.captions import Delivery, delivery_in
from cogs.speech.postings.file import post_file
from cogs.speech.postings.voice_message import end_thinking, voice_message_here
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
    if action == Action.DISCARD:
        if_slow(interaction, "update")
    try:
        await _do(Action(action), interaction, message, delivery)
    except (TakeGone, TakePosted) as error:
        await end_card(interaction, error)


async def _do(action: Action, interaction: Interaction, message: discord.Message, delivery: Delivery) -> None:
    takes = interaction.client.services.takes
    take = await takes.of(delivery.sound_id, member_of(interaction))
    match action:
        case Action.POST:
            await _post_take(interaction, message, take, delivery)
        case Action.ANOTHER:
            await hear_first(interaction, request_in(interaction, message, delivery, take.voice_id))  # this one stays
        case Action.DISCARD:
            await takes.discard(take)
            await update(interaction, "Discarded: nothing was posted, and the sound is deleted.")


async def _post_take(interaction: Interaction, message: discord.Message, take: Take, delivery: Delivery) -> None:
    services = interaction.client.services
    if_slow(interaction, "publicly")
    if (begun := await services.takes.begun(take)) is not None:
        await _look_for(interaction, take, begun)
        await services.takes.was_not_posted(begun)
    script = await services.scripts.prepare(request_in(interaction, message, delivery, take.voice_id))
    await acknowledge(interaction)
    message_id = FirstResponse.to(interaction).message_id
    channel, note = voice_message_here(interaction, script)

    async def post(sound: Sound, check: Check) -> int:
        return await post_file(interaction, script, sound, check, note=channel.reason if channel else note)

    posted = await services.takes.post(take, script, message_id, post, channel)
    if posted.as_ is PostAs.VOICE_MESSAGE:
        await end_thinking(interaction)
    place = script.request.place
    await redraw(interaction, f"Posted: {message_link(place.guild_id, place.channel_id, posted.message_id)}")


async def _look_for(interaction: Interaction, take: Take, begun: Utterance) -> None:
    """Find out whether a process that died had posted a take. Raises TakePosted or PerhapsPosted."""
    posted = await is_posted(interaction, begun)
    if posted is None:
        raise PerhapsPosted
    if posted:
        await interaction.client.services.takes.discard(take)
        raise TakePosted


async def setup(bot: Mynah) -> None:
    register(bot, TAKE, press)
