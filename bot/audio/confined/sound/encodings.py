"""Tells from the `fmt ` chunk of a WAV how its sound is coded: which decoder reads it, and how."""

import struct
from dataclasses import dataclass

from bot.audio.refusals import (
    MAX_CHANNELS,
    MAX_SAMPLE_RATE,
    MIN_SAMPLE_RATE,
    BrokenHeader,
    Undecodable,
    WrongChannels,
    WrongSampleRate,
)
from bot.audio.riff import ByteOrder

_SMALLEST_BLOCK = 32  # real ADPCM blocks have 256 bytes and more; tiny ones only make work

_INTEGER, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
_INTEGER_DECODERS = {1: "pcm_u8", 2: "pcm_s16", 3: "pcm_s24", 4: "pcm_s32"}  # by bytes per sample
_FLOAT_DECODERS = {4: "pcm_f32", 8: "pcm_f64"}
_LAW_DECODERS = {_A_LAW: "pcm_alaw", _MU_LAW: "pcm_mulaw"}
_COMPRESSED_DECODERS = {0x0002: "adpcm_ms", 0x0011: "adpcm_ima_wav", 0x0020: "adpcm_yamaha", 0x0031: "gsm_ms"}

# The highest values that ITU-T G.711 can say.
_LOUDEST_BY_LAW = {_A_LAW: 32_256 / 32_768, _MU_LAW: 32_124 / 32_768}

# A KSDATAFORMAT_SUBTYPE begins with a format tag and goes on with one of these: Microsoft's, and that of Ambisonics
# recorders.
_MEDIA_SUBTYPES = {bytes.fromhex("000000001000800000aa00389b71"), bytes.fromhex("00002107d3118644c8c1ca000000")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """One of the codings that we read. FFmpeg is never asked to guess: no other decoder sees the file."""

    decoder: str
    sample_rate: int  # Hz
    channels: int
    block_size: int  # bytes that only make sense together
    bits: int  # per sample, as coded
    block_moments: int  # samples per channel that a block decodes to
    full_scale: float  # the highest value that a recorder writes, on a scale where 1.0 is full; floats may exceed it
    is_float: bool
    is_plain: bool  # 16-bit PCM in mono, described without a mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    """The fields of the chunk, unchecked."""

    tag: int
    channels: int
    sample_rate: int
    byte_rate: int
    block_size: int
    bits: int
    valid_bits: int
    is_extensible: bool


def read_encoding(chunk: bytes, byte_order: ByteOrder) -> Encoding:
    """Return the encoding that a `fmt ` chunk describes. Raises SampleRefused if it is absurd or not supported."""
    wav = _format(chunk, byte_order)
    if not 1 <= wav.channels <= MAX_CHANNELS:
        raise WrongChannels(wav.channels)
    if not MIN_SAMPLE_RATE <= wav.sample_rate <= MAX_SAMPLE_RATE:
        raise WrongSampleRate(wav.sample_rate)
    return _pcm(wav, byte_order) if wav.tag in {_INTEGER, _FLOAT, _A_LAW, _MU_LAW} else _compressed(wav, byte_order)


def _format(chunk: bytes, byte_order: ByteOrder) -> _Format:
    if len(chunk) < 14:
        raise BrokenHeader
    tag, channels, sample_rate, byte_rate, block_size = struct.unpack_from(f"{byte_order}HHIIH", chunk)
    bits = struct.unpack_from(f"{byte_order}H", chunk, 14)[0] if len(chunk) >= 16 else 8
    valid_bits = bits
    is_extensible = tag == _EXTENSIBLE
    if is_extensible:
        if len(chunk) < 40:
            raise BrokenHeader
        valid_bits, tag = struct.unpack_from(f"{byte_order}H4xH", chunk, 18)
        if byte_order == "<" and chunk[26:40] not in _MEDIA_SUBTYPES:
            raise Undecodable(_EXTENSIBLE)
    return _Format(
        tag=tag,
        channels=channels,
        sample_rate=sample_rate,
        byte_rate=byte_rate,
        block_size=block_size,
        bits=bits,
        valid_bits=valid_bits if 0 < valid_bits <= bits else bits,
        is_extensible=is_extensible,
    )


def _pcm(wav: _Format, byte_order: ByteOrder) -> Encoding:
    """Return the encoding of PCM: one number per sample, as an integer, a float, or by A-law or µ-law."""
    sample_bytes = (wav.bits + 7) // 8
    full_scale = 1 - 2.0**-15  # a float that was once of 16 bits
    if wav.tag in _LAW_DECODERS:
        sample_bytes, decoder = 1, _LAW_DECODERS[wav.tag]
        full_scale = _LOUDEST_BY_LAW[wav.tag]
    elif wav.tag == _FLOAT:
        decoder = _FLOAT_DECODERS.get(sample_bytes)
    else:
        decoder = _INTEGER_DECODERS.get(sample_bytes)
        full_scale = 1 - 2.0 ** (1 - wav.valid_bits)
    if decoder is None:
        raise Undecodable(wav.tag)
    if sample_bytes == 3 and wav.block_size == 4 * wav.channels:
        raise BrokenHeader  # 24 bits in 3 bytes or in 4: players disagree. All else that can stand there they ignore.
    if decoder.startswith("pcm_s") or wav.tag == _FLOAT:
        decoder += "le" if byte_order == "<" else "be"
    return Encoding(
        decoder=decoder,
        sample_rate=wav.sample_rate,
        channels=wav.channels,
        block_size=sample_bytes * wav.channels,
        bits=sample_bytes * 8,
        block_moments=1,
        full_scale=full_scale,
        is_float=wav.tag == _FLOAT,
        is_plain=(
            (wav.tag, wav.channels, wav.bits, wav.block_size) == (_INTEGER, 1, 16, 2)
            and wav.byte_rate == 2 * wav.sample_rate
            and not wav.is_extensible
        ),
    )


def _compressed(wav: _Format, byte_order: ByteOrder) -> Encoding:
    """Return the encoding of ADPCM: a few bits per sample, in blocks that can be decoded on their own."""
    block, channels = wav.block_size, wav.channels
    if wav.tag not in _COMPRESSED_DECODERS or byte_order == ">":
        raise Undecodable(wav.tag)
    if block < _SMALLEST_BLOCK or channels > 2:
        raise BrokenHeader
    match _COMPRESSED_DECODERS[wav.tag]:
        case "adpcm_ms" as decoder if wav.bits == 4:
            block_moments = (block - 7 * channels) * 2 // channels + 2  # two samples stand in the block's header
        case "adpcm_ima_wav" as decoder if wav.bits == 4:
            block_moments = (block - 4 * channels) // (4 * channels) * 8 + 1  # one stands in the header
        case "adpcm_yamaha" as decoder if wav.bits == 4:
            block_moments = block * 2 // channels
        case "gsm_ms" as decoder if (block, channels) == (65, 1):
            block_moments = 320
        case _:
            raise BrokenHeader
    return Encoding(
        decoder=decoder,
        sample_rate=wav.sample_rate,
        channels=channels,
        block_size=block,
        bits=wav.bits,
        block_moments=block_moments,
        full_scale=1 - 2.0**-15,
        is_float=False,
        is_plain=False,
    )
