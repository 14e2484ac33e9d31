"""Requests are spread over small pools of connections, and each pool is used up to its size and no further."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.http.pools import POOL_SIZE, SmallPools
from sandbox.changes import Changes


class Body(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"body"


class Pool(httpx.AsyncBaseTransport):
    """Answers once it may, and knows how many requests it had at once."""

    def __init__(self, may_answer: asyncio.Event, arrivals: Changes) -> None:
        self._arrivals = arrivals
        self.at_once = self.most_at_once = 0
        self.closed = False
        self._may_answer = may_answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self._arrivals.announce()
        try:
            await self._may_answer.wait()
        finally:
            self.at_once -= 1
        if request.url.path == "/broken":
            raise httpx.ReadError("the line broke")
        return httpx.Response(200, stream=Body())

    async def aclose(self) -> None:
        self.closed = True


class Opened:
    """A client over small pools."""

    def __init__(self, pools: int) -> None:
        self.may_answer = asyncio.Event()
        self.arrivals = Changes()
        self.pools: list[Pool] = []
        self.client = httpx.AsyncClient(
            transport=SmallPools(pools, self._pool, keep_alive=30), base_url="http://fish.invalid"
        )

    def _pool(self, limits: httpx.Limits) -> Pool:
        assert limits.max_connections == POOL_SIZE
        self.pools.append(Pool(self.may_answer, self.arrivals))
        return self.pools[-1]


async def test_requests_at_once_fill_one_pool_after_the_other() -> None:
    opened = Opened(pools=3)
    async with opened.client as client:
        running = [asyncio.ensure_future(client.get("/")) for _ in range(2 * POOL_SIZE + 1)]
        await opened.arrivals.until(lambda: sum(pool.at_once for pool in opened.pools) == len(running) or None)
        assert [pool.at_once for pool in opened.pools] == [POOL_SIZE, POOL_SIZE, 1]
        opened.may_answer.set()
        assert {answer.content for answer in await asyncio.gather(*running)} == {b"body"}

        for _ in range(2 * POOL_SIZE):  # one by one, they all find the first pool free
            await client.get("/")
        assert [pool.most_at_once for pool in opened.pools] == [POOL_SIZE, POOL_SIZE, 1]
    assert all(pool.closed for pool in opened.pools)


@pytest.mark.parametrize("path", ["/broken", "/left"])
async def test_a_connection_is_free_again_after_a_failure_and_after_an_answer_that_nobody_reads(path: str) -> None:
    opened = Opened(pools=2)
    opened.may_answer.set()
    async with opened.client as client:
        for _ in range(2 * POOL_SIZE):
            try:
                async with client.stream("GET", path):
                    pass
            except httpx.ReadError:
                pass
        running = [asyncio.ensure_future(client.get("/")) for _ in range(POOL_SIZE)]
        await asyncio.gather(*running)
    assert opened.pools[1].most_at_once == 0
