"""Recordings that are broken in many ways are read or refused, and none crashes, hangs or warns."""

import math
import struct
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.audio.reader import AudioReader
from bot.audio.refusals import SampleRefused
from tests.audio import waves
from tests.audio.reading import kept_here, read_and_judged_here, read_here
from tests.audio.waves import Wav, chunk


@cache
def good() -> list[Wav]:
    speech = waves.speech(3.5, rate=8_000)
    two = speech.repeat(2).reshape(-1, 2)
    return [
        waves.integers(speech, rate=8_000),
        waves.integers(two, rate=8_000, bits=24),
        waves.integers(speech, rate=8_000, form=b"RIFX"),
        waves.extensible(waves.floats(two, rate=8_000)),
        waves.floats(speech, rate=8_000, bits=64),
        waves.integers(speech, rate=8_000, before=chunk(b"LIST", b"INFO") + chunk(b"fact", b"\0\0\1\0")),
        Wav(sound=b"\x5a" * 26_000, tag=waves.YAMAHA_ADPCM, rate=16_000, bits=4, block=256),
        Wav(sound=b"\x21\x43" * 2_700, tag=waves.GSM, rate=8_000, bits=0, block=65),
    ]


@cache
def good_files() -> list[bytes]:
    speech = waves.speech(3.5, rate=8_000)
    codings = ("adpcm_ms", "adpcm_ima_wav", "pcm_alaw", "pcm_mulaw")
    forms = (("flac", "flac"), ("libopus", "ogg"), ("libopus", "webm"), ("aac", "ipod"))
    return [
        *(wav.bytes() for wav in good()),
        *(waves.encoded(speech, coding, rate=8_000) for coding in codings),
        waves.mp3(speech, rate=8_000),
        *(waves.other_format(speech, codec, container, rate=8_000) for codec, container in forms),
    ]


_EDGES = [0, 1, 2, 3, 7, 8, 16, 44, 255, 256, 0x7FFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF00, 0xFFFF_FFFF]
numbers = st.sampled_from(_EDGES) | st.integers(0, 2**32 - 1)
places = st.integers(0, 120) | st.integers(0, 60_000)  # the header deserves most of the attention


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a good file with one to six faults."""
    data = bytearray(draw(st.sampled_from(good_files())))
    for _ in range(draw(st.integers(1, 6))):
        place = min(draw(places), len(data))
        match draw(st.sampled_from(["flip", "cut", "end", "insert", "lie", "short lie", "repeat", "splice"])):
            case "flip" if place < len(data):
                data[place] ^= draw(st.integers(1, 255))
            case "cut":
                del data[place : place + draw(st.integers(1, 2_000))]
            case "end":
                del data[place:]
            case "insert":
                data[place:place] = draw(st.binary(max_size=40))
            case "lie" if place + 4 <= len(data):
                struct.pack_into("<I", data, place, draw(numbers))
            case "short lie" if place + 2 <= len(data):
                struct.pack_into("<H", data, place, draw(numbers) & 0xFFFF)
            case "repeat":
                data[place:place] = data[place : place + draw(st.integers(1, 2_000))] * draw(st.integers(1, 9))
            case _:
                data[place:] = draw(st.sampled_from(good_files()))
    return bytes(data)


sizes = st.none() | st.none() | numbers
formats = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.sampled_from([1, 2, 3, 6, 7, 0x11, 0x20, 0x31, 0x55, 0xFFFE]) | st.integers(0, 65_535),
        "channels": st.integers(0, 9) | st.integers(0, 65_535),
        "rate": st.sampled_from([8_000, 192_000]) | numbers,
        "bits": st.integers(0, 65) | st.integers(0, 65_535),
        "block": st.sampled_from([65, 256, 1_024]) | st.integers(0, 65_535),
        "extra": st.binary(max_size=30),
    },
)


@st.composite
def lying(draw: st.DrawFn) -> bytes:
    """Draw whole chunks in any order and number, with any sizes and any format."""
    wav = draw(st.sampled_from(good())).but(**draw(formats))
    order = ">" if wav.form == b"RIFX" else "<"
    bodies = {
        b"fmt ": wav.format(),
        b"data": wav.sound,
        b"fact": struct.pack("<I", draw(numbers)),
        b"ds64": struct.pack("<QQQI", draw(numbers), draw(numbers), 0, 0),
        b"LIST": b"INFO",
        b"JUNK": b"odd",
        draw(st.binary(min_size=4, max_size=4)): draw(st.binary(max_size=20)),
    }
    names = [b"fmt ", *draw(st.lists(st.sampled_from(list(bodies)), max_size=5)), b"data"]
    shuffled = draw(st.permutations(names)) if draw(st.booleans()) else names
    body = b"".join(chunk(name, bodies[name], size=draw(sizes), order=order) for name in shuffled)
    return wav.form + struct.pack(f"{order}I", draw(numbers)) + b"WAVE" + body


def read_or_refuse(data: bytes) -> None:
    try:
        report, _ = read_and_judged_here(data)
    except SampleRefused:
        return
    assert 3 <= report.seconds <= 240
    assert all(map(math.isfinite, (report.loudness, report.peak, report.gain)))
    assert 0 <= report.clipped <= 1
    assert 0 <= report.silence <= 1


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(damaged())
def test_a_damaged_wav_is_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(lying())
def test_a_lying_wav_is_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(damaged() | lying())
def test_what_is_kept_is_a_plain_wav_that_is_kept_as_it_is(data: bytes) -> None:
    try:
        kept = kept_here(data)
    except SampleRefused:
        return
    assert kept[:4] == b"RIFF"
    if kept != data:
        assert kept_here(kept) == kept


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([-1.0, -0.9, -0.1, 0.0, 0.1, 0.5, 1.0]), min_size=3, max_size=3), max_size=8),
    st.sampled_from([-120, -60, -20, 0, 40]),
)
def test_no_mix_is_much_quieter_than_the_loudest_channel(channels: list[list[float]], level: float) -> None:
    """Each channel mixes three people. One of them is alone in one channel, so that there is sound."""
    syllables = np.arange(28_000) % 2_000 < 1_200
    people = np.stack([waves.noise(3.5, rate=8_000, seed=seed) * syllables for seed in range(3)])
    sound = np.array([[0.0, 0.0, 0.5], *channels]) @ people * 10 ** (level / 20)
    file = waves.floats(sound.T, rate=8_000, bits=64).bytes()

    mix = np.frombuffer(kept_here(file)[44:], "<i2") / 2**15 / 10 ** (read_here(file).gain / 20)

    assert mix.std() > 0.45 * sound.std(axis=1).max()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", b"RF64\xff\xff\xff\xffWAVEds64"]))
def test_any_bytes_are_refused(data: bytes, opening: bytes) -> None:
    with pytest.raises(SampleRefused):
        read_here(opening + data)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged() | lying())
async def test_the_worker_says_what_is_said_here(reader: AudioReader, data: bytes) -> None:
    try:
        expected = read_and_judged_here(data)
    except SampleRefused as refusal:
        with pytest.raises(type(refusal)):
            await reader.read_sample(data)
    else:
        assert await reader.read_sample(data) == expected
