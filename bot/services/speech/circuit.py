"""A circuit breaker for `/say`: while Fish Audio is known to fail, members are told at once."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import structlog

from bot.clock import MINUTE, SECOND, Clock
from bot.errors import AnswerTooLong, CreditUsedUp, FishAudioError, KeyRefused, NotReached, Unclear

log = structlog.get_logger(__name__)

REFUSALS = 2  # in a row, of the key or for lack of credit, that open the circuit
SILENCE = 20 * SECOND  # a request that is cancelled after this long without an answer opens the circuit
FIRST_PAUSE = 15 * SECOND
LONGEST_PAUSE = MINUTE


class Circuit:
    """Opens after failures; after each pause it lets one request through to test whether Fish Audio works again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trouble: FishAudioError | None = None  # the circuit is open while there is one
        self._opened_at = self._pause = 0
        self._probing = False
        self._refusals = 0
        self._answers = 0

    @contextmanager
    def request(self) -> Generator[None]:
        """Watch one request with all its attempts. Raises the last trouble at once while the circuit is open."""
        probing = self._admit()
        answers_before, begun_at = self._answers, self._clock.monotonic()
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
            elif self._answers == answers_before:  # otherwise others were answered meanwhile
                self._open(error)
            raise
        except asyncio.CancelledError:
            if self._answers == answers_before and self._clock.monotonic() >= begun_at + SILENCE:
                self._open(Unclear("given up"))
            raise
        except FishAudioError:  # Fish Audio answered, and refused this request alone
            self._close()
            raise
        else:
            self._close()
        finally:
            if probing:
                self._probing = False

    def refused(self, trouble: KeyRefused | CreditUsedUp) -> None:
        """Open after a call that was not for `/say`: the bot's own work is refused for good, not by an accident.

        An open circuit stays as it is, so that no other work puts off the next test.
        """
        if self._trouble is None:
            self._open(trouble)

    def accepted(self, *, needs_credit: bool) -> None:
        """Close if another call has shown that the trouble with the key, or with the credit, is over."""
        if isinstance(self._trouble, KeyRefused) or (needs_credit and isinstance(self._trouble, CreditUsedUp)):
            self._close()

    def check(self) -> None:
        """Raise the trouble that a request would meet at once, without making one."""
        if self._trouble is not None and (self._probing or self._clock.monotonic() < self._opened_at + self._pause):
            raise type(self._trouble)(*self._trouble.args)

    def _admit(self) -> bool:
        """Admit a request. Returns True if it tests whether the trouble is over; raises the trouble if it must wait."""
        if self._trouble is None:
            return False
        self.check()
        self._probing = True
        return True

    def _open(self, error: FishAudioError) -> None:
        self._trouble = error.with_traceback(None)
        self._opened_at = self._clock.monotonic()
        self._pause = min(2 * self._pause, LONGEST_PAUSE) or FIRST_PAUSE
        log.warning("fish audio does not speak", error=type(error).__name__, seconds=self._pause // SECOND)

    def _close(self) -> None:
        if self._trouble is not None:
            log.info("fish audio speaks again")
        self._trouble = None
        self._pause = self._refusals = 0
        self._answers += 1
