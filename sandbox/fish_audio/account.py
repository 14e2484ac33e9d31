"""The account of the bot's key: its credit and its limit of requests at once."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.fish_audio.answers import no_credit, too_many_at_once, wrong_key

# USD per UTF-8 byte of text; whatever is not free costs the same (pricing page, August 2026).
_PRICE_PER_BYTE = Decimal(15) / 1_000_000
_PRICE_PER_SECOND_HEARD = Decimal("0.36") / 3600

FREE_ENGINES = ("s2.1-pro-free",)
ENGINES = ("s1", "s2-pro", "s2.1-pro", "drama-3", "drama-3-preview", *FREE_ENGINES)
DEFAULT_ENGINE = "s2.1-pro"  # also what an unknown name silently becomes


@dataclass(slots=True, kw_only=True)
class Account:
    key: str
    credit: Decimal  # USD
    concurrency: int  # requests in flight, over all endpoints
    retry_after: float | None = None  # seconds that a 429 names; None: it names none
    in_flight: int = 0
    most_at_once: int = 0

    def arrive(self) -> int:
        """Count a request as in flight. Returns how many are in flight now."""
        self.in_flight += 1
        self.most_at_once = max(self.most_at_once, self.in_flight)
        return self.in_flight

    def leave(self) -> None:
        self.in_flight -= 1

    def admit(self, path: str, authorization: str | None, in_flight: int, *, public: bool) -> None:
        """Check the key and the limit of requests. Raises RefusalError, 401 or 429.

        `public` pages may be read without a key, though not with a wrong one.
        """
        if authorization != f"Bearer {self.key}" and not (public and authorization is None):
            raise wrong_key(path)
        if in_flight > self.concurrency:
            raise too_many_at_once(self.retry_after)

    def price_of_speaking(self, text: str, engine: str) -> Decimal:
        """Return the price in USD."""
        return Decimal(0) if engine in FREE_ENGINES else _PRICE_PER_BYTE * len(text.encode())

    def price_of_hearing(self, seconds: float) -> Decimal:
        """Return the price in USD; every begun second counts."""
        return _PRICE_PER_SECOND_HEARD * -int(-seconds // 1)

    def charge(self, price: Decimal) -> None:
        """Take `price` from the credit. Raises RefusalError, 402, if the credit is too low."""
        if price > self.credit:
            raise no_credit()
        self.credit -= price
