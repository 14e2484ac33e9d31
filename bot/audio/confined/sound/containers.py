"""The sound of a file that is no WAV. FFmpeg takes it apart with one demuxer, from memory. Runs in the worker only."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import NoReturn

import av
import av.subtitles.codeccontext  # this and the next: a worker cannot load them at first use
import av.subtitles.stream
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Disposition

from bot.audio.confined.sound.recordings import Recording
from bot.audio.kinds import DEMUXERS, Container
from bot.audio.refusals import (
    MAX_CHANNELS,
    MAX_SAMPLE_RATE,
    MIN_SAMPLE_RATE,
    AVideo,
    BreaksOff,
    BrokenFile,
    EmptySample,
    TooLong,
    Undecodable,
    UnknownCoding,
    WrongChannels,
    WrongSampleRate,
)

_DECODERS = frozenset({"aac", "alac", "flac", "mp3", "mp3float", "opus", "vorbis"})  # no other sees the file
OPTIONS = {
    "codec_whitelist": ",".join(sorted(_DECODERS)),
    "format_whitelist": ",".join(sorted(DEMUXERS)),
    "protocol_whitelist": "none",  # an empty list would allow all
    "max_streams": "16",
}
_MOST_PACKETS = 200_000  # 4 minutes of Opus in its shortest packets, twice; 15 in its usual ones, four times
_BROKEN_PART = 10  # one packet in so many may be damaged: the head of many MP3s and the end of a cut file are
_MOST_BROKEN_AT_FIRST = 50  # packets; beyond that, the rest of a file with too many broken ones is not read
_FULL_SCALE = {"s16": 1 - 2.0**-15, "s32": 1 - 2.0**-23}  # of 24 bits; by FFmpeg's sample format
_EXACT = frozenset({"flac", "mov"})  # their headers say how much sound they hold; others guess, or are not asked
_MISSING_SECONDS = 1  # from so much missing sound on, a file counts as cut off


@dataclass(slots=True)
class _Form:
    """What the frames of a sound have in common. The header may say something else."""

    sample_rate: int
    channels: int
    full_scale: float


def open_container(data: bytes, container: Container, *, most_seconds: int) -> Recording:
    """Return the sound of a container. Raises SampleRefused: no sound, a video, too long, damaged or unreadable."""
    sound = data[container.start :] if container.start else data
    form: _Form | None = None
    moments = 0
    for frame in _frames(sound, container.demuxer):
        form = form or _form_of(frame)
        moments += frame.samples
        if moments > most_seconds * form.sample_rate:
            raise TooLong(most_seconds)
    if form is None:
        raise EmptySample
    missing = _promised_seconds(sound, container.demuxer) - moments / form.sample_rate
    if missing >= _MISSING_SECONDS:
        raise BreaksOff(missing)
    return Recording(
        sample_rate=form.sample_rate,
        channels=form.channels,
        full_scale=form.full_scale,
        is_float=False,  # compressed sound has no finer steps than whole numbers, even if it decodes to floats
        moments=moments,
        is_plain=False,
        frames=lambda: _frames(sound, container.demuxer),
    )


def _form_of(frame: av.AudioFrame) -> _Form:
    channels, sample_rate = frame.layout.nb_channels, frame.sample_rate
    if not 1 <= channels <= MAX_CHANNELS:
        raise WrongChannels(channels)
    if not MIN_SAMPLE_RATE <= sample_rate <= MAX_SAMPLE_RATE:
        raise WrongSampleRate(sample_rate)
    return _Form(sample_rate, channels, _FULL_SCALE.get(frame.format.name.removesuffix("p"), 1 - 2.0**-15))


def _promised_seconds(sound: bytes, demuxer: str) -> float:
    if demuxer not in _EXACT:
        return 0
    with _opened(sound, demuxer) as opened:
        stream = _sound_stream(opened)
        return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0


def _frames(sound: bytes, demuxer: str) -> Iterator[av.AudioFrame]:
    """Return all frames of the sound, of one sample rate and one number of channels."""
    first: av.AudioFrame | None = None
    number = broken = 0
    with _opened(sound, demuxer) as opened:
        stream = _sound_stream(opened)
        decoder = _decoder_of(stream)
        for packet in opened.demux(stream):
            number += 1
            if number > _MOST_PACKETS:
                raise Undecodable
            try:
                frames = decoder.decode(packet)
            except InvalidDataError:
                broken += 1
                if broken > _MOST_BROKEN_AT_FIRST and broken * _BROKEN_PART > number:
                    raise Undecodable from None
                continue
            for frame in frames:
                first = first or frame
                if _shape(frame) != _shape(first):
                    raise Undecodable
                yield frame
    if broken * _BROKEN_PART > number:
        raise Undecodable


def _shape(frame: av.AudioFrame) -> tuple[int, int]:
    return frame.sample_rate, frame.layout.nb_channels


@contextmanager
def _opened(sound: bytes, demuxer: str) -> Generator[InputContainer]:
    try:
        with av.open(BytesIO(sound), "r", format=demuxer, options=OPTIONS, io_open=_refuse_to_open) as opened:
            yield opened
    except MemoryError:
        raise
    except (FFmpegError, ValueError, OverflowError) as error:
        raise BrokenFile from error


def _refuse_to_open(*_: object) -> NoReturn:
    """Keep FFmpeg from opening a second file that the first one names. Raises PermissionError."""
    raise PermissionError


def _sound_stream(opened: InputContainer) -> AudioStream:
    if any(not stream.disposition & Disposition.attached_pic for stream in opened.streams.video):
        raise AVideo
    if not opened.streams.audio:
        raise EmptySample
    return opened.streams.audio[0]


def _decoder_of(stream: AudioStream) -> AudioCodecContext:
    decoder = stream.codec_context
    if decoder is None or decoder.name not in _DECODERS:
        raise UnknownCoding
    decoder.thread_count = 1  # confined, it could start no other
    return decoder
