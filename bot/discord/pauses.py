"""Ends discord.py's pause after a global 429 if the request that began it is cancelled, which discord.py 2.7 does not.

All later requests would wait for the end of that pause for ever.
"""

import asyncio
from typing import Any

from discord.http import HTTPClient, Route


def end_pauses() -> None:
    """Make a request that is cancelled end the pause of all requests. At worst, another one begins it anew."""
    HTTPClient.request = _request  # pyrefly: ignore[method-assign]


_unguarded_request = HTTPClient.request


async def _request(self: HTTPClient, route: Route, **how: Any) -> Any:
    try:
        return await _unguarded_request(self, route, **how)
    except asyncio.CancelledError:
        self._global_over.set()
        raise
