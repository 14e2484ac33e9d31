"""`/server`: what a server's managers decide about the bot there."""

import re
from typing import Any, assert_never

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.discord.first_response import if_slow
from bot.discord.replies import answer, open_form, update
from bot.errors import UserError
from bot.models.common import Member
from bot.models.sharing import Share
from bot.services import Services
from bot.services.common.wording import plain, quoted
from bot.services.servers.rules import Limits, check_manager
from bot.services.text.appearance import looks_of
from bot.services.text.pronunciation import as_lines
from cogs.common.autocomplete import shared_voices
from cogs.common.context import check_bot_is_here, member_of, server_of
from cogs.common.context import member as member_as
from cogs.common.forms import refuse_form, typed_in
from cogs.common.persistent import register
from cogs.servers.panel import (
    PANEL,
    Field,
    Setting,
    limits_form,
    panel_text,
    panel_view,
    present_limits,
    shares_text,
    shares_view,
)
from cogs.servers.pronunciations import pronunciations_form


class UnknownSetting(UserError):
    def __init__(self) -> None:
        super().__init__("That does nothing any more. `/server settings` shows what can be decided.")


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class Servers(commands.GroupCog, group_name="server", group_description="For managers: the rules of this server"):
    def __init__(self, services: Services) -> None:
        self._rules = services.rules
        self._sharing = services.sharing

    @app_commands.command()
    async def settings(self, interaction: Interaction) -> None:
        """Decide who may use me here, where, and how much"""
        rules = await self._rules.shown_to(member_of(interaction), _server_of(interaction))
        await answer(
            interaction, panel_text(rules, interaction.client.settings), view=panel_view(rules, interaction.guild)
        )

    @app_commands.command()
    @app_commands.describe(remove="A voice that others here can no longer use from now on")
    @app_commands.autocomplete(remove=shared_voices)
    async def voices(self, interaction: Interaction, remove: str | None = None) -> None:
        """Show the voices that are shared with this server, and remove one"""
        manager, guild_id = member_of(interaction), _server_of(interaction)
        check_manager(manager)
        shares = await self._sharing.in_server(guild_id)
        if remove is not None:
            voice = await self._sharing.remove_from_server(_meant(remove, shares), guild_id, manager)
            await answer(interaction, f"{quoted(voice.name)} is no longer shared with this server.")
            return
        await answer(interaction, shares_text(shares), view=shares_view(shares))

    @app_commands.command()
    async def pronunciations(self, interaction: Interaction) -> None:
        """Decide how words are said in this server"""
        rules = await self._rules.shown_to(member_of(interaction), _server_of(interaction))
        await open_form(interaction, pronunciations_form(as_lines(rules.pronunciations)))

    @app_commands.command()
    @app_commands.describe(member="The member who can no longer use me in this server")
    async def block(self, interaction: Interaction, member: discord.User) -> None:
        """Stop a member from using me in this server"""
        target = _target(member)
        await self._rules.block(member_of(interaction), _server_of(interaction), target, is_bot=member.bot)
        await answer(
            interaction,
            f"{plain(target.name)} can't use me in this server any more. What they share here stays; `/server voices` "
            "removes it, and `/server unblock` lets them use me again.",
        )

    @app_commands.command()
    @app_commands.describe(member="The member who can use me in this server again")
    async def unblock(self, interaction: Interaction, member: discord.User) -> None:
        """Let a member use me in this server again"""
        target = _target(member)
        await self._rules.unblock(member_of(interaction), _server_of(interaction), target)
        await answer(interaction, f"{plain(target.name)} can use me in this server again.")

    @app_commands.command()
    @app_commands.describe(spoken="Whether “Synthetic voice” is said first; the message below says it in any case")
    async def notice(self, interaction: Interaction, spoken: bool) -> None:
        """Choose whether voice messages begin with a spoken notice"""
        await self._rules.speak_notice(member_of(interaction), _server_of(interaction), spoken=spoken)
        begin = "begin with a spoken “Synthetic voice”" if spoken else "begin without a spoken notice"
        await answer(
            interaction, f"Voice messages in this server {begin}. The reply below each one says whose voice it is."
        )

    async def decide(self, interaction: Interaction, rest: str) -> None:
        """Do what was pressed, chosen or typed in the panel or its form."""
        if_slow(interaction, "update")
        setting = _setting(rest)
        manager, guild_id = member_of(interaction), _server_of(interaction)
        check_manager(manager)  # before a word about what was sent
        if setting is Setting.LIMITS and interaction.type is discord.InteractionType.component:
            await open_form(interaction, limits_form(present_limits(await self._rules.shown_to(manager, guild_id))))
            return
        try:
            await self._change(interaction, setting, manager, guild_id)
        except UserError as error:
            if setting is not Setting.LIMITS:
                raise
            filled = typed_in(interaction)
            await refuse_form(interaction, error, lambda: limits_form(filled))
            return
        if setting is Setting.REMOVE:
            shares = await self._sharing.in_server(guild_id)
            await update(interaction, shares_text(shares), view=shares_view(shares))
        else:
            rules = await self._rules.shown_to(manager, guild_id)
            await update(
                interaction, panel_text(rules, interaction.client.settings), view=panel_view(rules, interaction.guild)
            )

    async def _change(self, interaction: Interaction, setting: Setting, manager: Member, guild_id: int) -> None:
        match setting:
            case Setting.CREATORS:
                await self._rules.let_create(manager, guild_id, _chosen(interaction, "roles"))
            case Setting.SAY_ROLES:
                await self._rules.let_speak(manager, guild_id, _chosen(interaction, "roles"))
            case Setting.CHANNELS:
                await self._rules.use_channels(manager, guild_id, _chosen(interaction, "channels"))
            case Setting.LOG:
                await self._rules.log_to(manager, guild_id, next(iter(_chosen(interaction, "channels")), None))
            case Setting.SHARING_ON | Setting.SHARING_OFF:
                await self._rules.allow_shares(manager, guild_id, allowed=setting is Setting.SHARING_ON)
            case Setting.CONSENT_ON | Setting.CONSENT_OFF:
                asked_for = setting is Setting.CONSENT_ON
                await self._rules.ask_for_spoken_consent(manager, guild_id, asked_for=asked_for)
            case Setting.REUSE_ON | Setting.REUSE_OFF:
                await self._rules.reuse_sounds(manager, guild_id, reused=setting is Setting.REUSE_ON)
            case Setting.MESSAGES_ON | Setting.MESSAGES_OFF:
                allowed = setting is Setting.MESSAGES_ON
                await self._rules.let_messages_be_spoken(manager, guild_id, allowed=allowed)
            case Setting.LIMITS:
                await self._rules.limit(manager, guild_id, _typed_limits(interaction))
            case Setting.REMOVE:
                await self._sharing.remove_from_server(_chosen_voice(interaction), guild_id, manager)
            case _:
                assert_never(setting)


