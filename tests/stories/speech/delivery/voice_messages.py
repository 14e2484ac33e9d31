"""Steps of stories with voice messages."""

import asyncio
from dataclasses import dataclass
from typing import Any, TypedDict

from sandbox.discord import Channel, Discord, Member
from sandbox.discord.people.replies import Seen, Use, look_at
from sandbox.discord.world.model import Message, MessageFlag

As = TypedDict("As", {"as": str})  # the word is a keyword in Python
AS_VOICE: As = {"as": "voice message"}
AS_FILE: As = {"as": "file"}


@dataclass(frozen=True)
class Spoken:
    """A voice message and what replies to it."""

    message: Message
    captions: list[Seen]

    @property
    def ogg(self) -> bytes:
        return self.message.attachments[0].data

    @property
    def caption(self) -> Seen:
        [caption] = self.captions
        return caption


async def says(member: Member, text: str, *, in_: Channel | None = None, **options: Any) -> list[Spoken]:
    """Use `/say` as a voice message, wait until nobody is “thinking…”, and return what is in the channel then."""
    channel = in_ or member.home.channels[0]
    await until_thought(await member.uses("/say", text=text, in_=in_, wait=False, **AS_VOICE, **options))
    return spoken_in(channel)


async def until_thought(use: Use) -> None:
    async with asyncio.timeout(30):
        await use.interaction.changes.until(lambda: (use.interaction.answered and not use.thinking) or None)


def spoken_in(channel: Channel) -> list[Spoken]:
    messages = [message for message in channel.messages.values() if not message.deleted]
    return [
        Spoken(message, [look_at(each) for each in messages if each.replied_to is message])
        for message in messages
        if MessageFlag.IS_VOICE_MESSAGE in message.flags
    ]


def shown_in(discord: Discord, channel: Channel) -> list[str]:
    return [seen.text for seen in discord.messages(channel, viewer=discord.owner)]
