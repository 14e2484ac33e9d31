"""Sound: reads the untrusted WAVs that members send, and marks the MP3s that the bot makes.

`reader` starts `worker` as a process of its own, and they talk through `exchange`. `confinement`, `riff`,
`encodings`, `decoding` and `measuring` work there, and only there are numpy and FFmpeg loaded.
"""

from bot.audio.mpeg import has_sound
from bot.audio.reader import AudioReader, WorkerFailed
from bot.audio.refusals import (
    MAX_SAMPLE_BYTES,
    MAX_SAMPLE_SECONDS,
    MIN_SAMPLE_SECONDS,
    BrokenHeader,
    EmptySample,
    NotAWav,
    NotReadInTime,
    ReaderClosed,
    SampleRefused,
    SilentSample,
    TooLarge,
    TooLong,
    TooShort,
    TruncatedSample,
    Undecodable,
    WrongChannels,
    WrongSampleRate,
)
from bot.audio.tags import tag_mp3

__all__ = [
    "MAX_SAMPLE_BYTES",
    "MAX_SAMPLE_SECONDS",
    "MIN_SAMPLE_SECONDS",
    "AudioReader",
    "BrokenHeader",
    "EmptySample",
    "NotAWav",
    "NotReadInTime",
    "ReaderClosed",
    "SampleRefused",
    "SilentSample",
    "TooLarge",
    "TooLong",
    "TooShort",
    "TruncatedSample",
    "Undecodable",
    "WorkerFailed",
    "WrongChannels",
    "WrongSampleRate",
    "has_sound",
    "tag_mp3",
]
