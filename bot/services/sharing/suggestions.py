"""Finds the voices to suggest while a member types: those that they control first, and of each kind the lately used.

It is fast also in a server with thousands of shared voices, and with a database that is slow at that moment.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from types import MappingProxyType

from bot.clock import SECOND, Clock
from bot.models.common import Member
from bot.models.sharing import Share, VoicesInReach
from bot.models.voices import Voice
from bot.services.common.names import name_key
from bot.services.sharing.known_voices import Choice, KnownVoices, with_owner
from bot.services.sharing.remembered import Remembered
from bot.services.sharing.typos import resembling
from bot.storage.sharing.server_shares import Part, Parts, ServerShareStore
from bot.storage.speech.utterances import UtteranceStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore

NEVER_USED: Mapping[str, int] = MappingProxyType({})
MOST = 25  # suggestions, Discord's limit
MANY = 200  # shares: if a server has more, their names are prepared for the search
FRESH_FOR = 5 * SECOND  # what another process changes without telling is seen after that at the latest
LONGEST_WAIT = 0.1  # seconds; after that, what was read before is used

Wants = Callable[[Voice], bool]
LastUses = Mapping[str, int]  # when somebody last had a voice speak, by its id


@dataclass(frozen=True, slots=True)
class _Entry:
    """A shared voice, under a name that is its own among thousands."""

    key: str
    choice: Choice
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is shared in a server, as it was at one moment: as shares if there are few, else as entries."""

    parts: Parts = field(default_factory=dict[str, Part])
    shares: Sequence[Share] = ()
    entries: Sequence[_Entry] = ()
    prepared: Mapping[str, Sequence[_Entry]] = field(default_factory=dict[str, Sequence[_Entry]])  # by part

    @property
    def is_large(self) -> bool:
        return bool(self.entries)


class Suggestions:
    def __init__(
        self, reach: VoicesInReachStore, shares: ServerShareStore, utterances: UtteranceStore, clock: Clock
    ) -> None:
        self._reach = reach
        self._shares = shares
        self._utterances = utterances
        self._clock = clock
        self._in_servers = Remembered(self._read_shared, clock, fresh_for=FRESH_FOR)
        self._of_members = Remembered(self._read_controlled, clock, fresh_for=0)
        self._last_uses = Remembered(self._read_last_uses, clock, fresh_for=0)

    def outdate(self) -> None:
        """Outdate what was read before, because a voice or a share has changed."""
        self._in_servers.outdate()
        self._of_members.outdate()
        self._last_uses.outdate()

    async def controlled(self, member: Member, typed: str, wants: Wants) -> list[Choice]:
        """Return the voices that fit among those that the member controls and that `wants` names."""
        own, last_uses = await asyncio.gather(self._own(member.id), self._used_by(member.id))
        controlled = _wanted(KnownVoices(own, member, self._clock.now()).controlled, wants)
        return matching(controlled, typed, last_uses) or like(controlled, typed)

    async def usable(self, member: Member, guild_id: int | None, typed: str, wants: Wants) -> list[Choice]:
        """Return the voices that fit among all that the member may know of here, first those that they control."""
        if guild_id is None:
            return await self.controlled(member, typed, wants)
        shared, own, last_uses = await asyncio.gather(
            self._shared_in(guild_id), self._own(member.id), self._used_by(member.id)
        )
        now = self._clock.now()
        if shared.is_large:
            return _usable_of_many(shared, KnownVoices(own, member, now), member, typed, wants, last_uses, now)
        known = KnownVoices(replace(own, shares=tuple(shared.shares)), member, now)
        controlled, others = _wanted(known.controlled, wants), _wanted(known.shared, wants)
        found = [*matching(controlled, typed, last_uses), *matching(others, typed, last_uses)]
        return found[:MOST] or like([*controlled, *others], typed)

    async def shared(self, guild_id: int, typed: str) -> list[Choice]:
        """Return fitting voices among all that are shared in a server, for its managers."""
        shared, now = await self._shared_in(guild_id), self._clock.now()
        if shared.is_large:

            def is_running(entry: _Entry) -> bool:
                return not all(share.is_over(now) for share in entry.shares)

            return _matching_entries(shared, typed, NEVER_USED, is_running) or _entries_like(shared, typed, is_running)
        choices = [entry.choice for entry in _entries([share for share in shared.shares if not share.is_over(now)])]
        return matching(choices, typed) or like(choices, typed)

    async def _shared_in(self, guild_id: int) -> _Shared:
        return await self._in_servers.of(guild_id, within=LONGEST_WAIT) or _Shared()

    async def _own(self, member_id: int) -> VoicesInReach:
        return await self._of_members.of(member_id, within=LONGEST_WAIT) or VoicesInReach()

    async def _used_by(self, member_id: int) -> LastUses:
        return await self._last_uses.of(member_id, within=LONGEST_WAIT) or {}

    async def _read_shared(self, guild_id: int, before: _Shared | None) -> _Shared:
        """Read what has changed since `before`, and prepare the names of that if there are many."""
        before = before or _Shared()
        parts = await self._shares.of(guild_id, before.parts)
        if parts is before.parts:
            return before
        if sum(len(part.shares) for part in parts.values()) <= MANY:
            return _Shared(parts, shares=sorted(chain.from_iterable(map(_shares_of, parts.values())), key=_age))
        prepared: dict[str, Sequence[_Entry]] = {}
        for id_, part in parts.items():
            if before.parts.get(id_) is part and id_ in before.prepared:
                prepared[id_] = before.prepared[id_]
            else:
                prepared[id_] = _entries(part.shares)
                await asyncio.sleep(0)  # each part is a short step of the event loop
        entries = sorted(chain.from_iterable(prepared.values()), key=_age_of_entry)
        return _Shared(parts, entries=entries, prepared=prepared)

    async def _read_controlled(self, member_id: int, _: VoicesInReach | None) -> VoicesInReach:
        return await self._reach.of(member_id, None)

    async def _read_last_uses(self, member_id: int, _: LastUses | None) -> LastUses:
        return await self._utterances.lately_used(member_id)


