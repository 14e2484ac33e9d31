"""Recordings in the files of phones, browsers and Discord are read, whatever they are called."""

from collections.abc import Callable
from contextlib import aclosing
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from av.error import FFmpegError

from bot.audio import refusals
from bot.audio.confined.sound.containers import OPTIONS
from bot.audio.reader import AudioReader
from bot.audio.refusals import SampleRefused
from tests.audio import waves
from tests.audio.fuzz.hostile import changed, flac, m4a, mp3, webm
from tests.audio.mp3.mp3s import lasting
from tests.audio.reading import kept_here, read_and_judged_here, read_here
from tests.audio.sound.test_measuring import speech_like
from tests.audio.workers.processes import linux

SPEECH = speech_like(4)
FORMS = {
    "M4A": ("aac", "ipod"),
    "M4A, lossless": ("alac", "ipod"),
    "MP4": ("aac", "mp4"),
    "QuickTime": ("aac", "mov"),
    "AAC": ("aac", "adts"),
    "MP3": ("libmp3lame", "mp3"),
    "Ogg with Opus": ("libopus", "ogg"),
    "Ogg with FLAC": ("flac", "ogg"),
    "FLAC": ("flac", "flac"),
    "WebM": ("libopus", "webm"),
    "Matroska": ("flac", "matroska"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_recording_is_read_and_kept_as_a_wav(form: str) -> None:
    codec, container = FORMS[form]
    file = waves.other_format(SPEECH, codec, container)

    report, kept = read_here(file), kept_here(file)

    assert (report.sample_rate, report.channels) == (48_000, 1)
    assert report.seconds == pytest.approx(4, abs=0.05)
    assert report.loudness == pytest.approx(read_here(waves.floats(SPEECH, rate=48_000).bytes()).loudness, abs=3)
    assert read_here(kept).sample_rate == 44_100
    assert read_here(kept).seconds == pytest.approx(report.seconds, abs=0.001)
    assert kept_here(kept) == kept, "it is the plainest WAV that there is"


@pytest.mark.parametrize("forks", [pytest.param(True, marks=linux), False])
async def test_the_worker_reads_what_is_read_here(forks: bool) -> None:
    async with aclosing(AudioReader(forks=forks)) as reader:
        for file in (m4a(), webm()):
            assert await reader.read_sample(file) == read_and_judged_here(file)
        assert len(await reader.compact(m4a())) == pytest.approx(4 * 16_000 * 2, rel=0.01)


@pytest.mark.parametrize(("codec", "container", "rate"), [("libmp3lame", "mp3", 16_000), ("flac", "flac", 22_050)])
def test_a_low_rate_stays_as_it_is(codec: str, container: str, rate: int) -> None:
    file = waves.other_format(speech_like(4, rate=rate), codec, container, rate=rate)

    assert read_here(file).sample_rate == read_here(kept_here(file)).sample_rate == rate


def test_two_channels_are_mixed_and_compared() -> None:
    apart = waves.other_format(waves.noise(8, rate=48_000).reshape(-1, 2), "flac", "flac")

    assert read_here(apart).channels == 2
    assert any(tip.startswith("Left and right differ a lot") for tip in read_here(apart).tips)


def test_the_same_sound_is_kept_of_a_flac_and_of_a_wav() -> None:
    wav = waves.integers(SPEECH, rate=48_000).bytes()

    assert kept_here(waves.other_format(SPEECH, "flac", "flac"))[44:] == kept_here(wav)[44:]


def test_what_is_cut_off_is_seen_where_nothing_was_lost_since() -> None:
    loud = np.clip(speech_like(4, level=0), -1, 1)

    assert read_here(waves.other_format(loud, "flac", "flac")).clipped > 0.01


def test_a_tag_or_a_picture_does_not_matter() -> None:
    for file in (mp3(), flac()):
        assert read_here(waves.id3_tag() + waves.id3_tag(3) + file) == read_here(file)
    assert read_here(mp3() + b"TAG" + bytes(125)) == read_here(mp3())
    assert read_here(changed(m4a(), (b"moov",), lambda moov: moov)) == read_here(m4a())


def silent(codec: str, container: str) -> bytes:
    return waves.other_format(waves.silence(5, rate=48_000), codec, container)


@pytest.mark.parametrize(
    ("file", "refusal"),
    [
        (lambda: lasting(2), refusals.TooShort),
        (lambda: lasting(241), refusals.TooLong),
        (lambda: silent("libopus", "ogg"), refusals.SilentSample),
        (lambda: silent("aac", "mp4"), refusals.SilentSample),
        (lambda: flac()[: len(flac()) // 2], refusals.BreaksOff),
        (lambda: m4a()[: len(m4a()) // 2], refusals.BrokenFile),
        (lambda: m4a().replace(b"mp4a", b"enca"), refusals.Encrypted),
        (lambda: m4a().replace(b"hdlr" + bytes(8) + b"soun", b"hdlr" + bytes(8) + b"vide"), refusals.AVideo),
        (lambda: m4a().replace(b"trak", b"skip"), refusals.EmptySample),
        (lambda: webm().replace(b"A_OPUS", b"A_AC-3"), refusals.UnknownCoding),
        (lambda: webm()[:40], refusals.BrokenFile),
    ],
    ids=[
        "short",
        "long",
        "silent Opus",
        "silent AAC",
        "a FLAC that breaks off",
        "an M4A without its end",
        "encrypted",
        "a video",
        "no sound",
        "another coding",
        "a head alone",
    ],
)
def test_what_cannot_be_a_sample_is_refused_for_what_it_is(
    file: Callable[[], bytes], refusal: type[SampleRefused]
) -> None:
    with pytest.raises(SampleRefused) as refused:
        read_here(file())

    assert type(refused.value) is refusal
    assert len(str(refused.value)) <= 300


def opens(source: str | BytesIO, demuxer: str | None, options: dict[str, str]) -> bool:
    try:
        with av.open(source, format=demuxer, options=options):
            return True
    except FFmpegError:
        return False


@pytest.mark.parametrize("option", ["protocol_whitelist", "format_whitelist"])
def test_ffmpeg_opens_no_address_and_no_other_kind_of_file(option: str, tmp_path: Path) -> None:
    """This looks at one defence alone: others keep files that name addresses from being opened, too."""
    if option == "protocol_whitelist":
        stored = tmp_path / "recording.flac"
        stored.write_bytes(flac())
        sources = [(str(stored), "flac"), (f"file:{stored}", "flac"), (f"subfile,,start,0,end,0,,:{stored}", "flac")]
    else:
        sources = [(BytesIO(waves.integers(waves.speech(1)).bytes()), "wav")]
    for source, demuxer in sources:
        assert not opens(source, demuxer, OPTIONS)
    source, demuxer = sources[0]
    allowed = {name: value for name, value in OPTIONS.items() if name != option}
    assert opens(source, demuxer, allowed), "nothing but the option keeps it closed"
