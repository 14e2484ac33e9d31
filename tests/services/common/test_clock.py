"""A clock that leaps by more than two hours is not believed until somebody else says what time it is."""

import time

from bot.clock import DAY, HOUR, MINUTE, Clock

SLACK = MINUTE


class WrongClock(Clock):
    """A host's clock that somebody sets, or whose battery is empty."""

    def __init__(self, *, wrong: int = 0) -> None:
        self.wrong = wrong

    def machine(self) -> int:
        return super().machine() + self.wrong


def away(clock: Clock, moment: int) -> bool:
    return abs(clock.now() - moment) > SLACK


def real_now() -> int:
    return time.time_ns() // 1_000_000


def test_a_leap_is_not_followed_until_it_is_confirmed() -> None:
    for leap in (40 * DAY, -40 * DAY, DAY, -DAY, 3 * HOUR):
        clock = WrongClock()
        clock.now()
        clock.wrong = leap
        assert not away(clock, real_now())
        assert clock.is_doubted
        clock.hear(real_now() + leap)
        assert not away(clock, real_now() + leap)
        assert not clock.is_doubted


def test_a_clock_that_is_wrong_is_corrected_until_it_is_set_right() -> None:
    clock = WrongClock()
    clock.now()
    clock.wrong = 40 * DAY
    assert clock.is_doubted
    clock.hear(real_now())
    assert not clock.is_doubted
    assert not away(clock, real_now())
    clock.wrong = 0
    assert not away(clock, real_now()), "before anybody has confirmed it"
    clock.hear(real_now())
    assert (clock.correction, away(clock, real_now())) == (0, False)


def test_a_clock_that_is_a_little_off_is_followed() -> None:
    clock = WrongClock()
    clock.now()
    clock.wrong = HOUR
    assert not away(clock, real_now() + HOUR)
    assert not clock.is_doubted
    clock.hear(real_now())
    assert not away(clock, real_now() + HOUR), "nobody asked"


def test_small_leaps_add_up() -> None:
    clock = WrongClock()
    clock.now()
    for _ in range(24):
        clock.wrong += 50 * MINUTE
        clock.now()
    assert not away(clock, real_now() + 100 * MINUTE), "the third one is doubted"
    assert clock.is_doubted
    clock.hear(real_now())
    assert not away(clock, real_now())


def test_a_start_goes_on_from_when_the_bot_last_ran() -> None:
    last_seen = real_now()
    for wrong in (40 * DAY, -40 * DAY):
        clock = WrongClock(wrong=wrong)
        clock.resume(last_seen)
        assert clock.is_doubted
        assert not away(clock, last_seen)
        clock.hear(real_now())
        assert not away(clock, real_now())


def test_a_start_after_a_long_pause_goes_on_once_that_is_confirmed() -> None:
    clock = Clock()
    clock.resume(real_now() - 40 * DAY)
    assert not away(clock, real_now() - 40 * DAY)
    clock.hear(real_now())
    assert not away(clock, real_now())


def test_a_start_after_a_short_pause_is_not_doubted() -> None:
    clock = Clock()
    clock.resume(real_now() - HOUR)
    assert not clock.is_doubted
    assert not away(clock, real_now())