def _server_of(interaction: Interaction) -> int:
    """Return the id of the server to decide about. Raises OutsideServer or BotNotHere."""
    check_bot_is_here(interaction)
    return server_of(interaction)


def _target(user: discord.abc.Snowflake) -> Member:
    """Return the member who was picked, who may have left the server. Raises UserError."""
    if not isinstance(user, discord.User | discord.Member):  # discord.py passes on an id that Discord did not resolve
        raise UserError("I did not understand whom you mean. Pick them from the list.")
    permissions = user.resolved_permissions if isinstance(user, discord.Member) else None
    manages = permissions is not None and (permissions.manage_guild or permissions.administrator)
    return member_as(user, is_manager=manages)


def _setting(value: str) -> Setting:
    try:
        return Setting(value)
    except ValueError:
        raise UnknownSetting from None


def _chosen(interaction: Interaction, kind: str) -> list[int]:
    """Return the ids that were chosen in a menu of roles or channels. Raises UnknownSetting for forged ones."""
    data: Any = interaction.data
    resolved = data.get("resolved", {}).get(kind, {})
    if "values" not in data or not set(data["values"]) <= set(resolved):
        raise UnknownSetting
    return [int(value) for value in data["values"]]


def _chosen_voice(interaction: Interaction) -> str:
    data: Any = interaction.data
    if len(data.get("values", ())) != 1:
        raise UnknownSetting
    return data["values"][0]


def _meant(typed: str, shares: list[Share]) -> str:
    """Find a voice by its id, which autocomplete sends, or by its name. Returns its id. Raises UserError."""
    voices = {share.voice.id: share.voice for share in shares}
    named = [voice.id for voice in voices.values() if looks_of(voice.name) & looks_of(typed.strip())]
    if typed in voices:
        return typed
    if len(named) != 1:
        raise UserError("There is no such voice, or there are several of that name. Pick one from the list.")
    return named[0]


def _typed_limits(interaction: Interaction) -> Limits:
    """Read the submitted form, which an earlier process may have opened. Raises UserError."""
    typed = typed_in(interaction)
    return Limits(
        longest_text=_limit(typed.get(Field.LONGEST_TEXT, "")),
        member_characters=_limit(typed.get(Field.MEMBER_CHARACTERS, "")),
        server_characters=_limit(typed.get(Field.SERVER_CHARACTERS, "")),
        forbidden_words=tuple(typed.get(Field.FORBIDDEN_WORDS, "").splitlines()),
    )


def _limit(typed: str) -> int | None:
    """Read a number as people write it, such as 5,000. Returns None for nothing. Raises UserError."""
    written = typed.strip()
    if not written:
        return None
    if not re.fullmatch(_WHOLE_NUMBER, written):
        raise UserError(f"“{plain(typed)}” is not a number. Write one such as 500, or leave it empty for no limit.")
    return int(re.sub("[^0-9]", "", written))


# Digits alone, or in groups of three.
_WHOLE_NUMBER = "[0-9]{1,12}|[0-9]{1,3}(?:[ ,._’'\u00a0\u202f][0-9]{3}){1,3}"


async def setup(bot: Mynah) -> None:
    servers = Servers(bot.services)
    await bot.add_cog(servers)
    register(bot, PANEL, servers.decide)
