"""A server's rules: who may create, speak and share there, and how its managers change that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import UserError
from bot.models.common import Member, Place, Pronunciation
from bot.models.servers import ServerRules
from bot.services.common.wording import person, plain
from bot.services.servers.rule_changes import told_by
from bot.services.text.canonical import full_length
from bot.services.text.forbidden_words import can_be_found
from bot.services.text.pronunciation import read_lines, word_key
from bot.storage.servers.rules import Grant, RulesStore

MOST_GRANTED = 25  # roles or channels: as many as one of Discord's menus lets choose
MOST_FORBIDDEN_WORDS = 100
LONGEST_FORBIDDEN_WORD = 50
LONGEST_WORD_LIST = 4000  # characters, one word per line: what fits into a field of one of Discord's forms
HIGHEST_LIMIT = 10_000_000  # characters a day; whoever wants more sets no limit


class NotManager(UserError):
    def __init__(self) -> None:
        super().__init__("Only members who may manage this server can do that. Ask one of them.")


class Blocked(UserError):
    def __init__(self) -> None:
        super().__init__(
            "This server's managers have blocked you from using me here; only they can end that. "
            "`/voice list` and `/privacy show` still work."
        )


class NotAllowedHere(UserError):
    """A rule of the server forbids it; the sentence says which one."""


class ForbiddenWord(NotAllowedHere):
    def __init__(self) -> None:
        super().__init__("That text holds a word that may not be spoken in this server. Please say it otherwise.")


def check_manager(member: Member) -> None:
    """Raise NotManager if a member may not manage the server in which they are."""
    if not member.is_manager:
        raise NotManager


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits and the forbidden words of a server; None means no limit."""

    longest_text: int | None
    member_characters: int | None
    server_characters: int | None
    forbidden_words: tuple[str, ...]


