"""A body that is compressed unasked is read whole or not at all, at no more cost than one that is not."""

import gzip
import zlib
from collections.abc import AsyncIterator, Iterable

import httpx
import pytest

from bot.http.bodies import BodyTooLong, read_body

TEXT = bytes(range(256)) * 40


class Pieces(httpx.AsyncByteStream):
    """Gives out a body in pieces, and counts them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.given = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.given += 1
            yield piece


def answer(body: Pieces, encoding: str = "gzip") -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=body)


def cut(data: bytes, size: int) -> Pieces:
    return Pieces(data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(TEXT)), ("X-GZIP", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT)), ("", TEXT)],
    ids=["gzip", "gzip in capitals", "deflate", "as it is"],
)
async def test_a_whole_body_is_unpacked(encoding: str, packed: bytes, size: int) -> None:
    assert await read_body(answer(cut(packed, size), encoding), len(TEXT)) == TEXT
    with pytest.raises(BodyTooLong):
        await read_body(answer(cut(packed, size), encoding), len(TEXT) - 1)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("missing", [1, 8, 9, 40])
async def test_a_body_that_ends_early_is_not_taken_for_a_whole_one(missing: int, size: int) -> None:
    with pytest.raises(httpx.DecodingError):
        await read_body(answer(cut(gzip.compress(TEXT)[:-missing], size)), len(TEXT))


@pytest.mark.parametrize("behind", [b"?", gzip.compress(b"more")], ids=["junk", "another body"])
async def test_what_stands_behind_the_end_is_neither_left_out_nor_collected(behind: bytes) -> None:
    body = Pieces([gzip.compress(TEXT), *[behind] * 1000])
    with pytest.raises(httpx.DecodingError):
        await read_body(answer(body), len(TEXT) * 1000)
    assert body.given == 2


async def test_an_answer_without_a_body_is_empty_whatever_it_says() -> None:
    assert await read_body(answer(Pieces([])), 1) == b""
