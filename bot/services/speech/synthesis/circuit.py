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


class Request:
    """One request with all its attempts. It waits for its turn before each, and may never be sent."""

    def __init__(self, circuit: "Circuit", *, is_probe: bool) -> None:
        self._circuit = circuit
        self.is_probe = is_probe
        self.asked_at: int | None = None  # for the first time
        self.answers_before = 0  # by then, to other requests

    @property
    def was_asked(self) -> bool:
        return self.asked_at is not None

    def asking(self) -> None:
        """Take note that the request is sent."""
        if self.asked_at is None:
            self.asked_at, self.answers_before = self._circuit.moment()

    def may_ask(self) -> bool:
        """Return whether the request would be let through now."""
        return self.is_probe or self._circuit.trouble() is None

    async def turn_comes(self) -> bool:
        """Return True. Raises the trouble if the circuit has opened while this request waited for its turn."""
        if not self.is_probe:
            self.is_probe = self._circuit.admit()
        return True


class Circuit:
    """Opens after failures; after each pause it lets one request through to test whether Fish Audio works again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trouble: FishAudioError | None = None  # the circuit is open while there is one
        self._found_by_speech = False  # the trouble; if not, other work has met it
        self._opened_at = self._pause = 0
        self._probing = False
        self._refusals = 0
        self._answers = 0

    @contextmanager
    def request(self) -> Generator[Request]:
        """Watch one request with all its attempts. Raises the last trouble at once while the circuit is open.

        Nothing is learned from a request that was never sent.
        """
        request = Request(self, is_probe=self.admit())
        try:
            yield request
        except (FishAudioError, asyncio.CancelledError) as error:
            self._learn(request, error)
            raise
        else:
            self._close()
        finally:
            if request.is_probe:
                self._probing = False

    def _learn(self, request: Request, error: FishAudioError | asyncio.CancelledError) -> None:
        if request.asked_at is None:
            return
        unanswered = self._answers == request.answers_before  # otherwise others were answered meanwhile
        match error:
            case KeyRefused() | CreditUsedUp():
                self._refusals += 1
                if request.is_probe or self._refusals >= REFUSALS:
                    self._open_after(request, error)
            case AnswerTooLong():
                self._close()
            case Unclear() | NotReached():
                if unanswered:
                    self._open_after(request, error)
            case asyncio.CancelledError():
                if unanswered and self._clock.monotonic() >= request.asked_at + SILENCE:
                    self._open_after(request, Unclear("given up"))
            case _:  # Fish Audio answered, and refused this request alone
                self._close()

    def refused(self, trouble: KeyRefused | CreditUsedUp) -> None:
        """Open at once after Fish Audio has refused a call of the bot's own work.

        If the circuit is open already, nothing changes, so that such calls never put off the next test.
        """
        if self._trouble is None:
            self._open(trouble, found_by_speech=False)

    def accepted(self, *, needs_credit: bool) -> None:
        """Close if another call has shown that the trouble with the key, or with the credit, is over.

        A key may be valid for other work only. So trouble that a request for speech has met ends with such a request.
        """
        is_shown = isinstance(self._trouble, KeyRefused) or (needs_credit and isinstance(self._trouble, CreditUsedUp))
        if is_shown and not self._found_by_speech:
            self._close()

    def trouble(self) -> FishAudioError | None:
        """Return the trouble that a request would meet at once, without making one."""
        is_closed_to_all = self._probing or self._clock.monotonic() < self._opened_at + self._pause
        return self._trouble if is_closed_to_all else None

    def check(self) -> None:
        """Raise the trouble that a request would meet at once."""
        trouble = self.trouble()
        if trouble is not None:
            raise type(trouble)(*trouble.args)

    def moment(self) -> tuple[int, int]:
        """Return the time, and how many requests were answered until now."""
        return self._clock.monotonic(), self._answers

    def admit(self) -> bool:
        """Admit a request. Returns True if it tests whether the trouble is over; raises the trouble if it must wait."""
        if self._trouble is None:
            return False
        self.check()
        self._probing = True
        return True

    def _open_after(self, request: Request, error: FishAudioError) -> None:
        """Open, or stay open if the test has failed. Requests from before the circuit opened put off no test."""
        if self._trouble is None or request.is_probe:
            self._open(error, found_by_speech=True)

    def _open(self, error: FishAudioError, *, found_by_speech: bool) -> None:
        self._trouble, self._found_by_speech = error.with_traceback(None), found_by_speech
        self._opened_at = self._clock.monotonic()
        self._pause = min(2 * self._pause, LONGEST_PAUSE) or FIRST_PAUSE
        log.warning("fish audio does not speak", error=type(error).__name__, seconds=self._pause // SECOND)

    def _close(self) -> None:
        if self._trouble is not None:
            log.info("fish audio speaks again")
        self._trouble = None
        self._pause = self._refusals = 0
        self._answers += 1
