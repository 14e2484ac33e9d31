"""Gives each interaction its first response, once and in time.

Discord takes one first response, within three seconds. For quick work it is the outcome. A timer acknowledges slow
work, and the outcome then replaces the acknowledgement.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any, Literal, TypeAlias

import aiohttp
import discord
import structlog

from bot.discord.codes import Code, may_pass_soon
from bot.errors import UserError
from bot.tries import tries

log = structlog.get_logger(__name__)

AnyInteraction: TypeAlias = "discord.Interaction[Any]"
Manner: TypeAlias = Literal["privately", "publicly", "update"]

# The errors that discord.py raises when the connection to Discord breaks, or an answer cannot be read.
LINE_TROUBLES = (OSError, TimeoutError, aiohttp.ClientError, json.JSONDecodeError)

# Discord waits three seconds for the first response; it refuses one that comes later.
_FIRST_RESPONSE_SECONDS = 2.8
_SLOW_SECONDS = 1.0  # work that takes longer is acknowledged; the rest of the time is for the network
_LAST_TRY_SECONDS = 0.5

# An answer can be edited for fifteen minutes, of which some seconds may be over when the interaction arrives.
_EDITABLE_SECONDS = 15 * 60 - 20.0

# discord.py waits at least a second before it sends a failed request again (`webhook/async_.py`).
_FIRST_RETRY_SECONDS = 1.0

_KEY = "first response"  # in `Interaction.extras`


class OutOfReach(Exception):
    """The interaction cannot be answered any more, or another process answers it. Nothing is left to do."""


class DiscordTooSlow(UserError):
    def __init__(self) -> None:
        super().__init__("Discord was too slow just now, so nothing was done. Please try again.")


class Stage(Enum):
    """How far the first response has come."""

    OPEN = auto()
    UNCLEAR = auto()  # Discord may have an acknowledgement or not
    ACKNOWLEDGED = auto()
    ANSWERED = auto()
    OUT_OF_REACH = auto()


class FirstResponse:
    """The first response to one interaction: an outcome or an acknowledgement. Discord takes only one."""

    def __init__(self, interaction: AnyInteraction) -> None:
        self.manner: Manner = "privately"
        self.stage = Stage.OPEN
        self.message_id: int | None = None  # of the message that it made, if Discord told
        self.is_telling = False  # an outcome is on its way; still so if the task was cancelled meanwhile
        self._interaction = interaction
        self._arrived_at = asyncio.get_running_loop().time()
        self._give_up_at = self._arrived_at + _FIRST_RESPONSE_SECONDS
        self._timer: asyncio.TimerHandle | None = None
        self._acknowledging: asyncio.Task[None] | None = None
        self._when_given: Callable[[], None] | None = None

    @classmethod
    def to(cls, interaction: AnyInteraction) -> "FirstResponse":
        """Return the first response of this interaction."""
        if _KEY not in interaction.extras:
            interaction.extras[_KEY] = cls(interaction)
        return interaction.extras[_KEY]

    @property
    def is_open(self) -> bool:
        return self.stage in {Stage.OPEN, Stage.UNCLEAR}

    @property
    def editable_seconds(self) -> float:
        """Return for how many more seconds the answer can be edited. A wrong clock of the machine does not matter."""
        return self._arrived_at + _EDITABLE_SECONDS - asyncio.get_running_loop().time()

    @contextmanager
    def telling(self) -> Generator[None]:
        """Mark the block that tells the member what has come of their interaction."""
        self.is_telling = True
        yield
        self.is_telling = False

    def when_given(self, call: Callable[[], None]) -> None:
        """Have `call` called after the next attempt to give the first response, also if that fails."""
        self._when_given = call

    def start_timer(self) -> None:
        """Acknowledge the interaction in a second, unless `stop_timer` is called before."""
        self._timer = asyncio.get_running_loop().call_later(_SLOW_SECONDS, self._time_is_up)

    def stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def settle(self) -> None:
        """Stop the timer; if it has begun to acknowledge, wait until that is over. Raises OutOfReach."""
        self.stop_timer()
        if self._acknowledging is not None:
            await asyncio.wait({self._acknowledging})
        if self.stage is Stage.OUT_OF_REACH:
            raise OutOfReach

    async def acknowledge(self) -> None:
        """Acknowledge the interaction as `manner` says. Raises OutOfReach or DiscordTooSlow."""
        is_private, is_new = self.manner == "privately", self.manner != "update"
        before, self.stage = self.stage, Stage.UNCLEAR
        try:
            await self._give(
                lambda: self._interaction.response.defer(ephemeral=is_private, thinking=is_new),
                after_unclear=before is Stage.UNCLEAR,
            )
        except TimeoutError:
            raise DiscordTooSlow from None
        except discord.HTTPException as error:
            self._is_refused(error)
            raise OutOfReach from error
        self.stage = Stage.ACKNOWLEDGED

    async def answer(self, respond: Callable[[], Awaitable[Any]]) -> bool:
        """Give the outcome as the first response. Returns False if there is an acknowledgement already.

        Raises OutOfReach, TimeoutError, or discord.py's error if Discord refuses the outcome.
        """
        if not self.is_open:
            return False
        is_new = await self._give(respond, after_unclear=self.stage is Stage.UNCLEAR)
        self.stage = Stage.ANSWERED if is_new else Stage.ACKNOWLEDGED
        return is_new

    async def _give(self, respond: Callable[[], Awaitable[Any]], *, after_unclear: bool) -> bool:
        """Send the first response, and repeat it after network errors. Returns False if an unclear one had arrived."""
        now = asyncio.get_running_loop().time()
        began, count = time.monotonic(), 0
        try:
            async with asyncio.timeout_at(max(self._give_up_at, now + _LAST_TRY_SECONDS)):
                async for attempt in tries(
                    may_pass, attempts=None, timeout=None, wait_initial=0.05, wait_max=0.5, wait_jitter=0.1
                ):
                    with attempt:
                        count += 1
                        given = await respond()
                        self.message_id = getattr(given, "message_id", None)
        except discord.InteractionResponded:  # an abandoned try has just arrived
            return not after_unclear
        except discord.HTTPException as error:
            # If the first try is refused, another process has responded. If a later one is refused, an earlier try of
            # this process has arrived and its answer was lost. The pause shows whether discord.py has tried before.
            is_ours = after_unclear or count > 1 or time.monotonic() - began >= _FIRST_RETRY_SECONDS
            if error.code == Code.ALREADY_ACKNOWLEDGED and is_ours:
                return not after_unclear
            if error.code in {Code.ALREADY_ACKNOWLEDGED, Code.UNKNOWN_INTERACTION}:
                self._is_refused(error)
                raise OutOfReach from error
            raise
        finally:
            if self._when_given is not None:
                self._when_given()
        return True

    def _is_refused(self, error: discord.HTTPException) -> None:
        self.stage = Stage.OUT_OF_REACH
        log.info("interaction out of reach", code=error.code, status=error.status)

    def _time_is_up(self) -> None:
        self._acknowledging = asyncio.create_task(self._acknowledge_slow_work(), name="acknowledge slow work")

    async def _acknowledge_slow_work(self) -> None:
        with suppress(OutOfReach, DiscordTooSlow):  # the code that answers sees the stage
            await self.acknowledge()


def acknowledge_if_slow(interaction: AnyInteraction, work: asyncio.Task[Any]) -> None:
    """Start the timer that acknowledges an interaction if `work` has not answered it in a second."""
    response = FirstResponse.to(interaction)
    response.start_timer()
    work.add_done_callback(lambda _: response.stop_timer())


def if_slow(interaction: AnyInteraction, manner: Manner) -> None:
    """Choose how slow work is acknowledged.

    "privately", the default, and "publicly" show "thinking…". "update" shows nothing, for work that ends in `update`.
    """
    FirstResponse.to(interaction).manner = manner


async def acknowledge(interaction: AnyInteraction) -> None:
    """Acknowledge at once, for work that is always slow. Raises OutOfReach or DiscordTooSlow."""
    response = FirstResponse.to(interaction)
    await response.settle()
    if response.is_open:
        await response.acknowledge()


def may_pass(error: Exception) -> bool:
    """Return whether sending the same again may work: Discord fails or is too busy, or the connection broke."""
    if isinstance(error, discord.HTTPException):
        return may_pass_soon(error)
    return isinstance(error, LINE_TROUBLES)