class RulesService:
    """Reads and changes the rules of servers. They bind managers too; in a DM there are none."""

    def __init__(self, store: RulesStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, guild_id: int) -> ServerRules:
        return await self._store.of(guild_id)

    async def shown_to(self, manager: Member, guild_id: int) -> ServerRules:
        check_manager(manager)
        return await self._store.of(guild_id)

    async def allow_creating(self, member: Member, place: Place) -> None:
        """Raise Blocked or NotAllowedHere if the member may not make voices in this place."""
        if place.guild_id is not None:
            is_blocked = await self._store.is_blocked(place.guild_id, member.id)
            check_creating(await self._store.of(place.guild_id), member, place, is_blocked=is_blocked)

    async def let_create(self, manager: Member, guild_id: int, role_ids: Collection[int]) -> None:
        """Let only members with one of these roles create voices; everybody if there are none."""
        await self._narrow(manager, guild_id, Grant.CREATE, role_ids)

    async def let_speak(self, manager: Member, guild_id: int, role_ids: Collection[int]) -> None:
        """Let only members with one of these roles use `/say`; everybody if there are none."""
        await self._narrow(manager, guild_id, Grant.SAY, role_ids)

    async def use_channels(self, manager: Member, guild_id: int, channel_ids: Collection[int]) -> None:
        """Let voices be made and used in these channels only; everywhere if there are none."""
        await self._narrow(manager, guild_id, Grant.CHANNEL, channel_ids)

    async def log_to(self, manager: Member, guild_id: int, channel_id: int | None) -> None:
        """Post the server's log in this channel; None ends the log. The earlier channel is told who did it."""
        check_manager(manager)
        who = person(manager.id, manager.name)

        def greeting(before: int | None) -> str:
            instead = "" if before in {None, channel_id} else f" instead of <#{before}>"
            return f"{who} chose this channel for the log of voices{instead}."

        await self._store.set_log_channel(
            guild_id,
            channel_id,
            greeting=greeting,
            farewell=(
                f"{who} switched the log of voices off."
                if channel_id is None
                else f"{who} moved the log of voices to <#{channel_id}>."
            ),
            now=self._clock.now(),
        )

    async def allow_shares(self, manager: Member, guild_id: int, *, allowed: bool) -> None:
        """Allow or forbid the sharing of voices with the server."""
        check_manager(manager)
        await self._store.set_sharing_allowed(guild_id, allowed, told=told_by(manager), now=self._clock.now())

    async def ask_for_spoken_consent(self, manager: Member, guild_id: int, *, asked_for: bool) -> None:
        check_manager(manager)
        await self._store.set_spoken_consent(guild_id, asked_for, told=told_by(manager), now=self._clock.now())

    async def reuse_sounds(self, manager: Member, guild_id: int, *, reused: bool) -> None:
        """Let the same words in the same voice be posted again without being spoken anew, or not."""
        check_manager(manager)
        await self._store.set_sounds_reused(guild_id, reused, told=told_by(manager), now=self._clock.now())

    async def let_messages_be_spoken(self, manager: Member, guild_id: int, *, allowed: bool) -> None:
        """Let members have messages spoken in their voice, or only what they type."""
        check_manager(manager)
        await self._store.set_messages_spoken(guild_id, allowed, told=told_by(manager), now=self._clock.now())

    async def speak_notice(self, manager: Member, guild_id: int, *, spoken: bool) -> None:
        """Let voice messages begin with the spoken notice that the voice is synthetic, or not."""
        check_manager(manager)
        await self._store.set_notice_spoken(guild_id, spoken, told=told_by(manager), now=self._clock.now())

    async def limit(self, manager: Member, guild_id: int, limits: Limits) -> None:
        """Set the longest text, the daily limits and the forbidden words. Raises UserError if one is unusable."""
        check_manager(manager)
        words = clean_words(limits.forbidden_words)
        for limit in (limits.longest_text, limits.member_characters, limits.server_characters):
            if limit is not None and not 1 <= limit <= HIGHEST_LIMIT:
                raise UserError(f"A limit is a number from 1 to {HIGHEST_LIMIT}, or left empty for none.")
        await self._store.set_limits(
            guild_id,
            longest_text=limits.longest_text,
            member_characters=limits.member_characters,
            server_characters=limits.server_characters,
            forbidden_words=words,
            told=told_by(manager),
            now=self._clock.now(),
        )

    async def pronounce(self, manager: Member, guild_id: int, typed: str) -> tuple[Pronunciation, ...]:
        """Have words said in the ways of a typed list, and no others, in this server. Raises UserError."""
        check_manager(manager)
        decided = read_lines(typed)
        by_key = {word_key(each.word): each for each in decided}
        await self._store.set_pronunciations(guild_id, by_key, told=told_by(manager), now=self._clock.now())
        return decided

    async def block(self, manager: Member, guild_id: int, target: Member, *, is_bot: bool) -> None:
        """Stop a member from using the bot in this server. Raises UserError if they cannot be blocked."""
        check_manager(manager)
        name = plain(target.name)
        if target.id == manager.id:
            raise UserError("You can't block yourself. Choose another member.")
        if is_bot:
            raise UserError(f"{name} is a bot and can't use me anyway. Choose a member.")
        if target.is_manager:
            raise UserError(f"{name} may manage this server too, so they can't be blocked.")
        entry = f"{person(manager.id, manager.name)} blocked {person(target.id, target.name)}."
        if not await self._store.block(guild_id, target.id, by=manager.id, entry=entry, now=self._clock.now()):
            raise UserError(f"{name} is blocked already. `/server unblock` ends that.")

    async def unblock(self, manager: Member, guild_id: int, target: Member) -> None:
        """Let a blocked member use the bot in this server again. Raises UserError if they are not blocked."""
        check_manager(manager)
        entry = f"{person(manager.id, manager.name)} unblocked {person(target.id, target.name)}."
        if not await self._store.unblock(guild_id, target.id, entry=entry, now=self._clock.now()):
            raise UserError(f"{plain(target.name)} is not blocked here.")

    async def _narrow(self, manager: Member, guild_id: int, grant: Grant, target_ids: Collection[int]) -> None:
        check_manager(manager)
        if len(target_ids) > MOST_GRANTED:
            raise UserError(f"At most {MOST_GRANTED} can be chosen. Leave some out.")
        everybody = guild_id in target_ids  # the role @everyone has the server's id
        chosen = () if everybody else target_ids
        await self._store.narrow(guild_id, grant, chosen, told=told_by(manager), now=self._clock.now())


