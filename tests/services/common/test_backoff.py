"""Background work asks Fish Audio more and more rarely after failures, whatever Retry-After says."""

import pytest

from bot.clock import MINUTE, SECOND
from bot.errors import Busy, CreditUsedUp, KeyRefused, NotReached, Unclear
from bot.services.common.backoff import BLOCKED_PAUSE, LONGEST_PAUSE, delay_after


@pytest.mark.parametrize("kind", [Busy, Unclear])
@pytest.mark.parametrize("retry_after", [None, 0.0, 0.001])
def test_a_short_retry_after_does_not_shorten_the_pause(kind: type[Busy | Unclear], retry_after: float | None) -> None:
    pauses = [0]
    for _ in range(12):
        pauses.append(delay_after(kind("no", retry_after=retry_after), earlier_pause=pauses[-1]).pause)
    assert min(pauses[1:]) >= SECOND
    assert sum(pauses) > 10 * MINUTE
    assert max(pauses) <= 1.25 * LONGEST_PAUSE


def test_a_long_retry_after_lengthens_the_pause() -> None:
    assert 40 * SECOND <= delay_after(Busy("no", retry_after=40), earlier_pause=0).pause <= 41 * SECOND
    assert delay_after(Busy("no", retry_after=1e9), earlier_pause=0).pause <= LONGEST_PAUSE + SECOND


@pytest.mark.parametrize("error", [KeyRefused("no"), CreditUsedUp("no"), NotReached("no"), Busy("no", retry_after=1)])
def test_pauses_differ_so_that_not_all_work_comes_back_at_once(
    error: KeyRefused | CreditUsedUp | NotReached | Busy,
) -> None:
    pauses = {delay_after(error, earlier_pause=MINUTE).pause for _ in range(50)}
    assert len(pauses) > 1
    assert max(pauses) <= BLOCKED_PAUSE
