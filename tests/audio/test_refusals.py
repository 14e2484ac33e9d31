"""A file that cannot become a voice is refused in a sentence that says what is wrong and what to do."""

import struct

import numpy as np
import pytest

from bot.audio import refusals
from bot.audio.mp3.tags import tag_mp3
from bot.audio.refusals import SampleRefused
from tests.audio import waves
from tests.audio.reading import read_here
from tests.audio.waves import Wav, chunk

TONE = waves.tone(5)
PLAIN = waves.integers(TONE)
HEADER = len(PLAIN.bytes()) - len(PLAIN.sound)


def refusal_of(data: bytes) -> SampleRefused:
    with pytest.raises(SampleRefused) as refused:
        read_here(data)
    assert 0 < len(str(refused.value)) <= 300
    return refused.value


OTHER_FORMATS = {
    "an AIFF": waves.other_format(TONE, "pcm_s16be", "aiff"),
    "a Wave64 file": waves.other_format(TONE, "pcm_s16le", "w64"),
    "an MPEG audio file": waves.other_format(TONE, "mp2", "mp2"),
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a video": b"RIFF\0\0\0\0AVI LIST" + PLAIN.bytes(),
    "a text file": b"<!doctype html>",
    "an archive": b"PK\x03\x04" + PLAIN.bytes(),
}


@pytest.mark.parametrize("kind", OTHER_FORMATS)
def test_another_format_is_refused_by_its_name(kind: str) -> None:
    for file in (OTHER_FORMATS[kind], waves.id3_tag() + OTHER_FORMATS[kind]):
        refusal = refusal_of(file)

        assert isinstance(refusal, refusals.NotUsable)
        assert str(refusal).startswith(f"That file is {kind}. Attach a recording: a WAV, MP3, M4A, Ogg, FLAC or WebM.")


def mp4_tracks(*handlers: bytes) -> bytes:
    return b"".join(b"\0\0\0\x21hdlr\0\0\0\0mhlr" + handler + bytes(13) for handler in handlers)


@pytest.mark.parametrize("brand", [b"qt  ", b"M4A ", b"3gp4", b"mp42", b"isom"])
def test_a_video_is_one_by_its_tracks(brand: bytes) -> None:
    opening = b"\0\0\0\x14ftyp" + brand + bytes(8)

    assert isinstance(refusal_of(opening + mp4_tracks(b"soun", b"vide")), refusals.AVideo)
    for memo in (opening, opening + mp4_tracks(b"soun")):
        assert isinstance(refusal_of(memo), refusals.BrokenFile)


def test_what_says_that_it_is_synthetic_is_refused() -> None:
    ours = tag_mp3(waves.mp3(TONE), title="Sunny", artist="Ann", comment="", mark=f"{0:016x}.1.{0:0128x}")

    assert isinstance(refusal_of(ours), refusals.Synthetic)


@pytest.mark.parametrize("data", [b"RIFF", b"RIFF\0\0\0\0WAV", b"\0" * 5_000, b"riffs", bytes(range(256))])
def test_what_is_no_known_format_is_refused_too(data: bytes) -> None:
    assert isinstance(refusal_of(data), refusals.NotUsable)
    assert str(refusal_of(data)).startswith("I do not know what that file is. Attach a recording:")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF\x04\0\0\0WAVE",
        PLAIN.but(sound=b"").bytes(),
        PLAIN.but(sound=b"", sound_size=0xFFFF_FFFF).bytes(),
        PLAIN.but(sound=b"\0").bytes(),
        PLAIN.but(sound=b"", after=chunk(b"LIST", b"INFO") + chunk(b"JUNK", b"odd")).bytes(),
        PLAIN.bytes()[: HEADER - 8],
    ],
)
def test_a_file_without_sound_is_refused(data: bytes) -> None:
    assert isinstance(refusal_of(data), refusals.EmptySample)


@pytest.mark.parametrize("kept", [HEADER + 2, HEADER + len(PLAIN.sound) // 2, HEADER + len(PLAIN.sound) - 32_000, 30])
def test_a_file_that_breaks_off_is_refused(kept: int) -> None:
    assert isinstance(refusal_of(PLAIN.bytes()[:kept]), refusals.TruncatedSample)


def test_a_cut_off_file_with_a_64_bit_header_is_refused() -> None:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 0, len(PLAIN.sound) + 32_000, 0, 0))

    refusal = refusal_of(PLAIN.but(form=b"RF64", sound_size=0xFFFF_FFFF, ds64=ds64).bytes())

    assert str(refusal).startswith("That WAV breaks off: 32,000 bytes")


def test_too_short_too_long_and_too_large_are_refused() -> None:
    short = refusal_of(waves.integers(TONE[: 3 * 16_000 - 1]).bytes())
    assert isinstance(short, refusals.TooShort)
    assert str(short).startswith("That recording lasts 2.99 s; a voice needs at least 3,")
    assert isinstance(refusal_of(Wav(sound=b"\1" * (240 * 8_000 + 1), rate=8_000, bits=8).bytes()), refusals.TooLong)
    assert isinstance(refusal_of(Wav(sound=b"\1" * refusals.MAX_SAMPLE_BYTES).bytes()), refusals.TooLarge)


