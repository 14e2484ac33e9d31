"""Which voices a member may use in a place, and which of them a typed name means."""

from collections import Counter
from dataclasses import dataclass
from itertools import chain, count
from typing import assert_never
from unicodedata import normalize

from bot.errors import UserError
from bot.models import Cause, Voice, VoiceState
from bot.services.names import LONGEST_NAME
from bot.services.wording import listed, plain, quoted
from bot.storage.departures import DepartureStore
from bot.storage.voices import VoiceStore


class VoiceNotFound(UserError):
    def __init__(self, typed: str) -> None:
        shown = typed if len(typed) <= LONGEST_NAME else f"{typed[:LONGEST_NAME]}…"
        super().__init__(
            f"There is no voice called {quoted(shown)} for you here. `/voice list` shows the ones you can use."
        )


class VoiceNotUsable(UserError):
    """A voice that is known to the member and cannot do what was asked of it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice under the name by which a member can tell it from the others here."""

    label: str
    voice: Voice


class Repertoire:
    """Own voices everywhere, and inside a server the voices shared with it. Nobody learns of any other voice."""

    def __init__(self, voices: VoiceStore, departures: DepartureStore) -> None:
        self._voices = voices
        self._departures = departures

    async def own(self, member_id: int) -> list[Choice]:
        return [Choice(voice.name, voice) for voice in await self._voices.owned_by(member_id)]

    async def shared(self, member_id: int, guild_id: int | None) -> list[Choice]:
        """The voices of others here; those that share a name are told apart by their owners."""
        if guild_id is None:
            return []
        voices = await self._voices.shared_in(guild_id, beside_owner=member_id)
        own = [voice.name.casefold() for voice in await self._voices.owned_by(member_id)]
        names = Counter([*own, *(voice.name.casefold() for voice in voices)])
        taken = set(own)
        choices: list[Choice] = []
        for voice in voices:
            told_apart = names[voice.name.casefold()] > 1
            label = _free_label(f"{voice.name} ({voice.owner_name})" if told_apart else voice.name, taken)
            taken.add(label.casefold())
            choices.append(Choice(label, voice))
        return choices

    async def speaking(self, member_id: int, guild_id: int | None) -> list[Choice]:
        """Everything that can speak for this member here, own voices first."""
        known = await self.own(member_id) + await self.shared(member_id, guild_id)
        return [choice for choice in known if choice.voice.state is VoiceState.TRAINED]

    async def find(self, typed: str, *, member_id: int, guild_id: int | None) -> Voice:
        """The voice that a member means here, in whatever state it is; raises what there is to say instead."""
        typed = normalize("NFC", typed).strip()
        if (voice := _match(typed, await self.own(member_id))) is not None:
            return voice
        shared = await self.shared(member_id, guild_id)
        if (voice := _match(typed, shared)) is not None:
            return voice
        if same_name := [choice for choice in shared if choice.voice.name.casefold() == typed.casefold()]:
            names = listed(choice.label for choice in same_name)
            raise VoiceNotUsable(f"Several voices here have that name: {names}. Pick one of them from the list.")
        raise await self._not_found(typed, member_id=member_id, guild_id=guild_id)

    async def find_own(self, typed: str, *, member_id: int, guild_id: int | None) -> Voice:
        """The member's own voice that is meant; a voice that only others may change is said to be theirs."""
        voice = await self.find(typed, member_id=member_id, guild_id=guild_id)
        if voice.owner_id != member_id:
            raise VoiceNotUsable(f"{quoted(voice.name)} belongs to {plain(voice.owner_name)}; only they can do that.")
        return voice

    async def find_speaking(self, typed: str | None, *, member_id: int, guild_id: int | None) -> Voice:
        """The trained voice that is to speak: the one named, else the member's default, else their only one."""
        if typed is None:
            return await self._unnamed(member_id, guild_id)
        voice = await self.find(typed, member_id=member_id, guild_id=guild_id)
        if (obstacle := why_silent(voice, member_id)) is not None:
            raise VoiceNotUsable(obstacle)
        return voice

    async def _unnamed(self, member_id: int, guild_id: int | None) -> Voice:
        speaking = await self.speaking(member_id, guild_id)
        default = await self._voices.default_of(member_id)
        own = [choice for choice in speaking if choice.voice.owner_id == member_id]
        for choice in speaking:
            if choice.voice.id == default:
                return choice.voice
        for candidates in (own, speaking):
            if len(candidates) == 1:
                return candidates[0].voice
        if speaking:
            names = listed(choice.label for choice in speaking)
            raise VoiceNotUsable(f"Which voice? You can use {names}. Name one, or set yours with `/voice default`.")
        for choice in await self.own(member_id):
            if (obstacle := why_silent(choice.voice, member_id)) is not None:
                raise VoiceNotUsable(obstacle)
        raise VoiceNotUsable("You have no voice yet. `/voice create` makes one from a WAV of you speaking.")

    async def _not_found(self, typed: str, *, member_id: int, guild_id: int | None) -> UserError:
        departure = await self._departures.latest(typed, member_id=member_id, guild_id=guild_id)
        if departure is None:
            return VoiceNotFound(typed)
        name = quoted(departure.name)
        match departure.cause:
            case Cause.DELETED if departure.owner_id == member_id:
                return VoiceNotUsable(f"You deleted {name}. `/voice create` makes a new one.")
            case Cause.DELETED:
                return VoiceNotUsable(f"{name} was deleted by {plain(departure.owner_name)}.")
            case Cause.UNSHARED if departure.owner_id == member_id:
                return VoiceNotFound(typed)
            case Cause.UNSHARED:
                return VoiceNotUsable(f"{plain(departure.owner_name)} no longer shares {name} with this server.")


def why_silent(voice: Voice, member_id: int) -> str | None:
    """Why a voice cannot speak yet or any more; None when it can."""
    name = quoted(voice.name)
    mine = voice.owner_id == member_id
    match voice.state:
        case VoiceState.TRAINED:
            return None
        case VoiceState.DRAFT:
            return f"{name} waits for your consent: press **Create my voice** under its report, or create it again."
        case VoiceState.QUEUED | VoiceState.TRAINING if voice.held_for is not None:
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


def _free_label(label: str, taken: set[str]) -> str:
    """The label, with a number behind it where there is one like it already."""
    numbered = (f"{label} {number}" for number in count(2))
    return next(free for free in chain([label], numbered) if free.casefold() not in taken)


def _match(typed: str, choices: list[Choice]) -> Voice | None:
    """The choice that is meant by its id (which autocomplete sends) or its label (which people type)."""
    by_id = [choice.voice for choice in choices if choice.voice.id == typed]
    by_label = [choice.voice for choice in choices if choice.label.casefold() == typed.casefold()]
    return next(iter(by_id + by_label), None)
