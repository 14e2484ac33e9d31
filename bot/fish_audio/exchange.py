"""Makes one call of the SDK: waits for its turn, sends the request, and returns the answer or the right error.

`bot.fish_audio.answers` reads the answers, and the SDK never sees one: it fails on some that are usable (a 422 with an
array, a voice with `train_mode: full`), and it reads a body of any length to its end. Neither the key nor a text nor
audio may get into an exception, so the exceptions raised here have no cause.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import httpx

from bot.errors import AnswerTooLong, CreditUsedUp, KeyRefused, LooksMissing, NoAnswer, NotReached, Refused
from bot.fish_audio.answers import Answer, failure, is_doubtful
from bot.fish_audio.fair_gate import HOUSE, Askers, FairGate
from bot.http.bodies import BodyTooLong, read_body
from bot.http.user_agents import TO_OTHERS

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Call: TypeAlias = Callable[[], Awaitable[object]]  # of the SDK

# Asked when a call's turn has come, which may be long after it was made: what is not wanted any more is not sent.
StillWanted: TypeAlias = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For whom a call is made, and the limits on its time and on its answer."""

    seconds: float  # from its turn until the last byte of its answer
    most_bytes: int = 1_000_000  # of the answer's body
    askers: Askers | None = None  # None: the bot itself
    is_wanted: StillWanted | None = None
    on_asking: Callable[[], object] | None = None  # called when the request is sent: its turn has come
    on_sound: Callable[[], object] | None = None  # called whenever bytes of a success have come
    about_one_voice: bool = False
    needs_credit: bool = False  # Fish Audio refuses it for want of credit


class Watcher(Protocol):
    """Is told of every call but speeches and deletions whether the key was accepted and there was credit."""

    def refused(self, trouble: KeyRefused | CreditUsedUp) -> None: ...

    def accepted(self, *, needs_credit: bool) -> None:
        """Take note of a success; `needs_credit` if Fish Audio refuses such a call for want of credit."""
        ...


@dataclass(slots=True)
class _Running:
    """The state of the running call: whether it may have left this machine, and its answer."""

    terms: Terms
    sent: bool = False
    answer: Answer | None = None


class _AnswerRead(Exception):
    """Ends a call of the SDK, because its answer has been read."""


_running: ContextVar[_Running] = ContextVar("_running")


class Exchange:
    """Makes calls, each in its turn at the gate and in a slot that the processes of this bot share."""

    def __init__(self, gate: FairGate, shared_slot: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._gate = gate
        self._shared_slot = shared_slot
        self.watchers: list[Watcher] = []

    async def done(self, call: Call, terms: Terms) -> Answer:
        """Make one call, tell the watchers how it ended, and return its successful answer."""
        try:
            answer = await self.success(call, terms)
        except (KeyRefused, CreditUsedUp) as trouble:
            for watcher in self.watchers:
                watcher.refused(trouble)
            raise
        for watcher in self.watchers:
            watcher.accepted(needs_credit=terms.needs_credit)
        return answer

    async def success(self, call: Call, terms: Terms) -> Answer:
        """Make one call and return its successful answer.

        Raises `LooksMissing` if a proxy may have answered that a voice is gone: that alone must not end a voice.
        """
        answer = await self.answer(call, terms)
        if terms.about_one_voice and is_doubtful(answer):
            raise LooksMissing(f"{answer.status}, but not in Fish Audio's own form")
        if not answer.is_success:
            raise failure(answer, about_one_voice=terms.about_one_voice)
        if answer.is_too_long:
            raise AnswerTooLong(f"{answer.status}: more than {terms.most_bytes} bytes")
        return answer

    async def answer(self, call: Call, terms: Terms) -> Answer:
        """Make one call and return its answer, successful or not."""
        async with self._gate.turn(terms.askers or Askers(HOUSE)), self._shared_slot():
            if terms.is_wanted is not None and not await terms.is_wanted():
                raise NotReached("it was no longer wanted when its turn came")
            return await _answer_to(call, terms)


async def _answer_to(call: Call, terms: Terms) -> Answer:
    """Make a call and return its answer. Raises a `FishAudioError` if there was none."""
    running = _Running(terms)
    before = _running.set(running)
    trouble: Exception | None = None
    try:
        async with asyncio.timeout(terms.seconds):
            await call()
    except Exception as error:
        trouble = error
    finally:
        _running.reset(before)
    if running.answer is None:
        raise _without_answer(trouble, sent=running.sent)  # outside `except`, so that it has no cause
    return running.answer


def _without_answer(trouble: Exception | None, *, sent: bool) -> Exception:
    kind = type(trouble).__name__
    if isinstance(trouble, _NEVER_SENT) or (isinstance(trouble, TimeoutError) and not sent):
        return NotReached(f"Fish Audio cannot be reached ({kind})")
    if sent or trouble is None:
        return NoAnswer(f"Fish Audio did not answer ({kind})")
    if isinstance(trouble, (ValueError, TypeError)):
        return Refused("it holds something that cannot be sent", status=0)
    return trouble  # a defect of the bot


async def _note_sending(request: httpx.Request) -> None:
    request.headers["User-Agent"] = TO_OTHERS  # the SDK puts its own name into each request
    running = _running.get()
    running.sent = True
    if running.terms.on_asking is not None:
        running.terms.on_asking()


async def _note_answer(response: httpx.Response) -> None:
    running = _running.get()
    running.answer = Answer(response.status_code, dict(response.headers))
    on_sound = running.terms.on_sound if running.answer.is_success else None
    try:
        body = await read_body(response, running.terms.most_bytes, on_bytes=on_sound)
        running.answer = replace(running.answer, body=body)
    except BodyTooLong:
        running.answer = replace(running.answer, is_too_long=True)
    raise _AnswerRead


HOOKS: dict[str, list[Callable[..., Awaitable[Any]]]] = {"request": [_note_sending], "response": [_note_answer]}
