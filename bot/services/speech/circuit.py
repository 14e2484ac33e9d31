"""A circuit breaker before `/say`: while Fish Audio is known not to speak, members are told so at once."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import structlog

from bot.clock import MINUTE, SECOND, Clock
from bot.errors import AnswerTooLong, CreditUsedUp, FishAudioError, KeyRefused, NotReached, Unclear

log = structlog.get_logger(__name__)

REFUSALS = 2  # of the key or for want of credit, one after the other: each is told at once anyway
SILENCE = 20 * SECOND  # after which a request that is given up has told that nobody answers
FIRST_PAUSE = 15 * SECOND
LONGEST_PAUSE = MINUTE


class Circuit:
    """Opens when requests come to nothing, and lets one through after each pause to see whether that is still so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trouble: FishAudioError | None = None  # the circuit is open while there is one
        self._opened_at = self._pause = 0
        self._probing = False
        self._refusals = 0
        self._answers = 0

    @contextmanager
    def request(self) -> Generator[None]:
        """Watch one request with all its attempts. While the circuit is open, raises the last trouble instead."""
        probing = self._admit()
        answers_before, begun_at = self._answers, self._clock.now()
        try:
            yield
        except (KeyRefused, CreditUsedUp) as error:
            self._refusals += 1
            if probing or self._refusals >= REFUSALS:
                self._open(error)
            raise
        except (Unclear, NotReached) as error:
            if isinstance(error, AnswerTooLong):
                self._close()
            elif self._answers == answers_before:  # otherwise it was this request alone
                self._open(error)
            raise
        except asyncio.CancelledError:
            if self._answers == answers_before and self._clock.now() >= begun_at + SILENCE:
                self._open(Unclear("given up"))
            raise
        except FishAudioError:  # about this request: Fish Audio is there
            self._close()
            raise
        else:
            self._close()
        finally:
            if probing:
                self._probing = False

    def _admit(self) -> bool:
        """Let a request through; True when it is to find out whether the trouble is over."""
        if self._trouble is None:
            return False
        if self._probing or self._opened_at <= self._clock.now() < self._opened_at + self._pause:
            raise type(self._trouble)(*self._trouble.args)
        self._probing = True
        return True

    def _open(self, error: FishAudioError) -> None:
        self._trouble = error.with_traceback(None)
        self._opened_at = self._clock.now()
        self._pause = min(2 * self._pause, LONGEST_PAUSE) or FIRST_PAUSE
        log.warning("fish audio does not speak", error=type(error).__name__, seconds=self._pause // SECOND)

    def _close(self) -> None:
        if self._trouble is not None:
            log.info("fish audio speaks again")
        self._trouble = None
        self._pause = self._refusals = 0
        self._answers += 1
