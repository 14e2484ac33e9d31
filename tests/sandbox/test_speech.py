"""The sandbox's voices: real recordings in the pitch, length and rate that were asked for."""

import io
import wave
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction

import av
import av.filter
import pytest

from sandbox import espeak
from sandbox.sound import NotAudioError, Sound, pitch_of
from sandbox.speech import PASSAGE, hum, sample_wav, speak, text_of_sample


@pytest.mark.parametrize("pitch", [75, 110, 150, 220, 300])
def test_a_recording_has_the_pitch_that_was_asked_for(pitch: int) -> None:
    assert pitch_of(sample_wav(pitch=pitch)) == pytest.approx(pitch, rel=0.08)


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 44_100, 48_000])
def test_a_recording_has_exactly_the_length_and_rate_that_were_asked_for(sample_rate: int) -> None:
    recording = sample_wav(seconds=4.5, sample_rate=sample_rate)
    with wave.open(io.BytesIO(recording)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (1, 2, sample_rate)
        assert reader.getnframes() == 4.5 * sample_rate


def test_a_recording_is_neither_silent_nor_clipped() -> None:
    recording = Sound.decode(sample_wav())
    assert loudness_units(recording) == pytest.approx(-18, abs=1)
    assert abs(recording.samples).max() < 0.95


@pytest.mark.parametrize("pitch", [67, 95, 140, 200, 300])
@pytest.mark.parametrize("text", [PASSAGE, "And this is me, an octave deeper."])
def test_speech_is_as_loud_as_other_speech(text: str, pitch: int) -> None:
    assert loudness_units(speak(text, pitch=pitch)) == pytest.approx(-18, abs=1)


def test_a_recording_is_made_once_and_remembers_its_text() -> None:
    recording = sample_wav("Good morning.", seconds=5)
    assert sample_wav("Good morning.", seconds=5) is recording
    assert text_of_sample(recording) == "Good morning."
    assert text_of_sample(sample_wav()) == PASSAGE
    assert text_of_sample(recording[:-2]) is None


def test_faster_speech_is_shorter_and_keeps_its_pitch() -> None:
    slow, fast = speak(PASSAGE, speed=0.5), speak(PASSAGE, speed=2.0)
    assert slow.seconds == pytest.approx(4 * fast.seconds, rel=0.15)
    assert slow.pitch == pytest.approx(fast.pitch, rel=0.08)


def test_each_step_of_volume_is_louder_and_none_clips() -> None:
    speech = speak("Can you hear me?")
    steps = [speech.louder(decibels) for decibels in (-20, -10, 0, 10, 20)]
    loudness = [step.loudness for step in steps]
    assert loudness == sorted(loudness)
    assert loudness[2] - loudness[0] == pytest.approx(20, abs=0.5)
    assert all(abs(step.samples).max() <= 1 for step in steps)


def test_what_cannot_be_said_is_no_sound_rather_than_an_error() -> None:
    assert speak("").seconds < 0.5
    assert speak("one\0two\x1b[[three").seconds > 0.5


def test_threads_take_turns_at_the_engine() -> None:
    texts = [f"This is sentence number {number}." for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        sounds = list(threads.map(speak, texts))
    assert all(1 < sound.seconds < 4 for sound in sounds)


def test_without_espeak_voices_hum_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing() -> espeak.Engine:
        raise espeak.NoSpeechEngineError("no such library")

    monkeypatch.setattr(espeak, "engine", missing)
    speech = speak("Nobody has said this before.", pitch=200)
    assert speech.pitch == pytest.approx(200, rel=0.02)
    assert "voices hum instead of speaking: no such library" in caplog.text


def test_humming_swells_at_the_given_pitch() -> None:
    assert hum("Hello there", pitch=150, speed=1).pitch == pytest.approx(150, rel=0.02)


@pytest.mark.parametrize("nonsense", [b"", b"RIFF", b"\0" * 5000, b"<html>"])
def test_silence_and_clipping_are_recognised(nonsense: bytes) -> None:
    with pytest.raises(NotAudioError):
        pitch_of(nonsense)


def loudness_units(sound: Sound) -> float:
    """Measure the integrated loudness in LUFS with FFmpeg's meter (ITU-R BS.1770)."""
    graph = av.filter.Graph()
    steps = [
        graph.add_abuffer(sample_rate=48_000, format="fltp", layout="mono", time_base=Fraction(1, 48_000)),
        graph.add("ebur128", "metadata=1:framelog=quiet"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*steps).configure()
    frame = sound.at(48_000).frame()
    frame.pts = 0
    graph.push(frame)
    measured = -120.0
    with suppress(BlockingIOError):  # the meter has nothing left to say
        while True:
            measured = float(graph.pull().metadata["lavfi.r128.I"])
    return measured
