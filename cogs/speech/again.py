"""**Again** under a sound: the same text once more, as a new request with all that holds for one."""

from dataclasses import replace

import discord

from bot.discord.client import Interaction, Mynah
from bot.discord.replies import stands_under
from bot.services.sharing.usable_voices import VoiceNotFound
from bot.services.speech.scripts import SpeechRequest
from bot.services.text.spoken_mentions import Mentions
from cogs.common.context import member_of, place_of
from cogs.common.persistent import UnknownButton, register
from cogs.speech.postings.captions import AGAIN, Delivery, delivery_in, source_in, text_in
from cogs.speech.speech import speak


async def say_again(interaction: Interaction, rest: str) -> None:
    """Speak the text of the message above the button, for the member who asked for it before."""
    message, member, delivery = interaction.message, member_of(interaction), delivery_in(rest)
    if message is None or not stands_under(message, f"{AGAIN}:{rest}"):
        raise UnknownButton
    before = await interaction.client.services.utterances.to_repeat(delivery.sound_id, member)
    try:
        request = request_in(interaction, message, delivery, before.voice_id)
        await speak(interaction, replace(request, post_as=before.posted_as))
    except VoiceNotFound:
        raise VoiceNotFound(before.voice_name) from None


def request_in(interaction: Interaction, message: discord.Message, delivery: Delivery, voice_id: str) -> SpeechRequest:
    """Return the request that a message with a sound holds, to be spoken once more in that voice."""
    return SpeechRequest(
        asker=member_of(interaction),
        place=place_of(interaction),
        text=text_in(message.content),
        mentions=Mentions(),
        asked_at=interaction.created_at,
        voice=voice_id,
        speed=delivery.speed,
        volume=delivery.volume,
        emotion=delivery.emotion,
        post_as=delivery.post_as,
        source=source_in(message.content),
        is_repeated=True,
    )


async def setup(bot: Mynah) -> None:
    register(bot, AGAIN, say_again)
