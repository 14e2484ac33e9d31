"""Which voices a member may use in a place, and which of them a typed name means."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import assert_never
from unicodedata import normalize

from bot.clock import Clock
from bot.errors import UserError
from bot.models import WHOLE_SERVER, Cause, Member, RetiredName, Share, Voice, VoiceState
from bot.services.common.names import LONGEST_NAME, name_key
from bot.services.common.wording import listed, plain, quoted
from bot.services.sharing.share_expiry import ShareExpiry
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.sharing.sharing import ShareStore
from bot.storage.voices.voices import VoiceStore


class VoiceNotFound(UserError):
    def __init__(self, typed: str) -> None:
        shown = typed if len(typed) <= LONGEST_NAME else f"{typed[:LONGEST_NAME]}…"
        super().__init__(
            f"There is no voice called {quoted(shown)} for you here. `/voice list` shows the ones you can use."
        )


class VoiceNotUsable(UserError):
    """A voice that is known to the member and cannot do what was asked of it."""


class BelongsToAnother(VoiceNotUsable):
    def __init__(self, voice: Voice) -> None:
        super().__init__(f"{quoted(voice.name)} belongs to {plain(voice.owner_name)}; only they can do that.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice under the name by which a member can tell it from the others here."""

    label: str
    voice: Voice


