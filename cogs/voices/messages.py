"""Builds the notice that a voice is ready, and `/voice show`, each with the buttons that make sense now."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.discord.client import Mynah
from bot.models.sharing import WHOLE_SERVER
from bot.models.speech import Utterance
from bot.models.voices import VoiceState
from bot.services.voices.voices import VoiceDetails
from cogs.common.cards import LONGEST_TEXT, ready_card, voice_card
from cogs.speech.utterances import add_menu, uses_card
from cogs.voices.buttons import Action, buttons


@dataclass(frozen=True, slots=True)
class Card:
    text: str
    view: discord.ui.View | None


def ready_message(
    details: VoiceDetails,
    reader_id: int,
    notice_id: str,
    *,
    bot: Mynah,
    of_update: bool = False,
    has_preview: bool = True,
) -> Card:
    """Build the notice for one of those who control a voice.

    With `of_update`, the notice says that the voice speaks with a new sample. It does not offer again to share the
    voice or to make it the default.
    """
    voice = details.voice
    first = () if of_update else (*_may_share(details, reader_id, voice.guild_id), *_default(details))
    actions = (Action.SAY, Action.PREVIEW, *first, _end(details, reader_id))
    began_in = bot.get_guild(voice.guild_id or 0)
    view = buttons(voice.id, *actions, notice_id=notice_id, share_in=(began_in.name or None) if began_in else None)
    card = ready_card(details, reader_id, find_server=bot.get_guild, of_update=of_update, has_preview=has_preview)
    return Card(card, view)


def shown_message(
    details: VoiceDetails, uses: Sequence[Utterance], reader_id: int, *, server: discord.Guild | None, bot: Mynah
) -> Card:
    """Build `/voice show`. Only those who control the voice see `uses` and the buttons."""
    voice = details.voice
    text = voice_card(details, reader_id, server=server, find_server=bot.get_guild)
    if not voice.is_controlled_by(reader_id):
        return Card(text, None)
    there = bot.get_guild(server.id if server else voice.guild_id or 0)
    able = voice.state is VoiceState.TRAINED
    actions = [
        *([Action.RETRY] if details.retry_until is not None else []),
        *([Action.PLAY] * (able or details.speaks_early)),
        *([*_may_share(details, reader_id, there.id if there else None), *_default(details)] * able),
        *([Action.RENAME] if voice.owner_id == reader_id else []),
        _end(details, reader_id),
    ]
    view = buttons(voice.id, *actions, share_in=(there.name or None) if there else None)
    text += uses_card(uses, room=LONGEST_TEXT - len(text))
    add_menu(view, uses)
    return Card(text, view)


def _may_share(details: VoiceDetails, reader_id: int, guild_id: int | None) -> tuple[Action, ...]:
    """Return the button that shares a voice with a server, if the reader may do that and it is not shared yet."""
    voice = details.voice
    if guild_id is None or guild_id in details.unsharing:
        return ()
    if reader_id not in {voice.heard_id, voice.owner_id if guild_id == voice.guild_id else 0}:
        return ()
    is_shared = any(share.guild_id == guild_id and share.audience == WHOLE_SERVER for share in details.shares)
    return () if is_shared else (Action.SHARE,)


def _default(details: VoiceDetails) -> tuple[Action, ...]:
    return () if details.is_default else (Action.DEFAULT,)


def _end(details: VoiceDetails, reader_id: int) -> Action:
    return Action.REVOKE if details.voice.speaker_id == reader_id else Action.DELETE
