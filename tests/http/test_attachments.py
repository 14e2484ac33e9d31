"""Fetched files have a size limit, also if they come compressed."""

import gzip
from collections.abc import AsyncGenerator

import pytest

from bot.audio.refusals import MAX_SAMPLE_BYTES, TooLarge
from bot.http.attachments import Attachment, AttachmentReader, NotFetched, open_attachments
from tests.fish_audio.odd_service import Answered, Bomb, Endless, OddService, odd_service


@pytest.fixture
async def service() -> AsyncGenerator[OddService]:
    async with odd_service() as service:
        yield service


@pytest.fixture
async def attachments() -> AsyncGenerator[AttachmentReader]:
    async with open_attachments() as attachments:
        yield attachments


def at(service: OddService) -> Attachment:
    return Attachment(filename="ann.wav", size=4, url=service.url)


@pytest.mark.parametrize("answer", [Endless(), Bomb(2 * MAX_SAMPLE_BYTES)], ids=["endless", "packed"])
async def test_more_than_was_announced_is_not_read(
    service: OddService, attachments: AttachmentReader, answer: Bomb | Endless
) -> None:
    service.answer = answer
    with pytest.raises(TooLarge):
        await attachments.read(at(service))


async def test_a_file_that_is_compressed_unasked_is_decompressed(
    service: OddService, attachments: AttachmentReader
) -> None:
    service.answer = Answered(200, gzip.compress(b"RIFF"), {"Content-Encoding": "gzip"})
    assert await attachments.read(at(service)) == b"RIFF"
    assert service.received[0].headers["Accept-Encoding"] == "identity"


async def test_redirects_are_not_followed(service: OddService, attachments: AttachmentReader) -> None:
    service.answer = Answered(302, headers={"Location": service.url + "/elsewhere"})
    with pytest.raises(NotFetched):
        await attachments.read(at(service))
    assert len(service.received) == 1
