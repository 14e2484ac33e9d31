"""Speech is told from hum, tones and noise, and no voice is taken for one of those."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bot.audio.confined.sound import speech
from bot.audio.confined.sound.speech import JUDGED_RATE, judged_parts, share_of_speech
from bot.audio.exchange import NoAnswer, answer_reading, reading_in
from bot.audio.refusals import LEAST_SPEECH
from bot.audio.tips import report
from sandbox import espeak
from sandbox.speech import PASSAGE, sample_wav
from tests.audio import figures, waves
from tests.audio.reading import read_and_judged_here
from tests.audio.workers.processes import linux

CLEARLY = 5 * LEAST_SPEECH  # a voice that is less clear than this would be too close to a refusal

VOICES = {
    "a deep voice": ("en", 70, PASSAGE),
    "a child": ("en+f2", 310, PASSAGE),
    "a hoarse voice": ("en+croak", 100, PASSAGE),
    "whispering": ("en+whisper", 100, PASSAGE),
    "a woman whispering": ("en+whisperf", 220, PASSAGE),
    "Arabic": ("ar", 100, "السماء صافية اليوم والشمس مشرقة فوق المدينة القديمة " * 3),
    "German": ("de", 100, "Der Himmel ist heute klar, und die Sonne scheint auf die alte Stadt. " * 3),
    "Hindi": ("hi", 150, "आज आसमान साफ़ है और सूरज पुराने शहर पर चमक रहा है। " * 3),
    "Mandarin": ("cmn", 150, "今天天空晴朗,阳光照在老城上。" * 4),
    "Vietnamese": ("vi", 160, "Hôm nay trời quang và nắng chiếu trên thành phố cổ. " * 4),
}

MOMENTS = np.arange(12 * JUDGED_RATE) / JUDGED_RATE

SOUNDS = {
    "a mains hum": waves.tone(12, hertz=50),
    "a whistle": waves.tone(12, hertz=3_000),
    "a tone": waves.tone(12),
    "noise": waves.noise(12),
    "noise that swells": waves.noise(12) * np.sin(np.pi * 3 * MOMENTS) ** 2,
    "a chord": sum((waves.tone(12, hertz=hertz, level=-20) for hertz in (220, 277, 330)), np.zeros(len(MOMENTS))),
    "a buzzer": 0.1 * np.sign(np.sin(2 * np.pi * 110 * MOMENTS)),
}


@cache
def spoken(voice: str, pitch: float, text: str, *, rate: int = JUDGED_RATE) -> waves.Signal:
    said = espeak.engine().pronounce(text, pitch=pitch, speed=1, voice=voice)
    return said.at(rate).samples.astype(np.float64)[: 12 * rate]


def share_in(signal: waves.Signal, *, rate: int = JUDGED_RATE) -> float:
    share = read_and_judged_here(waves.integers(signal, rate=rate).bytes())[0].speech
    assert share is not None
    return share


@linux
@pytest.mark.parametrize("name", VOICES)
def test_a_voice_is_heard_whoever_speaks_in_whatever_language(name: str) -> None:
    assert share_in(spoken(*VOICES[name])) > 0.5


@linux
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("name", ["a deep voice", "a child", "whispering"])
def test_a_voice_is_heard_in_noise_and_over_the_telephone(name: str, rate: int) -> None:
    voice = spoken(*VOICES[name], rate=rate)
    noise = np.random.default_rng(seed=1).standard_normal(len(voice)) * np.sqrt(np.mean(voice**2))

    assert share_in(0.3 * voice, rate=rate) > 0.5
    assert share_in(0.3 * (voice + noise), rate=rate) > CLEARLY


@linux
@pytest.mark.parametrize("decibels", [-30, -55])
def test_a_quiet_voice_is_a_voice(decibels: float) -> None:
    assert share_in(10 ** (decibels / 20) * spoken(*VOICES["a child"])) > 0.5


@linux
def test_singing_is_a_voice() -> None:
    assert share_in(np.tile(spoken("vi", 163, "la la laaaa aaaaa oooo"), 4)) > CLEARLY


@linux
@pytest.mark.parametrize("seconds", [3, 12])
def test_the_sandbox_records_speech(seconds: float) -> None:
    share = read_and_judged_here(sample_wav(seconds=seconds))[0].speech
    assert share is not None
    assert share > 0.5


@linux
@pytest.mark.parametrize("name", SOUNDS)
def test_what_is_no_voice_is_not_heard_as_one(name: str) -> None:
    assert share_in(SOUNDS[name]) < LEAST_SPEECH


@linux
def test_a_voice_that_begins_late_in_a_long_recording_is_heard() -> None:
    hum = waves.tone(100, hertz=50, level=-20)
    assert share_in(np.concatenate((hum, spoken(*VOICES["German"])))) > LEAST_SPEECH


@linux
@pytest.mark.parametrize(("noise", "seconds"), [(0.0, 1.3), (0.08, 2.1)])
def test_no_more_is_heard_than_needed(noise: float, seconds: float) -> None:
    taken: list[int] = []
    step = JUDGED_RATE // 10

    def pieces() -> Iterator[bytes]:
        voice = spoken(*VOICES["a deep voice"])
        voice = voice + noise * np.random.default_rng(seed=1).standard_normal(len(voice))
        for start in range(0, len(voice), step):
            taken.append(start)
            yield (voice[start : start + step] * 2**15).astype("<i2").tobytes()

    share = share_of_speech(pieces(), pause_below=1e-5)

    assert share is not None
    assert share > 0.5
    assert len(taken) <= round(seconds * 10)


@pytest.mark.parametrize(("start", "end"), [(0, 3), (5, 65), (0, 61), (7, 240)])
def test_at_most_a_minute_is_judged_from_all_over_the_recording(start: int, end: int) -> None:
    parts = judged_parts(start * 8_000, end * 8_000, 8_000)

    assert sum(last - first for first, last in parts) <= 60 * 8_000
    assert (parts[0][0], parts[-1][1]) == (start * 8_000, end * 8_000)


def test_nothing_is_judged_where_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "MicroVad", None)

    assert read_and_judged_here(waves.integers(waves.tone(3)).bytes())[0].speech is None


@pytest.mark.parametrize(("share", "tips"), [(None, 0), (LEAST_SPEECH, 1), (0.29, 1), (0.3, 0), (1.0, 0)])
def test_little_speech_gets_a_tip(share: float | None, tips: int) -> None:
    given = report(replace(figures.GOOD, speech=share)).tips

    assert len(given) == tips
    assert all(tip.startswith("I hear little speech in this") for tip in given)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_that_is_none_is_no_answer(share: float) -> None:
    with pytest.raises(NoAnswer):
        reading_in(answer_reading(replace(figures.GOOD, speech=share), b"", sample_rate=44_100))
