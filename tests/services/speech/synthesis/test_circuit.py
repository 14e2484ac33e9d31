"""While Fish Audio is known to fail, nobody waits for it; single requests find out when it works again."""

import asyncio
import contextlib

import pytest

from bot.clock import HOUR, SECOND, Clock
from bot.errors import (
    AnswerTooLong,
    Busy,
    CreditUsedUp,
    FishAudioError,
    KeyRefused,
    NoSound,
    NotReached,
    Refused,
    Unclear,
)
from bot.services.speech.synthesis.bill import Bill
from bot.services.speech.synthesis.circuit import FIRST_PAUSE, LONGEST_PAUSE, SILENCE, Circuit, Request
from bot.services.speech.synthesis.synthesis import FIRST_SOUND_SECONDS, MOST_ATTEMPTS, SECONDS, RetryPolicy


class HandClock(Clock):
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.moment = 1_000_000
        self.hour = 0  # what somebody has set the hour to

    def monotonic(self) -> int:
        return self.moment

    def now(self) -> int:
        return self.hour


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def circuit(clock: HandClock) -> Circuit:
    return Circuit(clock)


def request(circuit: Circuit, outcome: BaseException | None = None) -> bool:
    """Make a request that ends with `outcome`. Returns False if it was not let through."""
    asked = False
    try:
        with circuit.request() as request:
            request.asking()
            asked = True
            if outcome is not None:
                raise outcome
    except (FishAudioError, asyncio.CancelledError):
        pass
    return asked


def opened(circuit: Circuit, trouble: FishAudioError) -> None:
    while request(circuit, trouble):
        pass


@pytest.mark.parametrize(
    ("trouble", "needed"),
    [
        (Unclear("503"), 1),
        (NotReached("no name"), 1),
        (KeyRefused("401"), 2),
        (CreditUsedUp("402"), 2),
    ],
)
def test_trouble_that_concerns_everybody_is_told_at_once(
    circuit: Circuit, trouble: FishAudioError, needed: int
) -> None:
    for _ in range(needed):
        assert request(circuit, trouble)
    with pytest.raises(type(trouble), match=str(trouble)), circuit.request():
        pytest.fail("let through")


@pytest.mark.parametrize(
    "trouble",
    [
        Busy("429"),
        Refused("bad text", status=400),
        NoSound("empty"),
        AnswerTooLong("200"),
        asyncio.CancelledError(),
    ],
)
def test_trouble_of_one_request_does_not_stop_the_others(circuit: Circuit, trouble: BaseException) -> None:
    for _ in range(5):
        assert request(circuit, trouble)


@pytest.mark.parametrize("trouble", [KeyRefused("401"), CreditUsedUp("402")])
def test_the_first_request_is_told_what_other_work_has_met(
    circuit: Circuit, clock: HandClock, trouble: KeyRefused | CreditUsedUp
) -> None:
    circuit.refused(trouble)
    assert not request(circuit)
    clock.moment += FIRST_PAUSE - 1
    circuit.refused(trouble)
    assert not request(circuit)
    clock.moment += 1
    with circuit.request():
        assert not request(circuit), "other work puts off no test"
    circuit.accepted(needs_credit=True)
    assert request(circuit)


@pytest.mark.parametrize("trouble", [KeyRefused("401"), CreditUsedUp("402")])
def test_what_speech_has_met_ends_with_speech(
    circuit: Circuit, clock: HandClock, trouble: KeyRefused | CreditUsedUp
) -> None:
    """A key may read and create but not speak, and what is left of the credit may pay for other work alone."""
    opened(circuit, trouble)
    circuit.accepted(needs_credit=True)
    assert not request(circuit)
    clock.moment += FIRST_PAUSE
    assert request(circuit)
    assert request(circuit)


def never_sent(circuit: Circuit, outcome: BaseException) -> None:
    """Make a request that ends with `outcome` while it waits for its turn."""
    with contextlib.suppress(FishAudioError, asyncio.CancelledError), circuit.request():
        raise outcome


@pytest.mark.parametrize(
    "outcome", [Unclear("given up"), NotReached("no turn"), KeyRefused("401"), asyncio.CancelledError()]
)
def test_nothing_is_learned_from_a_request_that_was_never_sent(
    circuit: Circuit, clock: HandClock, outcome: BaseException
) -> None:
    for _ in range(3):
        never_sent(circuit, outcome)
    assert request(circuit)
    opened(circuit, Unclear("503"))
    clock.moment += FIRST_PAUSE
    never_sent(circuit, Refused("unsendable", status=0))
    assert request(circuit, Unclear("503")), "another test may begin, since that one found out nothing"
    assert not request(circuit)


def test_silence_counts_from_the_asking(circuit: Circuit, clock: HandClock) -> None:
    def given_up_in_vain() -> None:
        with circuit.request() as waiting:
            clock.moment += SILENCE
            waiting.asking()
            clock.moment += SILENCE - 1
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        given_up_in_vain()
    assert request(circuit)


async def test_whoever_waits_while_the_circuit_opens_is_told_when_their_turn_comes(
    circuit: Circuit, clock: HandClock
) -> None:
    with contextlib.suppress(Unclear), circuit.request() as waiting:
        assert await waiting.turn_comes()
        opened(circuit, Unclear("503"))
        assert not waiting.may_ask()
        with pytest.raises(Unclear, match="503"):
            await waiting.turn_comes()
        clock.moment += FIRST_PAUSE
        assert waiting.may_ask()
        assert await waiting.turn_comes(), "it finds out whether the trouble is over"
        assert not request(circuit)
        waiting.asking()
        raise Unclear("503")
    assert not request(circuit)


