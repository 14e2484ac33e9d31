"""`/say` with a sample: a private report on the recording with what its member agrees to, and the button that says it.

The text is not stored: it stands above the report, and is read from there.
"""

from collections.abc import Awaitable, Callable, Sequence
from itertools import takewhile
from typing import Any

import discord

from bot.discord.client import Interaction
from bot.discord.first_response import acknowledge, if_slow
from bot.discord.replies import answer, end_card, redraw, stands_under, update
from bot.errors import UserError
from bot.models.common import Member
from bot.models.samples import Overview
from bot.models.sounds import PostAs
from bot.models.speech import OneOff
from bot.services.common.wording import message_link, moment, quote, unquoted
from bot.services.speech.delivery.speech import Posted
from bot.services.speech.imitation.excerpts import OnceGone
from bot.services.speech.imitation.one_offs import CONSENT, OnceReworded, voice_used_once
from bot.services.speech.scripts import Script, SpeechRequest
from bot.services.text.spoken_mentions import Mentions, written_mentions
from cogs.common.cards import figures
from cogs.common.context import attached, member_of, place_of
from cogs.common.persistent import UnknownButton, persistent_view
from cogs.speech.postings.captions import delivery_id, delivery_in
from cogs.speech.utterances import is_posted

SAY, CANCEL = "mynah-once", "mynah-once-cancel"  # prefixes of custom_ids
LONGEST_QUOTE = 1200  # characters: the report needs the rest of a message
MOST_TIPS = 3


class NotBoth(UserError):
    def __init__(self, other: str) -> None:
        super().__init__(f"Choose {other} or attach a sample, not both.")


class PerhapsSaid(UserError):
    def __init__(self) -> None:
        super().__init__(
            "I can't see here whether that text was said already. If it is not here in a few minutes, use `/say` with "
            "`sample` again."
        )


class TooLongForOnce(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"A text that is said once in the voice of a recording has at most about {LONGEST_QUOTE} characters. Say "
            "it in pieces, or make a voice with `/voice create`."
        )


async def offer(interaction: Interaction, script: Script, clips: Sequence[discord.Attachment | None]) -> None:
    """Answer a checked request with the report on its recording and the question for consent."""
    request = script.request
    text = quote(written_mentions(request.text, request.mentions, request.asked_at))
    if len(text) > LONGEST_QUOTE:
        raise TooLongForOnce
    await acknowledge(interaction)
    one_offs = interaction.client.services.one_offs
    once, found = await one_offs.keep(request.asker, request.place, attached(clips))
    view = persistent_view(
        _button("Say it", discord.ButtonStyle.success, f"{SAY}:{delivery_id(script, once.id)}"),
        _button("Cancel", discord.ButtonStyle.secondary, f"{CANCEL}:{once.id}"),
    )
    await answer(interaction, once_card(text, once, found, post_as=script.post_as), view=view)


async def say(
    interaction: Interaction, rest: str, *, speak: Callable[[Interaction, SpeechRequest], Awaitable[Posted]]
) -> None:
    """Take the click on **Say it** as consent, and have the text above the button spoken."""
    message, delivery = interaction.message, delivery_in(rest)
    if message is None or not stands_under(message, f"{SAY}:{rest}"):
        raise UnknownButton
    one_offs, member, place = interaction.client.services.one_offs, member_of(interaction), place_of(interaction)
    try:
        async with one_offs.saying(delivery.sound_id, member, place, shown=message.content) as once:
            await _check_unsaid(interaction, once, member)
            request = SpeechRequest(
                asker=member,
                place=place,
                text=text_in(message.content),
                mentions=Mentions(),
                asked_at=interaction.created_at,
                voice=None,
                speed=delivery.speed,
                volume=delivery.volume,
                emotion=delivery.emotion,
                once=once,
                post_as=delivery.post_as,
                is_repeated=True,
            )
            posted = await speak(interaction, request)
    except (OnceGone, OnceReworded) as error:
        await end_card(interaction, error)
        return
    link = message_link(place.guild_id, place.channel_id, posted.message_id)
    await redraw(interaction, f"Said: {link}\nThe recording is deleted.")


async def _check_unsaid(interaction: Interaction, once: OneOff, member: Member) -> None:
    """Raise OnceGone if a process that died had said the text, or PerhapsSaid if that cannot be seen here."""
    services = interaction.client.services
    for begun in await services.utterances.lately(voice_used_once(once, member)):
        posted = await is_posted(interaction, begun)
        if posted is None:
            raise PerhapsSaid
        if posted:
            await services.one_offs.cancel(once.id, member.id)
            raise OnceGone
        await services.utterances.withdraw(begun)


async def cancel(interaction: Interaction, once_id: str) -> None:
    if_slow(interaction, "update")
    try:
        await interaction.client.services.one_offs.cancel(once_id, interaction.user.id)
    except OnceGone as error:
        await end_card(interaction, error)
        return
    await update(interaction, "Cancelled: nothing was said, and the recording is deleted.")


def once_card(text: str, once: OneOff, found: Overview, *, post_as: PostAs) -> str:
    message = ", as a voice message" if post_as is PostAs.VOICE_MESSAGE else ""
    tips = [f"- {tip}" for tip in found.tips[:MOST_TIPS]]
    return "\n".join(
        [
            text,
            f"**To be said once, in the voice of this recording{message}**",
            " · ".join(found.verdicts),
            *tips,
            *(figures(found) if len(found.reports) == 1 else []),  # a message has no room for three
            "",
            f"By pressing **Say it** you say: {CONSENT}",
            f"-# This waits until {moment(once.expires_at)}; then, or when you cancel, the recording is deleted.",
        ]
    )


def text_in(card: str) -> str:
    """Return the text that stands above a report."""
    return unquoted("\n".join(takewhile(lambda line: line.startswith(">"), card.splitlines())))


def _button(label: str, style: discord.ButtonStyle, custom_id: str) -> discord.ui.Button[Any]:
    return discord.ui.Button(label=label, style=style, custom_id=custom_id)