class UsableVoices:
    """The voices that a member holds, and in a server those shared with them there. Nobody learns of any other."""

    def __init__(
        self,
        voices: VoiceStore,
        shares: ShareStore,
        retired_names: RetiredNameStore,
        share_expiry: ShareExpiry,
        clock: Clock,
    ) -> None:
        self._voices = voices
        self._shares = shares
        self._retired_names = retired_names
        self._share_expiry = share_expiry
        self._clock = clock

    async def controlled(self, member_id: int) -> list[Choice]:
        """The voices that a member decides about, their own ones first; those of one name are told apart by owner."""
        return labelled(
            await self._voices.controlled_by(member_id), beside=[], told_apart=lambda v: v.owner_id != member_id
        )

    async def owned(self, member_id: int) -> list[Choice]:
        return [choice for choice in await self.controlled(member_id) if choice.voice.owner_id == member_id]

    async def shared(self, member: Member, guild_id: int | None) -> list[Choice]:
        """The voices of others here; those that share a name are told apart by their owners."""
        voices = {share.voice.id: share.voice for share in await self._open_to(member, guild_id)}
        return labelled(list(voices.values()), beside=await self.controlled(member.id))

    async def usable(self, member: Member, guild_id: int | None) -> list[Choice]:
        """Everything that this member may know of here, in whatever state it is."""
        return await self.controlled(member.id) + await self.shared(member, guild_id)

    async def speaking(self, member: Member, guild_id: int | None) -> list[Choice]:
        """Everything that can speak for this member here, what they hold first."""
        known = await self.usable(member, guild_id)
        return [choice for choice in known if choice.voice.state is VoiceState.TRAINED]

    async def find(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        """The voice that a member means here, in whatever state it is; raises what there is to say instead."""
        typed = normalize("NFC", typed).strip()
        if (voice := _match(typed, await self.controlled(member.id))) is not None:
            return voice
        shared = await self.shared(member, guild_id)
        if (voice := _match(typed, shared)) is not None:
            return voice
        if same_name := [choice for choice in shared if name_key(choice.voice.name) == name_key(typed)]:
            names = listed(choice.label for choice in same_name)
            raise VoiceNotUsable(f"Several voices here have that name: {names}. Pick one of them from the list.")
        raise await self._not_found(typed, member, guild_id)

    async def find_controlled(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        """The voice that is meant, if the member holds it; one that only others may change is said to be theirs."""
        voice = await self.find(typed, member, guild_id)
        if not voice.is_controlled_by(member.id):
            raise BelongsToAnother(voice)
        return voice

    async def find_owned(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        voice = await self.find(typed, member, guild_id)
        if voice.owner_id != member.id:
            raise BelongsToAnother(voice)
        return voice

    async def find_speaking(self, typed: str | None, member: Member, guild_id: int | None) -> Voice:
        """The trained voice that is to speak: the one named, else the member's default, else their only one.

        Somebody else's may be used only while they are still here.
        """
        if typed is None:
            return await self._still_here(await self._unnamed(member, guild_id), member, guild_id)
        voice = await self.find(typed, member, guild_id)
        if (obstacle := why_silent(voice, member.id)) is not None:
            raise VoiceNotUsable(obstacle)
        return await self._still_here(voice, member, guild_id)

    async def _still_here(self, voice: Voice, member: Member, guild_id: int | None) -> Voice:
        """The voice, if it is the member's or those on whom its shares stand are in the server."""
        if voice.is_controlled_by(member.id):
            return voice
        for share in await self._open_to(member, guild_id):
            if share.voice.id == voice.id and not await self._share_expiry.end_what_went(share):
                return voice
        raise await self._not_found(voice.id, member, guild_id)

    async def _open_to(self, member: Member, guild_id: int | None) -> list[Share]:
        """The shares through which a member may use voices of others here."""
        if guild_id is None:
            return []
        now = self._clock.now()
        return [
            share
            for share in await self._shares.in_server(guild_id)
            if share.audience.includes(member)
            and not share.is_over(now)
            and not share.voice.is_controlled_by(member.id)
        ]

    async def _unnamed(self, member: Member, guild_id: int | None) -> Voice:
        speaking = await self.speaking(member, guild_id)
        default = await self._voices.default_of(member.id)
        own = [choice for choice in speaking if choice.voice.is_controlled_by(member.id)]
        for choice in speaking:
            if choice.voice.id == default:
                return choice.voice
        for candidates in (own, speaking):
            if len(candidates) == 1:
                return candidates[0].voice
        if speaking:
            names = listed(choice.label for choice in speaking)
            raise VoiceNotUsable(f"Which voice? You can use {names}. Name one, or set yours with `/voice default`.")
        for choice in await self.controlled(member.id):
            if (obstacle := why_silent(choice.voice, member.id)) is not None:
                raise VoiceNotUsable(obstacle)
        raise VoiceNotUsable("You have no voice yet. `/voice create` makes one from a WAV of you speaking.")

    async def _not_found(self, typed: str, member: Member, guild_id: int | None) -> UserError:
        await self._share_expiry.end_what_is_over()  # so that there is something to tell of it
        departure = await self._retired_names.latest(typed, member=member, guild_id=guild_id)
        return VoiceNotFound(typed) if departure is None else what_became(departure, member, typed)


def what_became(departure: RetiredName, member: Member, typed: str) -> UserError:
    """Why a name that this member could use, and now typed, means nothing any more."""
    name, who, own = quoted(departure.name), plain(departure.by_name), departure.owner_id == member.id
    with_whom = "this server" if departure.audience == WHOLE_SERVER else "you"
    match departure.cause:
        case Cause.DELETED if own:
            return VoiceNotUsable(f"You deleted {name}. `/voice create` makes a new one.")
        case Cause.DELETED:
            return VoiceNotUsable(f"{name} was deleted by {who}.")
        case Cause.REVOKED:
            return VoiceNotUsable(f"{who}, who is heard in {name}, has taken it back, so nobody can use it any more.")
        case _ if own:
            return VoiceNotFound(typed)
        case Cause.UNSHARED:
            return VoiceNotUsable(f"{who} no longer shares {name} with {with_whom}.")
        case Cause.EXPIRED:
            return VoiceNotUsable(
                f"The time for which {who} shared {name} with {with_whom} is over. Ask them to share it again."
            )
        case Cause.LEFT:
            return VoiceNotUsable(f"{who} is not in this server any more, and {name} went along.")
        case Cause.REMOVED:
            return VoiceNotUsable(f"Those who manage this server have ended the sharing of {name} here.")
        case _:
            assert_never(departure.cause)


def why_silent(voice: Voice, member_id: int) -> str | None:
    """Why a voice cannot speak yet or any more; None when it can."""
    name = quoted(voice.name)
    mine = voice.owner_id == member_id
    match voice.state:
        case VoiceState.TRAINED:
            return None
        case VoiceState.DRAFT if voice.speaker_name is not None:
            return f"{name} waits for {plain(voice.speaker_name)}: nothing is made of it before they agree."
        case VoiceState.DRAFT:
            return f"{name} waits for your consent: press **Create my voice** under its report, or create it again."
        case VoiceState.QUEUED | VoiceState.TRAINING if voice.blocker is not None:
            return f"{name} waits until the bot's host has renewed the Fish Audio key or credit; you will be told."
        case VoiceState.QUEUED | VoiceState.TRAINING:
            return f"{name} is still training; it is usually ready within two minutes, and you will be told."
        case VoiceState.FAILED if mine:
            return f"{name} has failed. `/voice show` says why and what to do."
        case VoiceState.FAILED:
            return f"{name} can't speak any more; {plain(voice.owner_name)} has been told why."
        case VoiceState.DELETING:
            return f"{name} was deleted."
        case _:
            assert_never(voice.state)


def labelled(
    voices: list[Voice], *, beside: list[Choice], told_apart: Callable[[Voice], bool] = lambda _: True
) -> list[Choice]:
    """Give the voices labels that differ, also from those `beside`; `told_apart` says which ones get the owner's name.

    Where labels are the same all the same, the later ones get a number.
    """
    names = Counter(name_key(voice.name) for voice in (*voices, *(choice.voice for choice in beside)))
    taken = {name_key(choice.label) for choice in beside}
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(2))
    choices: list[Choice] = []
    for voice in voices:
        ambiguous = names[name_key(voice.name)] > 1 and told_apart(voice)
        label = f"{voice.name} ({voice.owner_name})" if ambiguous else voice.name
        if name_key(label) in taken:
            numbered = (f"{label} {number}" for number in numbers[name_key(label)])
            label = next(free for free in numbered if name_key(free) not in taken)
        taken.add(name_key(label))
        choices.append(Choice(label, voice))
    return choices


def _match(typed: str, choices: list[Choice]) -> Voice | None:
    """The choice that is meant by its id (which autocomplete sends) or its label (which people type)."""
    by_id = [choice.voice for choice in choices if choice.voice.id == typed]
    by_label = [choice.voice for choice in choices if name_key(choice.label) == name_key(typed)]
    return next(iter(by_id + by_label), None)
