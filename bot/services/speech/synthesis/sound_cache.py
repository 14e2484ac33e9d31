"""Keeps new sounds in memory for a while, for members who have the same words said in the same voice again.

A sound is kept under a keyed hash of what it was made from, so that the memory holds no text and nobody's name.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from bot.clock import HOUR, Clock
from bot.errors import Busy, UserError
from bot.fish_audio.fair_gate import Askers
from bot.models.voices import Voice, VoiceState
from bot.services.speech.synthesis.sizes import USUAL_BITRATE

KEPT = HOUR


@dataclass(frozen=True, slots=True)
class MadeSound:
    """A sound without tags. `is_new` says that it was made for this request, and not for an earlier one."""

    frames: bytes
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    frames: bytes
    until: int


@dataclass(slots=True)
class _Making:
    """A sound that is being made, and how many wait for it."""

    task: asyncio.Task[bytes]
    askers: Askers
    waiting: int = 0


class SoundCache:
    def __init__(self, clock: Clock, *, most_bytes: int) -> None:
        """Keep up to `most_bytes` of sounds; 0 keeps none, and has each request made by itself."""
        self._clock = clock
        self._most_bytes = most_bytes
        self._secret = secrets.token_bytes(32)
        self._bytes = 0
        self._kept: dict[bytes, _Kept] = {}  # oldest first
        self._making: dict[bytes, _Making] = {}

    def key(self, words: str, voice: Voice, *, speed: float, volume: float, bitrate: int = USUAL_BITRATE) -> bytes:
        """Return the key of a sound. The engine is not in it, since it stays the same until the process ends.

        What was made from a sample alone is never taken for the trained voice, nor for another sample.
        """
        source = voice.fish_id if voice.state is VoiceState.TRAINED else [voice.id, voice.imitable_until]
        made_from = json.dumps([words, source, speed, volume, bitrate])
        return blake2b(made_from.encode(), key=self._secret, digest_size=32).digest()

    def has(self, key: bytes) -> bool:
        """Return whether a sound is kept or being made."""
        kept = self._kept.get(key)
        return key in self._making or (kept is not None and self._clock.now() < kept.until)

    async def sound(self, key: bytes, askers: Askers, make: Callable[[], Coroutine[Any, Any, bytes]]) -> MadeSound:
        """Return the sound of a key, made by `make` for `askers` if there is none; those who ask at once share it.

        Raises what `make` raises. It is cancelled only when nobody waits for it any more; the last one to give up waits
        until it has ended.
        """
        if not self._most_bytes:
            return MadeSound(await make(), is_new=True)
        while True:
            kept = self._kept.get(key)
            if kept is not None and self._clock.now() < kept.until:
                return MadeSound(kept.frames, is_new=False)
            making = self._making.get(key)
            if making is None:
                return MadeSound(await self._wait_for(key, self._begin(key, askers, make)), is_new=True)
            making.askers.join(askers)
            try:
                return MadeSound(await self._wait_for(key, making), is_new=False)
            except (UserError, Busy):  # the other request ended, for example over its budget or its time
                self._ends(key, making)  # at once: in the moment of its failure, this one would join it for ever

    async def drop_old(self) -> None:
        """Drop the sounds whose time is over."""
        now = self._clock.now()
        for key in [key for key, kept in self._kept.items() if kept.until <= now]:
            self._drop(key)

    def clear(self) -> None:
        """Drop everything. What is being made now is given to those who wait for it, and not kept."""
        self._kept.clear()
        self._bytes = 0
        self._making.clear()

    def _begin(self, key: bytes, askers: Askers, make: Callable[[], Awaitable[bytes]]) -> _Making:
        making = self._making[key] = _Making(asyncio.ensure_future(make()), askers)
        making.task.add_done_callback(partial(self._made, key, making))
        return making

    async def _wait_for(self, key: bytes, making: _Making) -> bytes:
        making.waiting += 1
        try:
            return await asyncio.shield(making.task)
        finally:
            making.waiting -= 1
            if not making.waiting and making.task.cancel():
                self._ends(key, making)  # whoever asks from now on does not wait for its end
                await asyncio.wait([making.task])

    def _made(self, key: bytes, making: _Making, task: asyncio.Task[bytes]) -> None:
        if self._ends(key, making) and not task.cancelled() and task.exception() is None:
            self._keep(key, task.result())

    def _ends(self, key: bytes, making: _Making) -> bool:
        """Let nobody join a request any more. Returns False if nobody could, since all was dropped, for example."""
        is_open = self._making.get(key) is making
        if is_open:
            del self._making[key]
        return is_open

    def _keep(self, key: bytes, frames: bytes) -> None:
        self._drop(key)
        if len(frames) > self._most_bytes:
            return
        while self._bytes + len(frames) > self._most_bytes:
            self._drop(next(iter(self._kept)))
        self._kept[key] = _Kept(frames, self._clock.now() + KEPT)
        self._bytes += len(frames)

    def _drop(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        self._bytes -= len(kept.frames) if kept else 0
