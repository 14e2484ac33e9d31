"""Spreads many connections over small pools.

For each request, and again at its end, httpcore looks at every connection of a pool, and for each idle one at all
others: with fifty at once that was half of what a `/say` took.
"""

from collections.abc import AsyncIterator, Callable

import httpx

POOL_SIZE = 5  # connections


class SmallPools(httpx.AsyncBaseTransport):
    """Sends each request over the first pool that has a connection free. Make no more requests than there are."""

    def __init__(self, pools: int, make: Callable[[httpx.Limits], httpx.AsyncBaseTransport], keep_alive: float) -> None:
        limits = httpx.Limits(
            max_connections=POOL_SIZE, max_keepalive_connections=POOL_SIZE, keepalive_expiry=keep_alive
        )
        self._pools = [_Pool(make(limits)) for _ in range(pools)]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = next((pool for pool in self._pools if pool.busy < POOL_SIZE), self._pools[0])
        return await pool.send(request)

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.transport.aclose()


class _Pool:
    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport
        self.busy = 0

    async def send(self, request: httpx.Request) -> httpx.Response:
        self.busy += 1
        try:
            response = await self.transport.handle_async_request(request)
        except BaseException:
            self.busy -= 1
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what an async transport gives
        response.stream = _Counted(response.stream, self)
        return response


class _Counted(httpx.AsyncByteStream):
    """The body of an answer; its connection is free once it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, pool: _Pool) -> None:
        self._stream = stream
        self._pool: _Pool | None = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            if self._pool is not None:
                self._pool.busy -= 1
                self._pool = None
