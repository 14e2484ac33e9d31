"""Builds what `/server settings` and `/server voices` show: texts, menus, buttons, and a form for the limits."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import discord

from bot.models.servers import ServerRules
from bot.models.sharing import Share
from bot.services.common.wording import audience_words, in_label, moment, person, quoted
from bot.services.servers.rules import HIGHEST_LIMIT, LONGEST_WORD_LIST, MOST_GRANTED
from bot.settings import Settings
from cogs.common.persistent import persistent_view

PANEL = "mynah-server"  # prefix of every custom_id; it and the values below stay as they are for ever

LONGEST_LIST = 1800  # characters; the heading and the last line need some of Discord's 2000
MOST_NAMED = 8  # roles or channels in one line; the menus show all


class Setting(StrEnum):
    CREATORS = "creators"
    SAY_ROLES = "speakers"
    CHANNELS = "channels"
    LOG = "log"
    SHARING_ON = "sharing-on"
    SHARING_OFF = "sharing-off"
    CONSENT_ON = "consent-on"
    CONSENT_OFF = "consent-off"
    REUSE_ON = "reuse-on"
    REUSE_OFF = "reuse-off"
    MESSAGES_ON = "messages-on"
    MESSAGES_OFF = "messages-off"
    LIMITS = "limits"
    REMOVE = "remove"

    @property
    def custom_id(self) -> str:
        return f"{PANEL}:{self.value}"


class Field(StrEnum):
    """The custom_ids of the inputs of the form."""

    LONGEST_TEXT = "longest_text"
    MEMBER_CHARACTERS = "member_characters"
    SERVER_CHARACTERS = "server_characters"
    FORBIDDEN_WORDS = "forbidden_words"


_PLACES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
]
_ROLE, _CHANNEL = discord.SelectDefaultValueType.role, discord.SelectDefaultValueType.channel
_LOG_PLACES = [discord.ChannelType.text, discord.ChannelType.news]


class _Preselected(discord.SelectDefaultValue):
    """A choice that a menu shows as made. discord.py 2.7.1 sends its id as a number; Discord documents a string."""

    def to_dict(self) -> Any:
        return {**super().to_dict(), "id": str(self.id)}


def panel_text(rules: ServerRules, host: Settings) -> str:
    """Write what holds in a server: its own rules, and the limits of the bot's host if they are tighter."""
    log = f"<#{rules.log_channel_id}>" if rules.log_channel_id is not None else "nowhere"
    trouble = [f"  **{rules.log_trouble}**"] if rules.log_trouble else []
    words = len(rules.forbidden_words)
    return "\n".join(
        [
            "**The rules of this server**",
            f"- Voices are created by {_named('@&', rules.creator_roles, 'everybody')}",
            f"- `/say` is used by {_named('@&', rules.say_roles, 'everybody')}",
            f"- Where: {_named('#', rules.channels, 'in every channel')}",
            f"- The log is posted in: {log}",
            *trouble,
            f"- Shared voices: {'allowed' if rules.sharing_allowed else 'not allowed, nor can earlier ones be used'}",
            f"- Spoken consent for a new voice: {'asked for' if rules.spoken_consent else 'not asked for'}",
            f"- The same words again within an hour: {'the same sound' if rules.sounds_reused else 'spoken anew'}",
            f"- **Say this in my voice** on messages: {'allowed' if rules.messages_spoken else 'not allowed'}",
            f"- Voice messages {_notice(rules)}; `/server notice` changes that",
            f"- A text: {_limits(rules.longest_text, host.max_text_length, '')}",
            f"- A member: {_limits(rules.member_characters, host.daily_characters_per_member, ' a day')}",
            f"- All members together: {_limits(rules.server_characters, host.daily_characters_total, ' a day')}",
            f"- Words that may not be spoken: {words or 'none'}",
            f"- Words with a pronunciation of this server: {len(rules.pronunciations) or 'none'}",
            "-# They hold for everybody here, managers too.",
        ]
    )


def panel_view(rules: ServerRules, guild: discord.Guild | None) -> discord.ui.View:
    """Build the menus and buttons. Deleted roles and channels are left out, since Discord refuses them."""
    roles = {role.id for role in guild.roles} if guild else set[int]()
    channels = {channel.id for channel in guild.channels} if guild else set[int]()
    log_channel = () if rules.log_channel_id is None else (rules.log_channel_id,)
    return persistent_view(
        _role_menu(Setting.CREATORS, "Who may create voices: everybody", rules.creator_roles & roles),
        _role_menu(Setting.SAY_ROLES, "Who may use /say: everybody", rules.say_roles & roles),
        _channel_menu(Setting.CHANNELS, "Where: in every channel", channels & rules.channels, _PLACES, MOST_GRANTED),
        _channel_menu(Setting.LOG, "Log channel: none", channels & set(log_channel), _LOG_PLACES, 1),
        _button(Setting.SHARING_OFF, "Forbid sharing")
        if rules.sharing_allowed
        else _button(Setting.SHARING_ON, "Allow sharing"),
        _button(Setting.CONSENT_OFF, "Don't ask for spoken consent")
        if rules.spoken_consent
        else _button(Setting.CONSENT_ON, "Ask for spoken consent"),
        _button(Setting.REUSE_OFF, "Speak the same words anew")
        if rules.sounds_reused
        else _button(Setting.REUSE_ON, "Reuse the sound of the same words"),
        _button(Setting.MESSAGES_OFF, "Forbid speaking messages")
        if rules.messages_spoken
        else _button(Setting.MESSAGES_ON, "Allow speaking messages"),
        _button(Setting.LIMITS, "Limits and words"),
    )


