"""Does what the buttons under reports, notices and `/voice show` say."""

from typing import Literal, assert_never, get_args

import discord

from bot.discord.client import Interaction, Mynah
from bot.discord.codes import Meaning, meaning_of
from bot.discord.first_response import LINE_TROUBLES, DiscordTooSlow, if_slow
from bot.discord.replies import answer, end_card, open_form, update
from bot.errors import UserError
from bot.models.common import NO_CHANNEL, Place
from bot.models.sharing import WHOLE_SERVER, Share
from bot.models.voices import Voice
from bot.services.common.ownership import owned
from bot.services.common.wording import audience_words, moment, plain, quoted
from bot.services.speech import previews
from bot.services.speech.scripts import SpeechRequest
from bot.services.text.spoken_mentions import Mentions
from bot.services.voices.drafts import DraftGone
from bot.services.voices.voices import GoneAlready
from cogs.common.cards import approved_card, asked_card, queued_card
from cogs.common.context import attached, check_bot_is_here, member_of, place_of, server_name
from cogs.common.forms import refuse_form
from cogs.common.persistent import register
from cogs.speech.preview_form import preview_form
from cogs.speech.say_form import say_form
from cogs.speech.speech import speak
from cogs.voices.buttons import PREFIX, Action, Click, buttons, click_on
from cogs.voices.messages import Card, ready_message, shown_message
from cogs.voices.rename_form import RENAME, new_name, rename_form

_WithOutcome = Literal[
    Action.CREATE,
    Action.UPDATE,
    Action.CANCEL,
    Action.DELETE,
    Action.DELETE_NOW,
    Action.KEEP,
    Action.RETRY,
    Action.ASK,
    Action.APPROVE,
    Action.REFUSE,
    Action.REVOKE,
]

# A click on one of these replaces the message with the outcome; Delete asks in a message of its own.
_REPLACES_ITS_MESSAGE: set[Action] = set(get_args(_WithOutcome)) - {Action.DELETE}

# The buttons under the outcome.
_AFTERWARDS = {Action.DELETE: (Action.DELETE_NOW, Action.KEEP), Action.APPROVE: (Action.REVOKE,)}


class BotGone(UserError):
    def __init__(self) -> None:
        super().__init__("I am not in that server any more. Use `/voice share` in a server where you want it.")


async def press(interaction: Interaction, rest: str) -> None:
    """Do what a button says, for those who control its voice."""
    click = click_on(rest)
    match click.action:
        case Action.SAY | Action.PREVIEW | Action.RENAME:
            await open_form(interaction, await _form(click, interaction))
        case Action.PLAY:
            await _play(click.voice_id, interaction)
        case Action.SHARE | Action.DEFAULT:
            if_slow(interaction, "update")
            said = await (_share if click.action is Action.SHARE else _make_default)(click, interaction)
            await _draw_again(click, interaction, said)
        case _:
            await _end(click, click.action, interaction)


async def rename(interaction: Interaction, voice_id: str) -> None:
    """Take the form in which a voice is renamed, and draw `/voice show` anew."""
    if_slow(interaction, "update")
    click = click_on(f"{Action.RENAME}:{voice_id}")
    voices, member, name = interaction.client.services.voices, member_of(interaction), new_name(interaction)
    voice = owned(await voices.controlled(click.voice_id, member.id), member.id)
    try:
        await voices.rename(member, interaction.guild_id, click.voice_id, name)
    except UserError as error:
        await refuse_form(interaction, error, lambda: rename_form(voice, name))
        return
    await _draw_again(click, interaction, f"It is now called {quoted(name)}.")


async def _form(click: Click, interaction: Interaction) -> discord.ui.Modal:
    services, member_id = interaction.client.services, interaction.user.id
    voice = await services.voices.controlled(click.voice_id, member_id)
    if click.action is Action.RENAME:
        return rename_form(owned(voice, member_id))
    if click.action is Action.PREVIEW:
        return preview_form(voice)
    return say_form(voice, longest=interaction.client.settings.max_text_length)


async def _play(voice_id: str, interaction: Interaction) -> None:
    """Play a preview to a member who controls the voice. It counts towards their characters like any other sound."""
    voice = await interaction.client.services.voices.controlled(voice_id, interaction.user.id)
    request = SpeechRequest(
        asker=member_of(interaction),
        place=Place(guild_id=None, channel_id=NO_CHANNEL),  # nobody else sees it, and nobody can delete it
        text=previews.TEXT,
        mentions=Mentions(),
        asked_at=interaction.created_at,
        voice=voice.id,
    )
    await speak(interaction, request, privately=True)


async def _share(click: Click, interaction: Interaction) -> str:
    """Share a voice with this server. From a notice or a DM, share it with the server where the voice began."""
    services, member = interaction.client.services, member_of(interaction)
    voice = await services.voices.controlled(click.voice_id, member.id)
    if click.notice_id is None and interaction.guild_id is not None:
        check_bot_is_here(interaction)
        share = await services.sharing.share(voice.id, member, interaction.guild_id)
        return shared_sentence(share, interaction.guild)
    server = await _server(interaction.client, voice.guild_id) if voice.guild_id is not None else None
    return shared_sentence(await services.sharing.share_where_it_began(click.voice_id, member), server)


async def _make_default(click: Click, interaction: Interaction) -> str:
    voices = interaction.client.services.voices
    voice = await voices.make_controlled_default(click.voice_id, interaction.user.id, interaction.guild_id)
    return f"{quoted(voice.name)} is now your default: `/say` uses it when you name no voice."


