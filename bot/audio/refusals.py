"""What a sample must be, and the sentence for each way in which a file is not it."""

import math

from bot.errors import UserError

MAX_SAMPLE_BYTES = 20 * 2**20
MIN_SAMPLE_SECONDS = 3
MAX_SAMPLE_SECONDS = 240  # Fish Audio refuses 270 s and more
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 8_000, 192_000  # Hz
MAX_CHANNELS = 64
MIN_AUDIBLE_SECONDS = 1

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


class NotAWav(SampleRefused):
    """The content is something else; `kind` names it (“an MP3”) where it is known.

    `from_a_phone` adds what helps those whose phone cannot export a WAV.
    """

    def __init__(self, kind: str | None, *, from_a_phone: bool = False) -> None:
        found = f"That file is {kind}, not a WAV" if kind else "That file is not a WAV"
        way = "Export the recording as a 16-bit WAV and attach that."
        if from_a_phone:
            way = (
                "Phones keep voice memos in such files: open it in an audio editor (Audacity, for example), export it "
                "as a 16-bit WAV and attach that."
            )
        super().__init__(f"{found}; the content counts. {way}")


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
    def __init__(self) -> None:
        super().__init__(
            f"That recording is longer than {MAX_SAMPLE_SECONDS // 60} minutes. "
            "Cut it down to its best 10 to 30 seconds and attach that."
        )


class TooLarge(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            f"That file is larger than {MAX_SAMPLE_BYTES // 2**20} MiB. "
            "Cut the recording down to its best 10 to 30 seconds, or export it in mono, and attach that."
        )


class SilentSample(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That recording is silent: less than a second of it stands out from silence or an even noise. "
            "Check that the right microphone is on, record again from closer, and attach that."
        )


class WrongSampleRate(SampleRefused):
    """`sample_rate` is in Hz."""

    def __init__(self, sample_rate: float) -> None:
        super().__init__(
            f"That WAV claims {sample_rate:,.0f} samples per second; {MIN_SAMPLE_RATE:,} to "
            f"{MAX_SAMPLE_RATE:,} can be used. Export it again with 44,100.",
            sample_rate,
        )


class WrongChannels(SampleRefused):
    def __init__(self, channels: float) -> None:
        super().__init__(
            f"That WAV claims {channels:,.0f} channels; 1 to {MAX_CHANNELS} can be used. Export it again in mono.",
            channels,
        )


class BrokenHeader(SampleRefused):
    def __init__(self) -> None:
        super().__init__(
            "That WAV's header contradicts itself, so nobody can tell how to play it. "
            "Open it in an audio editor and export it again as a plain 16-bit WAV."
        )


class Undecodable(SampleRefused):
    """`format_tag` is the WAV's own number for how its sound is coded; 0 where the sound itself is broken."""

    def __init__(self, format_tag: float = 0) -> None:
        encoding = _ENCODINGS.get(int(format_tag))
        what = (
            f"The sound in that WAV is coded as {encoding}" if encoding else "The sound in that WAV cannot be decoded"
        )
        super().__init__(f"{what}. Export it again as a plain 16-bit WAV and attach that.", format_tag)


class NotReadInTime(SampleRefused):
    def __init__(self) -> None:
        super().__init__("That file could not be read in time; export it again as a plain 16-bit WAV and attach that.")


class ReaderClosed(SampleRefused):
    """The bot is stopping; nothing is wrong with the file."""

    def __init__(self) -> None:
        super().__init__("The bot is restarting just now. Please send your WAV again in a minute.")
