"""When to try again after Fish Audio did not do as asked; for work that nobody is waiting for in person."""

import random
from dataclasses import dataclass

from bot.clock import MINUTE, SECOND
from bot.errors import Busy, CreditUsedUp, FishAudioError, KeyRefused, Unclear
from bot.models import Blocker

BLOCKED_PAUSE = 5 * MINUTE
FIRST_PAUSE = 2 * SECOND
LONGEST_PAUSE = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Delay:
    pause: int  # milliseconds
    blocker: Blocker | None = None  # set when only the host can end the trouble


def delay_after(error: FishAudioError, *, earlier_pause: int) -> Delay:
    """What the service asked for where it did; otherwise twice the earlier pause, give or take a quarter."""
    match error:
        case KeyRefused():
            return Delay(BLOCKED_PAUSE, Blocker.KEY)
        case CreditUsedUp():
            return Delay(BLOCKED_PAUSE, Blocker.CREDIT)
        case Busy() | Unclear() if error.retry_after is not None:
            return Delay(int(min(max(error.retry_after * SECOND, SECOND), LONGEST_PAUSE)))
        case _:
            longer = min(2 * earlier_pause, LONGEST_PAUSE) or FIRST_PAUSE
            return Delay(int(longer * random.uniform(0.75, 1.25)))  # noqa: S311 - spreads load, guards nothing
