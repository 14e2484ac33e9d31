"""Voice messages are encoded in fair turns, since the same words can be posted again and again for nothing."""

import asyncio
from collections import Counter
from typing import Any, cast

from bot.audio.voice_messages import NotEncoded
from bot.services.speech.delivery.voice_messages import ENCODED_AT_ONCE, VoiceMessageService
from tests.services.speech.voices import VOICE


class Encoder:
    """Holds what it is to encode, and then fails, so that a file is posted."""

    def __init__(self) -> None:
        self.begun: Counter[bytes] = Counter()
        self.may_end = asyncio.Event()

    async def voice_message(self, frames: bytes, *, with_notice: bool) -> None:
        self.begun[frames] += 1
        await self.may_end.wait()
        raise NotEncoded(f"with notice: {with_notice}")


class Reasons:
    """Takes note of why a sound is posted as a file."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def use_file(self, reason: str) -> None:
        self.said.append(reason)


async def test_one_member_s_crowd_of_voice_messages_holds_up_nobody() -> None:
    encoder, crowd, other, nothing = Encoder(), Reasons(), Reasons(), cast("Any", None)
    service = VoiceMessageService(cast("Any", encoder), nothing, nothing, nothing)

    def post(member_id: int, reasons: Reasons) -> asyncio.Task[int | None]:
        frames = b"%d" % member_id
        channel = cast("Any", reasons)
        return asyncio.create_task(
            service.post(frames, VOICE, "", channel, nothing, nothing, nothing, member_id=member_id, with_notice=True)
        )

    posts = [post(1, crowd) for _ in range(20)]
    await asyncio.sleep(0)
    posts.append(post(2, other))
    for _ in range(5):
        await asyncio.sleep(0)
    assert encoder.begun == {b"1": ENCODED_AT_ONCE - 1, b"2": 1}
    assert crowd.said == ["because 3 voice messages of yours are being made already"] * 17
    encoder.may_end.set()
    assert not any(await asyncio.gather(*posts))
    assert encoder.begun == {b"1": 3, b"2": 1}
    assert other.said == ["because I could not make a voice message of it"]
