"""Recordings to try the bot with, made on the spot: good ones in different voices, and some that must be refused."""

import asyncio
import io
import wave

from sandbox.discord import Refused, Upload
from sandbox.speech import sample_wav

PITCHES = (196.0, 104.0, 147.0, 233.0, 123.0, 175.0)  # Hz, so that the members can be told apart by ear
SECONDS = 12.0


async def sample(kind: str, speaker: int) -> Upload:
    """The recording of that kind; `speaker` is the number of the member who is to have made it."""
    match kind:
        case "good":
            pitch = PITCHES[speaker % len(PITCHES)]
            return Upload("sample.wav", await asyncio.to_thread(sample_wav, seconds=SECONDS, pitch=pitch))
        case "short":
            return Upload("too-short.wav", await asyncio.to_thread(sample_wav, seconds=1))
        case "silent":
            return Upload("silence.wav", _silence())
        case "text":
            return Upload("not-a-recording.wav", b"This is a text that calls itself a WAV.\n" * 40)
        case _:
            raise Refused("There is no such sample.")


def _silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(2 * 16_000 * int(SECONDS)))
    return file.getvalue()