def matching(choices: Sequence[Choice], typed: str, last_uses: LastUses = NEVER_USED) -> list[Choice]:
    """Return the choices that contain what was typed, those that begin with it first, and of these the lately used."""
    wanted = name_key(typed.strip())
    fitting = [choice for choice in choices if wanted in name_key(choice.label)]
    fitting.sort(key=lambda choice: (not name_key(choice.label).startswith(wanted), -last_uses.get(choice.voice.id, 0)))
    return fitting[:MOST]


def like(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Return the choices that are like what was typed, for when none contains it."""
    keys = [name_key(choice.label) for choice in choices]
    return [choices[number] for number in resembling(name_key(typed), keys)[:MOST]]


def _usable_of_many(
    shared: _Shared, own: KnownVoices, member: Member, typed: str, wants: Wants, last_uses: LastUses, now: int
) -> list[Choice]:
    def is_usable(entry: _Entry) -> bool:
        voice = entry.choice.voice
        if voice.is_controlled_by(member.id) or not wants(voice):
            return False
        return any(share.audience.includes(member) and not share.is_over(now) for share in entry.shares)

    controlled = _wanted(own.controlled, wants)
    found = [*matching(controlled, typed, last_uses), *_matching_entries(shared, typed, last_uses, is_usable)]
    return (found or [*like(controlled, typed), *_entries_like(shared, typed, is_usable)])[:MOST]


def _matching_entries(
    shared: _Shared, typed: str, last_uses: LastUses, is_usable: Callable[[_Entry], bool]
) -> list[Choice]:
    found = _in_order_of_matching(shared.entries, name_key(typed.strip()), last_uses)
    return [entry.choice for entry in islice(filter(is_usable, found), MOST)]


def _in_order_of_matching(entries: Sequence[_Entry], wanted: str, last_uses: LastUses) -> Iterator[_Entry]:
    """Yield the entries in the order of `matching`. Thousands are not sorted for the few that are shown."""
    found = [entry for entry in entries if wanted in entry.key]
    first = [entry for entry in found if entry.key.startswith(wanted)]
    yield from _lately_used_first(first, last_uses)
    others = [entry for entry in found if not entry.key.startswith(wanted)] if first else found
    yield from _lately_used_first(others, last_uses)


def _lately_used_first(entries: Sequence[_Entry], last_uses: LastUses) -> Iterator[_Entry]:
    used = [entry for entry in entries if entry.choice.voice.id in last_uses] if last_uses else []
    yield from sorted(used, key=lambda entry: -last_uses[entry.choice.voice.id])
    yield from (entry for entry in entries if entry.choice.voice.id not in last_uses) if used else entries


def _entries_like(shared: _Shared, typed: str, is_usable: Callable[[_Entry], bool]) -> list[Choice]:
    found = (shared.entries[number] for number in resembling(name_key(typed), [each.key for each in shared.entries]))
    return [entry.choice for entry in islice(filter(is_usable, found), MOST)]


def _wanted(choices: Sequence[Choice], wants: Wants) -> list[Choice]:
    return [choice for choice in choices if wants(choice.voice)]


def _shares_of(part: Part) -> Sequence[Share]:
    return part.shares


def _age(share: Share) -> tuple[int, str, int]:
    """Return the key that sorts the oldest voices first."""
    return share.voice.created_at, share.voice.id, share.shared_at


def _age_of_entry(entry: _Entry) -> tuple[int, str]:
    return entry.choice.voice.created_at, entry.choice.voice.id


def _entries(shares: Sequence[Share]) -> list[_Entry]:
    voices: dict[str, Voice] = {}
    of_voice: dict[str, list[Share]] = {}
    for share in shares:
        voices.setdefault(share.voice.id, share.voice)
        of_voice.setdefault(share.voice.id, []).append(share)
    labels = {id_: with_owner(voice) for id_, voice in voices.items()}
    return [
        _Entry(name_key(labels[id_]), Choice(labels[id_], voice), tuple(of_voice[id_])) for id_, voice in voices.items()
    ]
