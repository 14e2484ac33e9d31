"""Rate limits on demand: Discord's headers on every answer, and 429 if a client does not heed them."""

import hashlib
import math
import re
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.world.clock import Clock
from sandbox.discord.world.payloads import answer
from sandbox.faults import path_regex


@dataclass
class Window:
    begun: float
    used: int = 0


@dataclass
class Limit:
    """At most `requests` in `seconds` for each channel, server or webhook."""

    method: str
    pattern: re.Pattern[str]
    requests: int
    seconds: float
    windows: dict[str, Window] = field(default_factory=dict[str, Window])

    @property
    def bucket(self) -> str:
        return hashlib.sha256(f"{self.method} {self.pattern.pattern}".encode()).hexdigest()[:32]

    def headers(self, window: Window, now: float) -> dict[str, str]:
        left = max(0.0, window.begun + self.seconds - now)
        return {
            "X-RateLimit-Limit": str(self.requests),
            "X-RateLimit-Remaining": str(max(0, self.requests - window.used)),
            "X-RateLimit-Reset": f"{now + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": self.bucket,
        }


class RateLimits:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits: list[Limit] = []

    def add(self, method: str, path_pattern: str, requests: int, seconds: float) -> None:
        self._limits.append(Limit(method.upper(), path_regex(path_pattern), requests, seconds))

    def spend(self, method: str, path: str) -> tuple[dict[str, str], web.Response | None]:
        """Count a request. Returns its headers and, above the limit, the 429 to answer with."""
        for limit in self._limits:
            if limit.method in ("*", method) and limit.pattern.fullmatch(path):
                return self._spend(limit, path)
        return {}, None

    def _spend(self, limit: Limit, path: str) -> tuple[dict[str, str], web.Response | None]:
        now = self._clock.now()
        window = limit.windows.setdefault(_major(path), Window(now))
        if now >= window.begun + limit.seconds:
            window.begun, window.used = now, 0
        if window.used < limit.requests:
            window.used += 1
            return limit.headers(window, now), None
        retry_after = window.begun + limit.seconds - now
        response = too_many_requests(retry_after)
        return limit.headers(window, now), response


def too_many_requests(retry_after: float) -> web.Response:
    """Return a 429 as Discord sends it; without `Via`, discord.py takes it for a Cloudflare ban."""
    body = {"message": "You are being rate limited.", "retry_after": round(retry_after, 3), "global": False}
    response = answer(body, 429)
    response.headers.update(
        {"Via": "1.1 sandbox", "Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": "user"}
    )
    return response


def _major(path: str) -> str:
    """Return the part of a path that has its own limit: a channel, a server, or a webhook with its token."""
    segments = path.split("/")
    return "/".join(segments[: 4 if segments[1] == "webhooks" else 3])
