"""Tells the host about trouble that only they can end, at most once an hour for each kind, once a day if not urgent."""

import structlog

from bot.clock import DAY, HOUR, Clock
from bot.errors import AnswerTooLong, Busy, CreditUsedUp, FishAudioError, KeyRefused, NoSound
from bot.models.common import Blocker
from bot.services.common.backoff import Delay
from bot.storage.common.alerts import AlertStore

log = structlog.get_logger(__name__)

SENTENCES = {
    Blocker.KEY: (
        "Fish Audio refuses my API key, so no voice can be made and nobody can speak. Please renew `FISH_API_KEY` and "
        "restart me; everything that waits goes on by itself."
    ),
    Blocker.CREDIT: (
        "The Fish Audio API credit is used up, so nobody can speak. Please top it up (API credit is separate from a "
        "web plan); everything that waits goes on by itself."
    ),
    Blocker.CLOCK: (
        "The clock of the machine that I run on is wrong by more than two hours, so I go by Discord's. Please set it "
        "right, for example by switching on time synchronisation; I notice by myself."
    ),
    Blocker.REMOVAL: (
        "Fish Audio has not confirmed for an hour that a voice is deleted, so a member may wait for a receipt. "
        "I try again by myself. Please see that the account is in order, and that `FISH_API_URL` and any proxy lead to "
        "Fish Audio."
    ),
}


_NOT_URGENT = {Blocker.CLOCK, Blocker.REMOVAL}  # nobody waits for these in person

NO_ANSWER = "Fish Audio did not answer. Please try again in a minute."


class AlertService:
    """Keeps what the host must be told until a cog has told them."""

    def __init__(self, store: AlertStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def raise_for(self, delay: Delay) -> None:
        """Alert the host if a delay is due to trouble that only they can end."""
        if delay.blocker is not None:
            await self.raise_(delay.blocker)

    async def raise_(self, kind: Blocker) -> None:
        now = self._clock.now()
        quiet = DAY if kind in _NOT_URGENT else HOUR
        if await self._store.raise_(kind, now=now, quiet_since=now - quiet):
            log.critical("trouble that only the host can end", trouble=kind.value)

    async def explanation(self, error: FishAudioError) -> str:
        """Return why a member's request failed and what they can do. Alerts the host if they must act."""
        match error:
            case KeyRefused():
                await self.raise_(Blocker.KEY)
                return "The bot's host must renew its Fish Audio key; they have been told. Try again later."
            case CreditUsedUp():
                await self.raise_(Blocker.CREDIT)
                return "The host's Fish Audio credit is used up; they have been told. Try again later."
            case Busy():
                return "Fish Audio is too busy right now. Please try again in a minute."
            case AnswerTooLong():
                log.warning("fish audio's answer was too long")
                return (
                    "Fish Audio sent far more than it should have, so I stopped reading. Please try again in a minute."
                )
            case NoSound():
                log.warning("no sound in fish audio's answer")
                return "Fish Audio answered without any sound. Please try again in a minute, or change the text."
            case _:
                log.warning("fish audio failed for a member", error=type(error).__name__)
                return NO_ANSWER

    async def untold(self) -> list[tuple[Blocker, str]]:
        """Return the trouble that the host was not told of, with a sentence for each kind. Each is returned once."""
        return [(kind, SENTENCES[kind]) for kind in await self._store.claim(self._clock.now())]

    async def not_told(self, kind: Blocker) -> None:
        """Let `untold` return this trouble again, because the host could not be reached."""
        await self._store.release(kind)
