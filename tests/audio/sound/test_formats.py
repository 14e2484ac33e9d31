"""Every WAV that a recorder may write is read, whatever its sample format and its header."""

import struct

import pytest

from bot.audio.reader import AudioReader
from tests.audio import waves
from tests.audio.reading import read_and_judged_here, read_here
from tests.audio.waves import Wav, chunk

TONE = waves.tone(5)
PLAIN = waves.integers(TONE)
STEREO = waves.tone(5, rate=44_100).repeat(2).reshape(-1, 2)


@pytest.mark.parametrize("bits", [8, 12, 16, 20, 24, 32])
@pytest.mark.parametrize("form", [b"RIFF", b"RIFX"])
def test_whole_numbers_of_any_size_and_byte_order_are_read(bits: int, form: bytes) -> None:
    report = read_here(waves.integers(TONE, bits=bits, form=form).bytes())

    assert (report.seconds, report.sample_rate, report.channels) == (5.0, 16_000, 1)
    assert report.peak == pytest.approx(-6, abs=0.05)


@pytest.mark.parametrize("bits", [32, 64])
def test_floats_are_read(bits: int) -> None:
    report = read_here(waves.floats(TONE, bits=64 if bits == 64 else 32).bytes())

    assert report.peak == pytest.approx(-6, abs=0.001)


@pytest.mark.parametrize("codec", ["pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_yamaha"])
@pytest.mark.parametrize("channels", [1, 2])
def test_companded_and_adpcm_samples_are_read(codec: str, channels: int) -> None:
    signal = waves.tone(5, rate=22_050).repeat(channels).reshape(-1, channels)

    report = read_here(waves.encoded(signal, codec, rate=22_050))

    assert report.channels == channels
    assert report.seconds == pytest.approx(5, abs=0.2)  # the last block is filled up
    assert report.peak == pytest.approx(-6, abs=0.6)


def test_gsm_samples_are_read() -> None:
    frame = waves.noise(1).tobytes()[:65]  # any bits are some GSM

    report = read_here(Wav(sound=frame * 200, tag=waves.GSM, rate=8_000, bits=0, block=65).bytes())

    assert report.seconds == 200 * 320 / 8_000


def test_the_padding_of_the_last_block_does_not_count_where_the_header_says_so() -> None:
    any_bytes = waves.noise(1).tobytes()[: 250 * 256]
    padded = Wav(sound=any_bytes, tag=waves.YAMAHA_ADPCM, bits=4, block=256)
    assert read_here(padded.bytes()).seconds == 8.0

    assert read_here(padded.but(before=chunk(b"fact", struct.pack("<I", 127_800))).bytes()).seconds == 7.9875
    assert read_here(padded.but(before=chunk(b"fact", struct.pack("<I", 3))).bytes()).seconds == 8.0  # nonsense


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_sample_rates_from_telephone_to_studio_are_read(rate: int) -> None:
    report = read_here(waves.integers(waves.tone(3, rate=rate), rate=rate).bytes())

    assert (report.sample_rate, report.seconds) == (rate, 3.0)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 9, 64])
def test_any_number_of_channels_is_read(channels: int) -> None:
    report = read_here(waves.integers(TONE.repeat(channels).reshape(-1, channels)).bytes())

    assert (report.channels, report.seconds) == (channels, 5.0)


def test_the_extensible_header_is_read() -> None:
    assert read_here(waves.extensible(waves.integers(STEREO, rate=44_100)).bytes()).seconds == 5.0
    assert read_here(waves.extensible(waves.floats(TONE)).bytes()).seconds == 5.0
    assert read_here(waves.extensible(waves.integers(TONE, bits=32), valid_bits=24).bytes()).seconds == 5.0


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("block", [0, 1, 5, 16, 65_535])
def test_a_wrong_block_size_is_what_the_other_fields_say(bits: int, block: int) -> None:
    """FFmpeg, SoX and libsndfile play such files: channels and bits leave no doubt."""
    wav = waves.integers(TONE.repeat(2).reshape(-1, 2), bits=bits)

    assert read_here(wav.but(block=block).bytes()) == read_here(wav.bytes())


@pytest.mark.parametrize("byte_rate", [0, 1, 2**32 - 1])
def test_a_wrong_byte_rate_does_not_matter(byte_rate: int) -> None:
    assert read_here(PLAIN.but(byte_rate=byte_rate).bytes()) == read_here(PLAIN.bytes())


def test_a_wrong_size_of_telephone_samples_does_not_matter() -> None:
    law = Wav(sound=b"\x5a\x12" * 40_000, tag=waves.A_LAW, bits=8)

    assert read_here(law.but(bits=16).bytes()) == read_here(law.bytes())


@pytest.mark.parametrize("extra", [b"\0\0", b"\x16\0", b"\x16\0" + bytes(22), b"\0", bytes(200)])
def test_extra_bytes_of_the_format_do_not_matter(extra: bytes) -> None:
    assert read_here(PLAIN.but(extra=extra).bytes()) == read_here(PLAIN.bytes())


def test_an_unusual_extensible_header_is_read() -> None:
    usual = read_here(PLAIN.bytes())

    assert read_here(waves.extensible(PLAIN, mask=0xFFFF_FFFF).bytes()) == usual
    assert read_here(waves.extensible(PLAIN, extra_size=0).bytes()) == usual
    assert read_here(waves.extensible(PLAIN, valid_bits=0).bytes()) == usual
    assert read_here(waves.extensible(PLAIN, subtype="00002107d3118644c8c1ca000000").bytes()) == usual  # Ambisonics


