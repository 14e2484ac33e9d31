"""Plans when background work is tried again after Fish Audio failed."""

import random
from dataclasses import dataclass

from bot.clock import MINUTE, SECOND
from bot.errors import Busy, CreditUsedUp, FishAudioError, KeyRefused, Unclear
from bot.models.common import Blocker

BLOCKED_PAUSE = 5 * MINUTE
FIRST_PAUSE = 2 * SECOND
LONGEST_PAUSE = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Delay:
    pause: int  # milliseconds
    blocker: Blocker | None = None  # set when only the host can end the trouble


def delay_after(error: FishAudioError, *, earlier_pause: int) -> Delay:
    """Return about twice the earlier pause, or the pause that the service asked for if that is longer."""
    match error:
        case KeyRefused():
            return Delay(int(BLOCKED_PAUSE * _spread(0.9, 1.0)), Blocker.KEY)
        case CreditUsedUp():
            return Delay(int(BLOCKED_PAUSE * _spread(0.9, 1.0)), Blocker.CREDIT)
        case Busy() | Unclear() if error.retry_after is not None:
            asked = int(min(error.retry_after * SECOND, LONGEST_PAUSE) + _spread(0, SECOND / 2))
            return Delay(max(asked, _longer(earlier_pause)))
        case _:
            return Delay(_longer(earlier_pause))


def _longer(earlier_pause: int) -> int:
    return int((min(2 * earlier_pause, LONGEST_PAUSE) or FIRST_PAUSE) * _spread(0.75, 1.25))


def _spread(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311 - spreads load, guards nothing