def test_those_who_fail_late_put_off_no_test(circuit: Circuit, clock: HandClock) -> None:
    with contextlib.suppress(Unclear), circuit.request() as late:
        late.asking()
        opened(circuit, Unclear("503"))
        clock.moment += FIRST_PAUSE - 1
        raise Unclear("503")
    clock.moment += 1
    assert request(circuit)


def test_other_work_closes_the_circuit_only_if_it_shows_that_the_trouble_is_over(circuit: Circuit) -> None:
    circuit.refused(CreditUsedUp("402"))
    circuit.accepted(needs_credit=False)
    assert not request(circuit)
    circuit.accepted(needs_credit=True)
    circuit.refused(KeyRefused("401"))
    circuit.accepted(needs_credit=False)
    opened(circuit, Unclear("503"))
    circuit.accepted(needs_credit=True)
    assert not request(circuit), "it says nothing about speech"


async def test_a_request_cancelled_after_a_long_silence_counts_as_unanswered(
    circuit: Circuit, clock: HandClock
) -> None:
    def given_up(after: int) -> None:
        with circuit.request() as request:
            request.asking()
            clock.moment += after
            raise asyncio.CancelledError

    for after, is_open in ((SILENCE - 1, False), (SILENCE, True)):
        with pytest.raises(asyncio.CancelledError):
            given_up(after)
        assert request(circuit) is not is_open


def test_a_refusal_that_does_not_last_stops_no_request(circuit: Circuit) -> None:
    for _ in range(5):
        assert request(circuit, KeyRefused("401"))
        assert request(circuit)


def test_a_request_that_fails_while_others_are_answered_fails_alone(circuit: Circuit) -> None:
    def fails_late() -> None:
        with circuit.request() as late:
            late.asking()
            request(circuit)
            raise Unclear("no sound before the deadline")

    with pytest.raises(Unclear):
        fails_late()
    assert request(circuit)


def test_after_a_pause_one_request_finds_out(circuit: Circuit, clock: HandClock) -> None:
    opened(circuit, Unclear("503"))
    clock.moment += FIRST_PAUSE
    with circuit.request():
        assert not request(circuit), "there is one already"
    assert request(circuit)


def test_lasting_trouble_is_tested_more_rarely_but_always_again(circuit: Circuit, clock: HandClock) -> None:
    opened(circuit, CreditUsedUp("402"))
    probes = 0
    for _ in range(600):
        clock.moment += SECOND
        probes += request(circuit, CreditUsedUp("402"))
    assert 10 <= probes <= 12
    clock.moment += LONGEST_PAUSE
    assert request(circuit)
    assert request(circuit)


def test_a_cancelled_test_request_lets_another_through(circuit: Circuit, clock: HandClock) -> None:
    opened(circuit, Unclear("503"))
    clock.moment += FIRST_PAUSE
    assert request(circuit, asyncio.CancelledError())
    assert request(circuit)


@pytest.mark.parametrize("change", [-HOUR, HOUR])
def test_a_clock_that_is_set_ends_no_pause_and_makes_no_silence(
    circuit: Circuit, clock: HandClock, change: int
) -> None:
    def given_up() -> None:
        with circuit.request() as request:
            request.asking()
            clock.hour += change
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        given_up()
    opened(circuit, Unclear("503"))
    clock.hour += change
    assert not request(circuit)
    clock.moment += FIRST_PAUSE
    assert request(circuit)


@pytest.mark.parametrize(
    "trouble",
    [
        Busy("429", retry_after=0),
        Busy("429"),
        Unclear("503", retry_after=0),
        NotReached("no name"),
    ],
)
async def test_one_request_is_tried_a_few_times_whatever_it_is_answered_with(
    circuit: Circuit, trouble: FishAudioError
) -> None:
    policy = RetryPolicy(Request(circuit, is_probe=False), Bill(), SECONDS)
    pauses = [policy(trouble) for _ in range(MOST_ATTEMPTS - 1)]
    assert all(pause is not True and pause >= 0.3 for pause in pauses)
    assert sum(pauses) > 40
    assert MOST_ATTEMPTS <= 10


async def test_a_retry_after_is_followed_within_the_deadline(circuit: Circuit) -> None:
    policy = RetryPolicy(Request(circuit, is_probe=False), Bill(), SECONDS)
    policy.asking()
    pause = policy(Busy("429", retry_after=10))
    assert 10 <= pause <= 11
    assert policy(Busy("429", retry_after=FIRST_SOUND_SECONDS)) is False
    policy.sound_comes()
    pause = policy(Busy("429", retry_after=FIRST_SOUND_SECONDS))
    assert FIRST_SOUND_SECONDS <= pause <= FIRST_SOUND_SECONDS + 1
    assert policy(Busy("429", retry_after=SECONDS)) is False


async def test_nothing_is_asked_again_while_the_circuit_is_open(circuit: Circuit) -> None:
    opened(circuit, Unclear("503"))
    assert RetryPolicy(Request(circuit, is_probe=False), Bill(), SECONDS)(Unclear("503")) is False
    assert RetryPolicy(Request(circuit, is_probe=True), Bill(), SECONDS)(Unclear("503"))
