"""A voice message is made in a worker: the whole sound, its true length, a waveform, and a notice before it."""

import json
from io import BytesIO
from typing import Any, cast

import av
import numpy as np
import pytest

from bot.audio.confined.voice_message.encoding import voice_message, waveform
from bot.audio.confined.voice_message.notice import FILE, NOTICE
from bot.audio.exchange import NoAnswer
from bot.audio.mp3.mpeg import whole_frames
from bot.audio.ogg.ogg_file import read_ogg
from bot.audio.ogg.opus import RATE, write_ogg
from bot.audio.reader import AudioReader
from bot.audio.refusals import Undecodable
from bot.audio.voice_messages import NotEncoded, VoiceMessage, announced_in, answer_voice_message, voice_message_of
from sandbox.sound import Sound
from tests.audio import waves
from tests.audio.mp3.mp3s import FRAMES

COMMENTS = b"OpusTags" + bytes(8)
NOTICE_SECONDS = len(NOTICE) / RATE + 0.25


def heard(message: VoiceMessage) -> Any:
    """Return the sound as a player plays it, between -1 and 1."""
    with av.open(BytesIO(write_ogg(message.sound, COMMENTS, serial=1)), "r", format="ogg") as file:
        pieces = [frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)]
    return np.concatenate(pieces)


def made(frames: bytes, *, with_notice: bool = False) -> VoiceMessage:
    line, _, body = voice_message(frames, with_notice=with_notice).partition(b"\n")
    return voice_message_of(announced_in(line), body)


@pytest.mark.parametrize("rate", [44_100, 32_000, 24_000, 8_000])
def test_all_of_the_sound_is_in_it(rate: int) -> None:
    frames = cast("bytes", whole_frames(waves.mp3(waves.tone(2, rate=rate), rate=rate)))
    message = made(frames)

    assert message.sound.seconds == pytest.approx(2, abs=0.2)  # MP3 encoders add a frame or two of silence
    sound = heard(message)
    assert len(sound) == pytest.approx(message.sound.moments, abs=RATE // 50)
    spectrum = np.abs(np.fft.rfft(sound[RATE // 2 : RATE]))
    assert np.argmax(spectrum) * 2 == pytest.approx(997, abs=4)


def test_the_notice_comes_first_as_loud_as_speech_and_the_sound_after_it_is_untouched() -> None:
    plain, noticed = made(FRAMES), made(FRAMES, with_notice=True)

    assert noticed.sound.seconds == pytest.approx(plain.sound.seconds + NOTICE_SECONDS, abs=0.001)
    sound = heard(noticed)
    assert Sound(sound[: len(NOTICE)], RATE).loudness == pytest.approx(-20, abs=1.5)
    end = round(NOTICE_SECONDS * RATE)
    assert np.max(np.abs(sound[len(NOTICE) + 2400 : end - 2400])) < 0.01
    assert np.max(np.abs(sound[end + 4800 : end + RATE])) == pytest.approx(10 ** (-6 / 20), abs=0.05)


def test_the_notice_in_the_package_is_one_of_our_own_files() -> None:
    ogg = read_ogg(FILE.read_bytes())

    assert ogg is not None
    assert 0.8 < ogg.sound.seconds < 1.5
    assert b"Synthetic voice" in ogg.comments


def test_the_waveform_has_a_point_each_tenth_of_a_second_and_at_most_256() -> None:
    def points(seconds: float) -> list[int]:
        return list(waveform(np.ones(round(seconds * RATE), np.int16)))

    assert [len(points(seconds)) for seconds in (0.01, 1, 1.01, 25.6, 300)] == [1, 10, 11, 256, 256]
    assert set(points(1)) == {255}
    assert list(waveform(np.zeros(RATE, np.int16))) == [0] * 10
    ramp = np.concatenate([np.full(RATE // 10, level, np.int16) for level in (0, 1000, -2000, 4000)])
    assert list(waveform(ramp)) == [0, 64, 128, 255]


async def test_a_worker_makes_it_confined(reader: AudioReader) -> None:
    message = await reader.voice_message(FRAMES, with_notice=True)

    assert message == made(FRAMES, with_notice=True)
    with pytest.raises(NotEncoded):
        await reader.voice_message(b"no frames", with_notice=False)


async def test_a_worker_that_misbehaves_makes_none() -> None:
    reader = AudioReader(worker="tests.audio.workers.misbehaving_worker", time_limit=5)
    try:
        for act in (b"die", b"be fine", b"flood", b"{}"):
            with pytest.raises(NotEncoded):
                await reader.voice_message(bytes(12) + act, with_notice=False)
    finally:
        await reader.aclose()


def test_what_is_no_mp3_is_refused() -> None:
    for frames in (b"", b"RIFF", bytes(1000)):
        with pytest.raises(Undecodable):
            voice_message(frames, with_notice=False)


LINE, _, BODY = voice_message(FRAMES, with_notice=False).partition(b"\n")
SAID: dict[str, Any] = json.loads(LINE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"opus": 0},
        {"opus": 2**40},
        {"opus": True},
        {"opus": "1"},
        {"pre_skip": 50_000},
        {"pre_skip": -1},
        {"moments": 2**31},
        {"moments": 1.5},
        {"waveform": ""},
        {"waveform": "AAAA" * 86},
        {"waveform": "not base64"},
        {"waveform": None},
    ],
)
def test_a_line_that_makes_no_sense_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(NoAnswer):
        announced_in(json.dumps({**SAID, **wrong}).encode())


def test_a_body_that_is_not_what_was_announced_is_no_answer() -> None:
    announced = announced_in(LINE)
    late = announced_in(json.dumps({**SAID, "moments": SAID["moments"] + 960}).encode())
    early = announced_in(json.dumps({**SAID, "moments": SAID["moments"] - 960}).encode())
    packets = list(voice_message_of(announced, BODY).sound.packets)
    huge = answer_voice_message(
        [*packets[:-1], b"\x98" * 1276], pre_skip=announced.pre_skip, moments=announced.moments, waveform=b"\0"
    ).partition(b"\n")[2]

    for line, body in ((announced, BODY[:-1]), (announced, BODY + b"\0"), (announced, b""), (announced, huge)):
        with pytest.raises(NoAnswer):
            voice_message_of(line, body)
    for line in (late, early):
        with pytest.raises(NoAnswer):
            voice_message_of(line, BODY)
    for line in (b"", b"{}", b"[]", b'{"refused": "TooLong"}', b"\xff"):
        with pytest.raises(NoAnswer):
            announced_in(line)