@pytest.mark.parametrize(
    "foreign",
    [
        waves.id3_tag(),
        waves.id3_tag(0),
        waves.id3_tag() + waves.id3_tag(3) + bytes(7),
        bytes(128),
        b"Content-Type: audio/wav\r\n\r\n",
        b"RIFF",
    ],
    ids=["ID3", "empty ID3", "two ID3 tags and padding", "MacBinary", "the head of a form", "half a head"],
)
def test_what_stands_before_a_wav_does_not_matter(foreign: bytes) -> None:
    for wav in (PLAIN, PLAIN.but(form=b"RIFX", sound=PLAIN.sound)):
        assert read_here(foreign + wav.bytes()) == read_here(wav.bytes())


@pytest.mark.parametrize("after", [b"TAG" + bytes(125), b"APETAGEX" + bytes(24), bytes(3), b"\xff" * 5_001])
def test_what_stands_behind_the_sound_does_not_matter(after: bytes) -> None:
    assert read_here(PLAIN.but(after=after).bytes()) == read_here(PLAIN.bytes())


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("first_byte", [b"\0", b"\x01", b"\xff"])
def test_a_chunk_with_the_wrong_padding_does_not_hide_the_sound(order: str, first_byte: bytes) -> None:
    """The next chunk is then one or two bytes away from where the sizes lead, and those bytes look like a chunk too."""
    plain = PLAIN.but(form=b"RIFX" if order == ">" else b"RIFF", sound=first_byte + PLAIN.sound[1:])
    notes = b"INFOISFT\x05\0\0\0Lavf\0"
    for before in (
        chunk(b"LIST", notes, is_padded=False, order=order),
        chunk(b"LIST", notes, size=len(notes) + 1, order=order) + b"\0",
        chunk(b"LIST", notes, size=len(notes) + 3, order=order),
        chunk(b"LIST", notes, size=2**32 - 1, order=order),
        chunk(b"LIST", b"data", size=2**31, order=order),
    ):
        assert read_here(plain.but(before=before).bytes()) == read_here(plain.bytes())


def test_a_format_that_is_given_twice_is_still_one_format() -> None:
    assert read_here(PLAIN.but(before=chunk(b"fmt ", PLAIN.format())).bytes()) == read_here(PLAIN.bytes())


@pytest.mark.parametrize(
    "size", [0xFFFF_FFFF, 0, 0x7FFF_FFFF, 4_294_967_040, 0x8000_0000, 0x7FFF_F000 - 36, 2_000_000_000, 2**30]
)
def test_a_length_left_open_is_not_taken_for_missing_sound(size: int) -> None:
    assert read_here(PLAIN.but(sound_size=size, riff_size=size).bytes()).seconds == 5.0


def _ds64(size: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", 0, size, 0, 0))


@pytest.mark.parametrize("size", [len(PLAIN.sound), 0, 2**64 - 1])
@pytest.mark.parametrize("form", [b"RF64", b"BW64"])
def test_the_header_for_very_long_files_is_read(form: bytes, size: int) -> None:
    wav = PLAIN.but(form=form, riff_size=0xFFFF_FFFF, sound_size=0xFFFF_FFFF, ds64=_ds64(size))

    assert read_here(wav.bytes()).seconds == 5.0


def test_other_chunks_do_not_matter() -> None:
    notes = chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0\0") + chunk(b"bext", b"\0" * 602) + chunk(b"JUNK", b"odd")
    cover = chunk(b"id3 ", b"ID3\x03\0\0\0\0\0\0") + chunk(b"SMV0", b"0200")

    report = read_here(PLAIN.but(before=notes + cover, after=notes).bytes())

    assert report == read_here(PLAIN.bytes())


def test_less_than_a_second_of_sound_may_be_missing() -> None:
    odd = waves.integers(TONE[:-1], bits=24)
    assert len(odd.sound) % 2 == 1
    assert read_here(odd.bytes()[:-1]).seconds == pytest.approx(5, abs=0.001)
    assert read_here(PLAIN.but(sound_size=len(PLAIN.sound) + 44).bytes()).seconds == 5.0
    assert read_here(PLAIN.but(sound_size=len(PLAIN.sound) + 31_999).bytes()).seconds == 5.0


def test_what_follows_a_whole_sound_may_be_cut_off() -> None:
    assert read_here(PLAIN.but(after=chunk(b"LIST", b"INFO", size=4_000)).bytes()).seconds == 5.0


@pytest.mark.parametrize("seconds", [3, 240])
def test_the_shortest_and_the_longest_sample_are_read(seconds: int) -> None:
    rate = 8_000

    assert read_here(waves.integers(waves.tone(seconds, rate=rate), rate=rate).bytes()).seconds == seconds


def test_sound_that_looks_like_another_format_is_still_only_sound() -> None:
    """FFmpeg would look for DTS, AC-3 and MP3 in the whole file, and might take it for one of them."""
    hidden = waves.mp3(waves.tone(36, rate=44_100), rate=44_100)
    hidden += b"\0" * (len(hidden) % 2)

    report = read_here(Wav(sound=hidden, rate=44_100).bytes())

    assert report.seconds == len(hidden) / 2 / 44_100


async def test_the_worker_reads_what_is_read_here(reader: AudioReader) -> None:
    for data in (waves.integers(STEREO, rate=44_100).bytes(), waves.encoded(waves.speech(5), "adpcm_ms")):
        assert await reader.read_sample(data) == read_and_judged_here(data)