def shares_text(shares: list[Share]) -> str:
    """List the voices that are shared with a server, by whom and with whom, cut to one message."""
    lines = [
        f"- {quoted(share.voice.name)} of {person(share.voice.owner_id, share.voice.owner_name)}, "
        f"for {audience_words(share.audience)}{_until(share)}"
        for share in shares
    ]
    shown = list(lines)
    while len("\n".join(shown)) > LONGEST_LIST:
        shown.pop()
    more = len(lines) - len(shown)
    rest = [f"… and {more} more; `remove` of `/server voices` finds them by name."] if more else []
    return "\n".join(["**Voices that are shared with this server**", *(shown or ["None."]), *rest])


def shares_view(shares: list[Share]) -> discord.ui.View | None:
    """Build the menu that removes a voice, with as many as Discord allows. Returns None if there are none."""
    voices = list({share.voice.id: share.voice for share in shares}.values())[:MOST_GRANTED]
    if not voices:
        return None
    return persistent_view(
        discord.ui.Select(
            custom_id=Setting.REMOVE.custom_id,
            placeholder="Remove a voice from this server",
            options=[
                discord.SelectOption(
                    label=voice.name, value=voice.id, description=f"of {in_label(voice.owner_name)}"[:100]
                )
                for voice in voices
            ],
        )
    )


def present_limits(rules: ServerRules) -> dict[str, str]:
    """Return the limits and forbidden words as they stand in the form."""
    return {
        Field.LONGEST_TEXT: _or_nothing(rules.longest_text),
        Field.MEMBER_CHARACTERS: _or_nothing(rules.member_characters),
        Field.SERVER_CHARACTERS: _or_nothing(rules.server_characters),
        Field.FORBIDDEN_WORDS: "\n".join(rules.forbidden_words),
    }


def limits_form(filled: Mapping[str, str]) -> discord.ui.Modal:
    """Build the form for limits and forbidden words; `filled` has what its fields hold at first."""
    number = f"Characters, 1 to {HIGHEST_LIMIT}; empty for no limit"
    form = discord.ui.Modal(title="Limits and words", custom_id=Setting.LIMITS.custom_id)
    for field, label in (
        (Field.LONGEST_TEXT, "Longest text"),
        (Field.MEMBER_CHARACTERS, "Per member and day (UTC)"),
        (Field.SERVER_CHARACTERS, "All members together per day (UTC)"),
    ):
        form.add_item(_labelled(label, number, _input(field, filled.get(field, ""), longest=12)))
    words = _input(Field.FORBIDDEN_WORDS, filled.get(Field.FORBIDDEN_WORDS, ""), longest=LONGEST_WORD_LIST)
    words.style = discord.TextStyle.paragraph
    form.add_item(_labelled("Words that may not be spoken", "One word or phrase per line", words))
    form.stop()
    return form


def _role_menu(setting: Setting, placeholder: str, chosen: Iterable[int]) -> discord.ui.RoleSelect[Any]:
    return discord.ui.RoleSelect(
        custom_id=setting.custom_id,
        placeholder=placeholder,
        min_values=0,
        max_values=MOST_GRANTED,
        default_values=[_Preselected(id=role_id, type=_ROLE) for role_id in sorted(chosen)],
    )


def _channel_menu(
    setting: Setting, placeholder: str, chosen: Iterable[int], kinds: list[discord.ChannelType], most: int
) -> discord.ui.ChannelSelect[Any]:
    return discord.ui.ChannelSelect(
        custom_id=setting.custom_id,
        placeholder=placeholder,
        channel_types=kinds,
        min_values=0,
        max_values=most,
        default_values=[_Preselected(id=channel_id, type=_CHANNEL) for channel_id in sorted(chosen)],
    )


def _button(setting: Setting, label: str) -> discord.ui.Button[Any]:
    return discord.ui.Button(label=label, custom_id=setting.custom_id, style=discord.ButtonStyle.secondary)


def _input(field: Field, value: str, *, longest: int) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(custom_id=field.value, default=value, required=False, max_length=longest)


def _labelled(text: str, description: str, field: discord.ui.TextInput[Any]) -> discord.ui.Label[Any]:
    return discord.ui.Label(text=text, description=description, component=field)


def _limits(own: int | None, hosts: int, period: str) -> str:
    """Write the limits that hold, and who set them. The host's limits per day count in all servers together."""
    limits: list[str] = []
    if own is not None and (not hosts or own < hosts):
        limits.append(f"up to {own:,} characters{period} here (set by this server)")
    if hosts and (own is None or own >= hosts or period):
        limits.append(f"up to {hosts:,}{'' if limits else ' characters'}{_everywhere(period)} (set by the bot's host)")
    return ", and ".join(limits) or "without limit"


def _everywhere(period: str) -> str:
    return f"{period} in all servers together" if period else ""


def _or_nothing(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _until(share: Share) -> str:
    return "" if share.until is None else f" until {moment(share.until)}"


def _notice(rules: ServerRules) -> str:
    return "begin with a spoken “Synthetic voice”" if rules.notice_spoken else "begin without a spoken notice"


def _named(sign: str, ids: frozenset[int], nothing: str) -> str:
    shown = [f"<{sign}{id_}>" for id_ in sorted(ids)]
    rest = len(shown) - MOST_NAMED
    return (", ".join(shown[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")) or nothing