async def _draw_again(click: Click, interaction: Interaction, said: str) -> None:
    """Redraw the message of a pressed button: it shows the present state, and the buttons that are left."""
    services, member_id = interaction.client.services, interaction.user.id
    details = await services.voices.details(click.voice_id, member_id)
    if click.notice_id is None:
        uses = await services.utterances.lately(details.voice)
        message = shown_message(details, uses, member_id, server=interaction.guild, bot=interaction.client)
    elif interaction.guild_id is not None and member_id != details.voice.owner_id:
        await answer(interaction, said)  # the notice stands in a channel and is the owner's
        return
    else:
        message = ready_message(details, member_id, click.notice_id, bot=interaction.client)
        if interaction.guild_id is not None:
            message = Card(f"<@{member_id}> {message.text}", message.view)
    await update(interaction, message.text, view=message.view, keeps_files=True)


async def _end(click: Click, action: "_WithOutcome", interaction: Interaction) -> None:
    view = buttons(click.voice_id, *_AFTERWARDS[action]) if action in _AFTERWARDS else None
    if action in _REPLACES_ITS_MESSAGE:
        if_slow(interaction, "update")
        try:
            outcome = await _outcome(action, click.voice_id, interaction)
        except (DraftGone, GoneAlready) as error:
            await end_card(interaction, error)
            return
        await update(interaction, outcome, view=view)
    else:
        await answer(interaction, await _outcome(action, click.voice_id, interaction), view=view)


async def _outcome(action: _WithOutcome, voice_id: str, interaction: Interaction) -> str:
    """Do what the button says. Returns the sentence that says what happened."""
    services, member_id = interaction.client.services, interaction.user.id
    match action:
        case Action.CREATE | Action.UPDATE:
            shown = interaction.message.content if interaction.message else ""
            place = place_of(interaction)
            return queued_card(await services.drafts.consent(voice_id, member_of(interaction), place, shown=shown))
        case Action.CANCEL:
            voice = await services.drafts.cancel(voice_id, member_id)
            if voice.replaces is not None:
                return f"Cancelled: {quoted(voice.name)} stays as it is, and the new sample is deleted."
            return f"Cancelled: {quoted(voice.name)} was not created, and its sample is deleted."
        case Action.DELETE:
            return delete_question(await services.voices.controlled(voice_id, member_id))
        case Action.DELETE_NOW:
            voice = await services.voices.delete(voice_id, member_of(interaction))
            return f"{quoted(voice.name)} is deleted. Nobody can use it any more, and Fish Audio deletes it too."
        case Action.KEEP:
            voice = await services.voices.controlled(voice_id, member_id)
            return f"{quoted(voice.name)} stays."
        case Action.RETRY:
            voice = await services.training.retry(voice_id, member_id)
            return f"{quoted(voice.name)} is tried again with the same sample; I will tell you how it ends."
        case Action.REVOKE:
            voice = await services.voices.revoke(voice_id, member_of(interaction))
            return f"{quoted(voice.name)} is deleted. Nobody can use it any more, and Fish Audio deletes it too."
        case Action.ASK | Action.APPROVE | Action.REFUSE:
            return await _about_consent(action, voice_id, interaction)
        case _:
            assert_never(action)


async def _about_consent(
    action: Literal[Action.ASK, Action.APPROVE, Action.REFUSE], voice_id: str, interaction: Interaction
) -> str:
    requests, member_id = interaction.client.services.consent_requests, interaction.user.id
    match action:
        case Action.ASK:
            server = interaction.guild.name if interaction.guild else "the server where they asked"
            return asked_card(await requests.ask(voice_id, member_id, server))
        case Action.APPROVE:
            clips = attached(interaction.message.attachments if interaction.message else [])
            return approved_card(await requests.approve(voice_id, member_id, clips))
        case Action.REFUSE:
            voice = await requests.refuse(voice_id, member_id)
            return f"You said no: {plain(voice.owner_name)} gets no voice from that recording, which is deleted."


async def _server(bot: Mynah, guild_id: int) -> discord.Guild:
    """Return a server, also one that another process serves. Raises BotGone or DiscordTooSlow."""
    try:
        return bot.get_guild(guild_id) or await bot.fetch_guild(guild_id, with_counts=False)
    except discord.HTTPException as error:
        if meaning_of(error) in {Meaning.GONE, Meaning.FORBIDDEN}:
            raise BotGone from None
        raise DiscordTooSlow from None
    except LINE_TROUBLES:
        raise DiscordTooSlow from None


def delete_question(voice: Voice) -> str:
    return (
        f"Delete {quoted(voice.name)} for good? Nobody will be able to use it, here or in any server it is shared "
        "with, and it is deleted at Fish Audio too."
    )


def shared_sentence(share: Share, server: discord.Guild | None) -> str:
    name, where = quoted(share.voice.name), server_name(server, "the server")
    until = "" if share.until is None else f" until {moment(share.until)}"
    if share.audience == WHOLE_SERVER:
        return f"{name} is now shared with {where}{until}: everyone there can use it with `/say`."
    return f"{name} is now shared with {audience_words(share.audience)} in {where}{until}, for use with `/say`."


async def setup(bot: Mynah) -> None:
    register(bot, PREFIX, press)
    register(bot, RENAME, rename)