def check_creating(rules: ServerRules, member: Member, place: Place, *, is_blocked: bool) -> None:
    """Raise Blocked or NotAllowedHere if the member may not make voices in this place."""
    if is_blocked:
        raise Blocked
    _check_roles(member, rules.creator_roles, "Voices can be created in this server")
    _check_channel(place, rules.channels)


def check_speaking(rules: ServerRules, member: Member, place: Place, text: str, *, is_blocked: bool) -> None:
    """Raise Blocked or NotAllowedHere if the member may not have this spoken in this place, whatever its words are."""
    if is_blocked:
        raise Blocked
    _check_roles(member, rules.say_roles, "`/say` can be used in this server")
    _check_channel(place, rules.channels)
    if rules.longest_text is not None and len(text) > rules.longest_text:
        raise NotAllowedHere(
            f"A text has at most {rules.longest_text} characters in this server; yours has {len(text)}. "
            "Please shorten it."
        )


def check_spoken_messages(rules: ServerRules) -> None:
    """Raise NotAllowedHere if messages may not be spoken."""
    if not rules.messages_spoken:
        raise NotAllowedHere("This server's managers don't allow messages to be spoken. `/say` speaks what you type.")


def check_sharing(rules: ServerRules, *, is_blocked: bool) -> None:
    """Raise Blocked or NotAllowedHere if a member may not share voices with this server."""
    if is_blocked:
        raise Blocked
    if not rules.sharing_allowed:
        raise NotAllowedHere("This server's managers don't allow voices to be shared here. You can still use your own.")


def check_shared_voices(rules: ServerRules) -> None:
    """Raise NotAllowedHere if voices of others may not be used, not even those that were shared before."""
    if not rules.sharing_allowed:
        raise NotAllowedHere("This server's managers don't allow shared voices here. Use a voice of your own.")


def _check_roles(member: Member, role_ids: frozenset[int], what: str) -> None:
    if role_ids and not role_ids & member.role_ids:
        roles = _either(f"<@&{role_id}>" for role_id in sorted(role_ids))
        raise NotAllowedHere(f"{what} only by members with {roles}.")


def _check_channel(place: Place, channel_ids: frozenset[int]) -> None:
    if channel_ids and not channel_ids & {place.channel_id, place.parent_id}:
        channels = _either(f"<#{channel_id}>" for channel_id in sorted(channel_ids))
        raise NotAllowedHere(f"I can be used for that in {channels}. Try it again there.")


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def clean_words(typed: Collection[str]) -> list[str]:
    """Return the words without blanks around them. Raises UserError if they are too many or cannot be found."""
    words = [stripped for word in typed if (stripped := " ".join(word.split()))]
    if len(words) > MOST_FORBIDDEN_WORDS:
        raise UserError(f"At most {MOST_FORBIDDEN_WORDS} words can be forbidden; these are {len(words)}.")
    if full_length("\n".join(words)) > LONGEST_WORD_LIST:
        raise UserError(f"The forbidden words have at most {LONGEST_WORD_LIST} characters together. Leave some out.")
    for word in words:
        if full_length(word) > LONGEST_FORBIDDEN_WORD:
            raise UserError(f"A forbidden word has at most {LONGEST_FORBIDDEN_WORD} characters; write one per line.")
        if not can_be_found(word) or not word.isprintable():
            raise UserError("A forbidden word needs a letter or a digit in it. Write one word or phrase per line.")
    return words
