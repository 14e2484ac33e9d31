"""Makes recordings to try the bot with: good ones in different voices, and some that it must refuse."""

import asyncio
import io
import wave
from typing import Any

import av

from sandbox.discord import Refused, Upload
from sandbox.recorder import Recording, record
from sandbox.sound import Sound
from sandbox.speech import sample_wav

PITCHES = (196.0, 104.0, 147.0, 233.0, 123.0, 175.0)  # Hz, so that the members can be told apart by ear
SECONDS = 12.0
LONGEST_READING = 200  # characters; no more fit into these seconds


async def sample(kind: str, speaker: int, text: str = "") -> Upload:
    """Return the recording of that kind; `speaker` is the number of the member who speaks in it.

    A “reading” says `text`, which the stand-in for Fish Audio will hear in it.
    """
    pitch = PITCHES[speaker % len(PITCHES)]
    match kind:
        case "good":
            return Upload("sample.wav", await asyncio.to_thread(sample_wav, seconds=SECONDS, pitch=pitch))
        case "memo":
            return Upload("memo.m4a", await asyncio.to_thread(_memo, pitch))
        case "reading":
            return Upload("reading.wav", await _reading(text.strip(), pitch))
        case "short":
            return Upload("too-short.wav", await asyncio.to_thread(sample_wav, seconds=1))
        case "silent":
            return Upload("silence.wav", _silence())
        case "text":
            return Upload("not-a-recording.wav", b"This is a text that calls itself a WAV.\n" * 40)
        case _:
            raise Refused("There is no such sample.")


async def spoken(speaker: int) -> Recording:
    """Return what that member records in the app."""
    pitch = PITCHES[speaker % len(PITCHES)]
    return await asyncio.to_thread(lambda: record(sample_wav(seconds=SECONDS, pitch=pitch)))


async def _reading(text: str, pitch: float) -> bytes:
    if not 0 < len(text) <= LONGEST_READING:
        raise Refused(f"A text to read aloud has 1 to {LONGEST_READING} characters.")
    return await asyncio.to_thread(sample_wav, text, seconds=SECONDS, pitch=pitch)


def _memo(pitch: float) -> bytes:
    """Return what a phone makes of a voice: AAC in the container of MP4."""
    sound, file = Sound.decode(sample_wav(seconds=SECONDS, pitch=pitch)).at(44_100), io.BytesIO()
    writer: Any  # PyAV leaves the type of packets open
    with av.open(file, "w", format="ipod") as writer:
        stream = writer.add_stream("aac", rate=sound.rate, layout="mono")
        for frame in (sound.frame(), None):
            writer.mux(stream.encode(frame))
    return file.getvalue()


def _silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(2 * 16_000 * int(SECONDS)))
    return file.getvalue()
