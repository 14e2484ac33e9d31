"""The limits of a sample, and the sentence for each reason to refuse a file."""

import math

from bot.errors import UserError

MAX_SAMPLE_BYTES = 20 * 2**20
MIN_SAMPLE_SECONDS = 3
MAX_SAMPLE_SECONDS = 240  # Fish Audio refuses 270 s and more
MOST_CUT_SECONDS = 15 * 60  # of a recording whose best part is wanted
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 8_000, 192_000  # Hz
MAX_CHANNELS = 64
MIN_AUDIBLE_SECONDS = 1
LEAST_SPEECH = 0.02  # share of what can be heard; speaking, whispering and singing are far above it

_USABLE = "a WAV, MP3, M4A, Ogg, FLAC or WebM"

_ENCODINGS = {  # the format tags of RFC 2361 that a member may meet, by the names that they know
    0x0050: "MPEG audio",
    0x0055: "MP3",
    0x0092: "AC-3",
    0x00FF: "AAC",
    0x0160: "Windows Media Audio",
    0x0161: "Windows Media Audio",
    0x0162: "Windows Media Audio",
    0x1610: "AAC",
    0x2000: "AC-3",
    0x674F: "Ogg Vorbis",
    0x704F: "Opus",
    0xF1AC: "FLAC",
}


class SampleRefused(UserError):
    """A file that no voice can be made from.

    `figures` are what the constructor was given: the worker sends a refusal as its name and these numbers.
    """

    def __init__(self, sentence: str, *figures: float) -> None:
        super().__init__(sentence)
        self.figures = figures


class NotUsable(SampleRefused):
    """The content is something else; `kind` names it (“a picture”) if it is known."""

    def __init__(self, kind: str | None) -> None:
        found = f"That file is {kind}" if kind else "I do not know what that file is"
        super().__init__(f"{found}. Attach a recording: {_USABLE}. What the file holds counts, not its name.")


class AVideo(SampleRefused):
    def __init__(self) -> None:
        super().__init__(f"That file is a video. Export its sound alone, as {_USABLE}, and attach that.")


class Synthetic(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That file says of itself that it is a synthetic voice, and a voice is made from a person's own. "
            f"Attach a recording of somebody who speaks: {_USABLE}."
        )


class Encrypted(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That recording is encrypted, as bought music is, so nobody but its own player can read it. "
            f"Attach a recording of your own: {_USABLE}."
        )


class BrokenFile(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That file is damaged or incomplete. Check that it plays on your device, then copy or export it again and "
            "attach the whole file."
        )


class UnknownCoding(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            f"The sound in that file is coded in a way that I cannot read. Export it again, as {_USABLE}, and attach "
            "that."
        )


class BreaksOff(SampleRefused):
    """The sound ends before its time; `missing` is in seconds."""

    def __init__(self, missing: float) -> None:
        super().__init__(
            f"That recording breaks off: {missing:,.0f} s that its header promises are missing. "
            "Copy or export it again and attach the whole file.",
            missing,
        )


class EmptySample(SampleRefused):
    def __init__(self) -> None:
        super().__init__("That file holds no sound at all. Check that it plays on your device, then attach it again.")


class TruncatedSample(SampleRefused):
    """The file ends before what its header promises; `missing` is in bytes."""

    def __init__(self, missing: float) -> None:
        super().__init__(
            f"That WAV breaks off: {missing:,.0f} bytes that its header promises are missing. "
            "Copy or export it again and attach the whole file.",
            missing,
        )


class TooShort(SampleRefused):
    def __init__(self, seconds: float) -> None:
        shown = math.floor(seconds * 100) / 100  # 2.999 must not read as 3 seconds
        super().__init__(
            f"That recording lasts {shown:g} s; a voice needs at least {MIN_SAMPLE_SECONDS}, "
            "and 10 to 30 seconds work best.",
            seconds,
        )


class TooLong(SampleRefused):
    """The recording is longer than `most` seconds."""

    def __init__(self, most: float = MAX_SAMPLE_SECONDS) -> None:
        super().__init__(
            f"That recording is longer than {most / 60:.0f} minutes. "
            "Cut it down to its best 10 to 30 seconds and attach that.",
            most,
        )


class TooLarge(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            f"That file is larger than {MAX_SAMPLE_BYTES // 2**20} MiB. "
            "Cut the recording down to its best 10 to 30 seconds, or export it in mono, and attach that."
        )


class TooLongTogether(SampleRefused):
    """All clips of a sample together last `seconds`, which is too long."""

    def __init__(self, seconds: float) -> None:
        minutes, rest = divmod(math.ceil(seconds), 60)
        super().__init__(
            f"Together these clips last {minutes} min {rest} s, and a sample has at most {MAX_SAMPLE_SECONDS // 60} "
            "minutes in all its clips. Leave one out, or cut them down to their best 10 to 30 seconds each.",
            seconds,
        )


class TooLargeTogether(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            f"Together these files are larger than {MAX_SAMPLE_BYTES // 2**20} MiB, the most that all clips of a "
            "sample may have. Leave one out, or cut them down to their best 10 to 30 seconds each."
        )


class SilentSample(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That recording is silent: less than a second of it stands out from silence or an even noise. "
            "Check that the right microphone is on, record again from closer, and attach that."
        )


class NoSpeech(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "I hear sound in that recording, but nobody who speaks. A hum, noise or music makes no voice. "
            "Record one person who speaks for 10 to 30 seconds, close to the microphone, and attach that."
        )


class WrongSampleRate(SampleRefused):
    """The sample rate in the header, in Hz, is too low or too high."""

    def __init__(self, sample_rate: float) -> None:
        super().__init__(
            f"That file claims {sample_rate:,.0f} samples per second; {MIN_SAMPLE_RATE:,} to "
            f"{MAX_SAMPLE_RATE:,} can be used. Export it again with 44,100.",
            sample_rate,
        )


class WrongChannels(SampleRefused):
    def __init__(self, channels: float) -> None:
        super().__init__(
            f"That file claims {channels:,.0f} channels; 1 to {MAX_CHANNELS} can be used. Export it again in mono.",
            channels,
        )


class BrokenHeader(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That WAV's header contradicts itself, so nobody can tell how to play it. "
            "Open it in an audio editor and export it again as a plain 16-bit WAV."
        )


class Undecodable(SampleRefused):
    """The sound cannot be decoded. `format_tag` is the WAV's number for its encoding; 0 if the sound is broken."""

    def __init__(self, format_tag: float = 0) -> None:
        encoding = _ENCODINGS.get(int(format_tag))
        what = (
            f"The sound in that WAV is coded as {encoding}" if encoding else "The sound in that file cannot be decoded"
        )
        super().__init__(f"{what}. Export it again as a plain 16-bit WAV and attach that.", format_tag)


class NotReadInTime(SampleRefused):
    def __init__(self) -> None:
        super().__init__("That file could not be read in time; export it again as a plain 16-bit WAV and attach that.")


class ReaderClosed(SampleRefused):
    """The bot is stopping; nothing is wrong with the file."""

    def __init__(self) -> None:
        super().__init__("The bot is restarting just now. Please send your recording again in a minute.")
