"""Finds the voices to suggest while a member types, fast also in a server with thousands of shared voices."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.clock import MINUTE, SECOND, Clock
from bot.models import Member, Share, Voice
from bot.services.common.names import name_key
from bot.services.sharing.known_voices import Choice, KnownVoices
from bot.storage.sharing.sharing import ShareStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore

MOST = 25  # suggestions, Discord's limit
MANY = 200  # shares: a server with more is read at most once in `READ_EVERY`, whoever types
READ_EVERY = 5 * SECOND
FORGOTTEN_AFTER = MINUTE
PATIENCE = 0.1  # seconds, after which the shares that were read before must do

Wants = Callable[[Voice], bool]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A shared voice, under a name that is its own among thousands."""

    key: str
    choice: Choice
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is shared in a server, as it was at one moment."""

    shares: Sequence[Share]
    entries: Sequence[_Entry]  # only if there are many shares
    read_at: int

    @property
    def is_large(self) -> bool:
        return len(self.shares) > MANY


class Suggestions:
    def __init__(self, reach: VoicesInReachStore, shares: ShareStore, clock: Clock) -> None:
        self._reach = reach
        self._shares = shares
        self._clock = clock
        self._known: dict[int, _Shared] = {}  # by server, of those with many shares
        self._reading: dict[int, asyncio.Task[_Shared]] = {}

    async def controlled(self, member: Member, typed: str, wants: Wants) -> list[Choice]:
        """Return the voices that fit among those that the member controls and that `wants` names."""
        known = KnownVoices(await self._reach.of(member.id, None), member, self._clock.now())
        return matching([choice for choice in known.controlled if wants(choice.voice)], typed)

    async def usable(self, member: Member, guild_id: int | None, typed: str, wants: Wants) -> list[Choice]:
        """Return the voices that fit among all that the member may know of here, what they control first."""
        if guild_id is None:
            return await self.controlled(member, typed, wants)
        shared = await self._shared_in(guild_id)
        if shared.is_large:
            return await self._usable_of_many(shared, member, typed, wants)
        reach = replace(await self._reach.of(member.id, None), shares=tuple(shared.shares))
        known = KnownVoices(reach, member, self._clock.now())
        return matching([choice for choice in known.usable if wants(choice.voice)], typed)

    async def _usable_of_many(self, shared: _Shared, member: Member, typed: str, wants: Wants) -> list[Choice]:
        own, now = await self.controlled(member, typed, wants), self._clock.now()

        def is_usable(entry: _Entry) -> bool:
            voice = entry.choice.voice
            if voice.is_controlled_by(member.id) or not wants(voice):
                return False
            return any(share.audience.includes(member) and not share.is_over(now) for share in entry.shares)

        return [*own, *self._fitting(shared, typed, is_usable)][:MOST]

    async def shared(self, guild_id: int, typed: str) -> list[Choice]:
        """Return fitting voices among all that are shared in a server, for its managers."""
        shared, now = await self._shared_in(guild_id), self._clock.now()
        if shared.is_large:
            return self._fitting(shared, typed, lambda entry: not all(share.is_over(now) for share in entry.shares))
        running = [share for share in shared.shares if not share.is_over(now)]
        return matching([entry.choice for entry in _entries(running)], typed)

    def _fitting(self, shared: _Shared, typed: str, is_usable: Callable[[_Entry], bool]) -> list[Choice]:
        wanted = name_key(typed.strip())
        found = [entry for entry in shared.entries if wanted in entry.key]
        found.sort(key=lambda entry: not entry.key.startswith(wanted))
        return [entry.choice for entry in islice(filter(is_usable, found), MOST)]

    async def _shared_in(self, guild_id: int) -> _Shared:
        """Return what is shared: read now, or a moment ago if that is much or the database takes long."""
        now = self._clock.now()
        self._known = {id_: each for id_, each in self._known.items() if _is_fresh(each, now, FORGOTTEN_AFTER)}
        known = self._known.get(guild_id)
        if known is not None and _is_fresh(known, now, READ_EVERY):
            return known
        reading = self._reading.get(guild_id)
        if reading is None:
            reading = self._reading[guild_id] = asyncio.create_task(self._read(guild_id), name="shares")
            reading.add_done_callback(lambda _: self._reading.pop(guild_id))
        if known is not None:
            done, _ = await asyncio.wait({reading}, timeout=PATIENCE)
            if not done:
                return known
        return await asyncio.shield(reading)

    async def _read(self, guild_id: int) -> _Shared:
        now = self._clock.now()
        shares = await self._shares.in_server(guild_id)
        if len(shares) <= MANY:
            self._known.pop(guild_id, None)
            return _Shared(shares, (), now)
        read = self._known[guild_id] = _Shared(shares, await asyncio.to_thread(_entries, shares), now)
        return read


def matching(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Return the choices that contain what was typed, those that begin with it first."""
    wanted = name_key(typed.strip())
    fitting = [choice for choice in choices if wanted in name_key(choice.label)]
    fitting.sort(key=lambda choice: not name_key(choice.label).startswith(wanted))
    return fitting[:MOST]


def _entries(shares: Sequence[Share]) -> list[_Entry]:
    voices: dict[str, Voice] = {}
    of_voice: dict[str, list[Share]] = {}
    for share in shares:
        voices.setdefault(share.voice.id, share.voice)
        of_voice.setdefault(share.voice.id, []).append(share)
    labels = {id_: f"{voice.name} ({voice.owner_name})" for id_, voice in voices.items()}
    return [
        _Entry(name_key(labels[id_]), Choice(labels[id_], voice), tuple(of_voice[id_])) for id_, voice in voices.items()
    ]


def _is_fresh(shared: _Shared, now: int, kept: int) -> bool:
    return shared.read_at <= now < shared.read_at + kept