@pytest.mark.parametrize(
    "quiet",
    [
        waves.silence(5),
        waves.noise(5, level=-56),
        np.full(80_000, 0.7),
        np.full(80_000, np.nan),
        np.full(80_000, np.inf),
        np.concatenate((waves.tone(0.9), waves.silence(4))),
        np.linspace(-0.5, 0.5, 80_000),
    ],
    ids=["nothing", "a hiss", "a constant offset", "no numbers", "infinity", "a short beep", "a drift"],
)
def test_silence_is_refused_in_all_its_forms(quiet: waves.Signal) -> None:
    assert isinstance(refusal_of(waves.floats(quiet).bytes()), refusals.SilentSample)


@pytest.mark.parametrize("bits", [16, 24])
def test_the_last_bit_is_no_sound(bits: int) -> None:
    flicker = np.where(waves.noise(5) * (np.arange(80_000) % 8_000 < 4_000) > 0, 2**-15, 0)
    assert isinstance(refusal_of(waves.integers(flicker, bits=bits).bytes()), refusals.SilentSample)


def test_a_second_of_sound_is_not_silence() -> None:
    assert read_here(waves.integers(np.concatenate((waves.tone(1.02), waves.silence(4)))).bytes()).silence > 0.65


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"rate": 0}, refusals.WrongSampleRate),
        ({"rate": 1}, refusals.WrongSampleRate),
        ({"rate": 4_000_000_000}, refusals.WrongSampleRate),
        ({"channels": 0}, refusals.WrongChannels),
        ({"channels": 65_535, "block": 2}, refusals.WrongChannels),
        ({"bits": 24, "block": 4}, refusals.BrokenHeader),
        ({"bits": 0}, refusals.Undecodable),
        ({"bits": 64}, refusals.Undecodable),
        ({"bits": 65_535}, refusals.Undecodable),
        ({"tag": 0}, refusals.Undecodable),
        ({"tag": waves.FLOAT}, refusals.Undecodable),
        ({"tag": waves.EXTENSIBLE}, refusals.BrokenHeader),
        ({"tag": waves.EXTENSIBLE, "extra": b"\x16\0" + b"?" * 22}, refusals.Undecodable),
        ({"tag": waves.IMA_ADPCM, "bits": 4, "block": 8}, refusals.BrokenHeader),
        ({"tag": waves.IMA_ADPCM, "bits": 16, "block": 256}, refusals.BrokenHeader),
        ({"tag": waves.MS_ADPCM, "bits": 4, "block": 256, "channels": 3}, refusals.BrokenHeader),
        ({"tag": waves.MS_ADPCM, "bits": 4, "block": 256, "sound": b"\xff" * 2**16}, refusals.Undecodable),
        ({"tag": waves.YAMAHA_ADPCM, "bits": 4, "block": 256, "form": b"RIFX"}, refusals.Undecodable),
        ({"before": chunk(b"fmt ", PLAIN.but(rate=8_000).format())}, refusals.BrokenHeader),
        ({"before": chunk(b"LIST", b"", size=9_000_000), "sound_size": 9}, refusals.TruncatedSample),
        ({"before": chunk(b"LIST", b"", size=2**32 - 1), "sound_size": 9}, refusals.BrokenHeader),
        ({"before": chunk(b"\xff\xfe\xfd\xfc", b"", size=2**31), "sound_size": 9}, refusals.BrokenHeader),
        ({"before": chunk(b"JUNK", b"") * 100_000}, refusals.BrokenHeader),
    ],
)
def test_an_absurd_header_is_refused(changes: dict[str, object], kind: type[SampleRefused]) -> None:
    assert type(refusal_of(PLAIN.but(**changes).bytes())) is kind


def test_chunks_in_the_wrong_order_or_missing_are_refused() -> None:
    body = chunk(b"data", PLAIN.sound) + chunk(b"fmt ", PLAIN.format())
    assert isinstance(refusal_of(b"RIFF\0\0\0\0WAVE" + body), refusals.BrokenHeader)
    assert isinstance(refusal_of(b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\1\0") + body), refusals.BrokenHeader)
    assert isinstance(refusal_of(b"RIFF\0\0\0\0WAVE" + chunk(b"LIST", body)), refusals.EmptySample)


def test_an_mp3_inside_a_wav_is_refused_before_it_is_decoded() -> None:
    refusal = refusal_of(Wav(sound=waves.mp3(TONE) * 100, tag=waves.MP3, bits=0, block=1).bytes())

    assert str(refusal).startswith("The sound in that WAV is coded as MP3.")


def test_hours_of_sound_in_few_bytes_are_refused() -> None:
    bomb = Wav(sound=bytes(20_000_000), tag=waves.IMA_ADPCM, rate=8_000, bits=4, block=2_000)

    assert isinstance(refusal_of(bomb.bytes()), refusals.TooLong)
