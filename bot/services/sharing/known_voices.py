"""The voices that a member may know of in a place. Finds the one that a typed name means, and reveals no other."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import assert_never
from unicodedata import normalize

from bot.errors import UserError
from bot.models.common import Member
from bot.models.sharing import Share, VoicesInReach
from bot.models.voices import Voice, VoiceState
from bot.services.common.names import name_key
from bot.services.common.wording import in_label, listed, plain, quoted
from bot.services.sharing.typos import is_slip, similar
from bot.services.text.appearance import looks_of

_LONGEST_TYPED = 200  # characters, which is twice the longest label


class VoiceNotUsable(UserError):
    """The member knows the voice, but it cannot do what they asked; the sentence says why."""


class NameNotKnown(Exception):
    """No voice that the member may know of has this name."""

    def __init__(self, typed: str) -> None:
        super().__init__(typed)
        self.typed = typed


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice under the name by which a member can tell it from the others here."""

    label: str
    voice: Voice


class KnownVoices:
    """The voices that a member may know of in a place, as they were at one moment."""

    def __init__(self, reach: VoicesInReach, member: Member, now: int) -> None:
        self._member = member
        self._now = now
        self._default_ids = (reach.default_here_id, reach.default_id)
        self._controlled = reach.controlled
        self.shares = [
            share
            for share in reach.shares
            if share.audience.includes(member)
            and not share.is_over(now)
            and not share.voice.is_controlled_by(member.id)
        ]

    @cached_property
    def controlled(self) -> list[Choice]:
        """The voices that the member controls, their own first. Labels name the owners of voices with the same name."""
        return labelled(self._controlled, beside=[], told_apart=lambda voice: voice.owner_id != self._member.id)

    @cached_property
    def shared(self) -> list[Choice]:
        """The voices of others here. Labels name the owners of voices with the same name."""
        voices = {share.voice.id: share.voice for share in self.shares}
        return labelled(tuple(voices.values()), beside=self.controlled)

    @property
    def owned(self) -> list[Choice]:
        return [choice for choice in self.controlled if choice.voice.owner_id == self._member.id]

    @property
    def usable(self) -> list[Choice]:
        """Every voice that the member may know of here, in any state."""
        return self.controlled + self.shared

    @property
    def speaking(self) -> list[Choice]:
        """Every voice that can speak for the member here, those that they control first."""
        return [choice for choice in self.usable if choice.voice.can_speak(self._now)]

    def shares_of(self, voice: Voice) -> list[Share]:
        """Return the shares through which the member may use somebody else's voice here."""
        return [share for share in self.shares if share.voice.id == voice.id]

    def named(self, typed: str) -> Voice:
        """Return the voice that a name means, in any state. Raises NameNotKnown or VoiceNotUsable."""
        if len(typed) > _LONGEST_TYPED:
            raise NameNotKnown(typed)
        typed = normalize("NFC", typed).strip()
        for choices in (self.controlled, self.shared):
            if (voice := _match(typed, choices)) is not None:
                return voice
        own = [choice.voice for choice in self.controlled if name_key(choice.voice.name) == name_key(typed)]
        if len(own) == 1:
            return own[0]
        looks = looks_of(typed)
        alike = [choice for choice in self.usable if looks & looks_of(choice.voice.name)]
        if len(alike) > 1:
            names = listed(choice.label for choice in alike)
            raise VoiceNotUsable(f"Several voices here have that name: {names}. Pick one of them from the list.")
        if alike:
            return alike[0].voice
        raise NameNotKnown(typed)

    def nearly_named(self, typed: str) -> Voice | None:
        """Return the one voice whose name was surely meant despite a slip, in any state; None if no name is similar.

        Raises VoiceNotUsable, which names those that are similar, if none or several were surely meant.
        """
        wanted = name_key(typed)
        keys = [(name_key(name), choice) for choice in self.usable for name in _names(choice)]
        close = [keys[number] for number in similar(wanted, [key for key, _ in keys])]
        if not close:
            return None
        meant = {choice.voice.id: choice.voice for key, choice in close if is_slip(wanted, key)}
        if len(meant) == 1:
            return next(iter(meant.values()))
        labels = listed(dict.fromkeys(choice.label for _, choice in close))
        raise VoiceNotUsable(
            f"There is no voice called {quoted(typed)} for you here. Similar names: {labels}. Type one of them, or "
            "pick it from the list."
        )

    def unnamed(self) -> Voice:
        """Return the voice that speaks if none is named: the default, else the only one. Raises VoiceNotUsable.

        The default of this place comes before the one for everywhere, and an own voice that is trained before others.
        """
        speaking = self.speaking
        own = [choice for choice in speaking if choice.voice.is_controlled_by(self._member.id)]
        trained = [choice for choice in own if choice.voice.state is VoiceState.TRAINED]
        by_id = {choice.voice.id: choice.voice for choice in speaking}
        for default_id in self._default_ids:
            if default_id in by_id:
                return by_id[default_id]
        for candidates in (trained, own, speaking):
            if len(candidates) == 1:
                return candidates[0].voice
        if speaking:
            names = listed(choice.label for choice in speaking)
            raise VoiceNotUsable(f"Which voice? You can use {names}. Name one, or set yours with `/voice default`.")
        for choice in self.controlled:
            if (obstacle := why_silent(choice.voice, self._member.id)) is not None:
                raise VoiceNotUsable(obstacle)
        raise VoiceNotUsable(
            "You have no voice yet. `/voice create` makes one from a recording of you speaking; `sample` of `/say` "
            "says one text in the voice of a recording, without making one."
        )


def why_silent(voice: Voice, member_id: int) -> str | None:
    """Return why a voice is not trained yet or any more; None if it is."""
    name = quoted(voice.name)
    mine = voice.owner_id == member_id
    match voice.state:
        case VoiceState.TRAINED:
            return None
        case VoiceState.DRAFT if voice.speaker_id == member_id:
            return f"{name} waits for you: nothing is made of it before you agree. Answer my direct message about it."
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
    voices: Sequence[Voice], *, beside: list[Choice], told_apart: Callable[[Voice], bool] = lambda _: True
) -> list[Choice]:
    """Give the voices labels that differ from each other and from those `beside`.

    Voices whose names are the same, or look so, get their owners' names if `told_apart` says so. Labels that are still
    the same get a number.
    """
    named = (*voices, *(choice.voice for choice in beside))
    looks = Counter(look for voice in named for look in looks_of(voice.name))
    taken = {look for choice in beside for look in looks_of(choice.label)}
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(2))
    choices: list[Choice] = []
    for voice in voices:
        ambiguous = any(looks[look] > 1 for look in looks_of(voice.name)) and told_apart(voice)
        label = with_owner(voice) if ambiguous else voice.name
        looks_so = looks_of(label)
        if looks_so & taken:
            numbered = (f"{label} {number}" for number in numbers[min(looks_so)])
            label = next(free for free in numbered if not looks_of(free) & taken)
        taken |= looks_of(label)
        choices.append(Choice(label, voice))
    return choices


def with_owner(voice: Voice) -> str:
    """Return the label that tells a voice from others of its name."""
    return f"{voice.name} ({in_label(voice.owner_name)})"


def _names(choice: Choice) -> tuple[str, ...]:
    """Return what a member may type for a choice: its label, and the bare name."""
    return (choice.label,) if choice.label == choice.voice.name else (choice.label, choice.voice.name)


def _match(typed: str, choices: list[Choice]) -> Voice | None:
    """Return the voice with this id (which autocomplete sends) or this label (which people type)."""
    by_id = [choice.voice for choice in choices if choice.voice.id == typed]
    by_label = [choice.voice for choice in choices if name_key(choice.label) == name_key(typed)]
    return next(iter(by_id + by_label), None)
