"""A sample has up to three clips: each is checked alone, and the limits hold for all of them together."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from bot.audio.refusals import MAX_SAMPLE_BYTES, ReaderClosed, TooLargeTogether, TooLongTogether, TooShort
from bot.audio.tips import overview, report
from bot.discord.replies import LONGEST_MESSAGE
from bot.errors import UserError
from bot.http.attachments import Attachment, AttachmentReader
from bot.models.common import Member, Place
from bot.models.samples import Clip, Overview, Sample
from bot.models.sounds import PostAs
from bot.models.voices import Voice, VoiceState
from bot.services.common.samples import LARGEST_ENCLOSED, ClipRefused, SampleReader
from bot.services.speech.imitation.one_offs import not_kept_yet
from bot.services.voices.drafts import Draft
from cogs.common.cards import draft_card
from cogs.speech.once import LONGEST_QUOTE, once_card
from sandbox.speech import sample_wav
from tests.audio import figures, waves
from tests.audio.reading import read_here
from tests.stories.bots.shared_reader import SharedReader

MEMBER = 1
GOOD = sample_wav(seconds=6)
OTHER = sample_wav(seconds=7, pitch=200)


def minutes_long(minutes: float) -> bytes:
    """Return a long recording in few bytes: somebody speaks again and again, in eight bits."""
    spoken = np.frombuffer(sample_wav(seconds=6, sample_rate=8_000)[44:], "<i2") / 2**15
    return waves.integers(np.tile(spoken, round(minutes * 10)), bits=8, rate=8_000).bytes()


@dataclass
class Attached(AttachmentReader):
    """Hands out files by their addresses, without Discord."""

    files: Mapping[str, bytes]

    async def read(self, attachment: Attachment) -> bytes:
        return self.files[attachment.url]


async def read(clips: Mapping[int, bytes], *, best_part: bool = False, announced: int = 0) -> tuple[Sample, Overview]:
    files = {f"https://cdn/{number}": data for number, data in clips.items()}
    attached = {number: Attachment(f"clip {number}.m4a", announced, f"https://cdn/{number}") for number in clips}
    return await SampleReader(Attached(files), SharedReader()).read(attached, MEMBER, best_part=best_part)


async def test_each_clip_is_kept_as_a_file_of_its_own_and_the_report_is_about_all() -> None:
    sample, found = await read({1: GOOD, 2: OTHER})
    assert sample == Sample((Clip("clip 1.wav", GOOD), Clip("clip 2.wav", OTHER)))
    assert found.verdicts == ("13 s ✓", "loud enough", "no distortion", "few pauses")
    assert found.tips == (), "neither is short, since they count together"
    assert {number: round(each.seconds) for number, each in found.reports.items()} == {1: 6, 2: 7}


SILENCE = waves.integers(waves.silence(5)).bytes()
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "silent": (lambda: SILENCE, "That recording is silent"),
    "short": (lambda: sample_wav(seconds=1), "That recording lasts 1 s"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(50), "That file is a picture."),
    "too long": (lambda: minutes_long(4.5), "That recording is longer than 4 minutes."),
}
if sys.platform == "linux":  # elsewhere nothing tells speech
    REFUSED["no speech"] = (
        lambda: waves.integers(waves.tone(5, hertz=100)).bytes(),
        "I hear sound in that recording, but nobody who",
    )


@pytest.mark.parametrize("fault", REFUSED)
async def test_a_refusal_names_the_clip_by_its_option(fault: str) -> None:
    make, sentence = REFUSED[fault]
    data = make()
    with pytest.raises(ClipRefused) as refused:
        await read({1: GOOD, 3: data})
    assert str(refused.value).startswith(f"Clip 3: {sentence}")
    with pytest.raises(UserError) as alone:
        await read({1: data})
    assert str(alone.value).startswith(sentence), "a single one needs no number"


async def test_a_bot_that_stops_is_no_fault_of_a_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    async def closed(reader: SharedReader, data: bytes) -> object:
        raise ReaderClosed

    monkeypatch.setattr(SharedReader, "read_sample", closed)
    with pytest.raises(ReaderClosed):
        await read({1: GOOD, 2: OTHER})


async def test_the_length_counts_together() -> None:
    with pytest.raises(TooLongTogether) as refused:
        await read({1: minutes_long(2.5), 2: minutes_long(2)})
    assert str(refused.value).startswith("Together these clips last 4 min 30 s, and a sample has at most 4 minutes")


async def test_the_bytes_count_together_as_announced_and_as_they_come() -> None:
    half = MAX_SAMPLE_BYTES // 2 + 1
    with pytest.raises(TooLargeTogether) as refused:
        await read({1: GOOD, 2: OTHER}, announced=half)
    assert str(refused.value).startswith("Together these files are larger than 20 MiB, the most that all clips of a")
    with pytest.raises(TooLargeTogether):
        await read({1: GOOD, 2: OTHER + bytes(MAX_SAMPLE_BYTES - len(OTHER))})
    assert (await read({1: GOOD}, announced=half))[0].clips


async def test_where_the_best_part_is_wanted_the_longest_clips_are_cut() -> None:
    sample, found = await read({1: minutes_long(2.5), 2: GOOD, 3: minutes_long(2)}, best_part=True)
    first, second, third = found.reports.values()
    assert first.whole_seconds == pytest.approx(150, abs=1)
    assert 20 <= first.seconds <= 31
    assert (second.whole_seconds, third.whole_seconds) == (None, None)
    assert [round(read_here(clip.data).seconds) for clip in sample.clips] == [round(first.seconds), 6, 120]


async def test_a_clip_that_comes_twice_is_taken_once() -> None:
    sample, found = await read({1: GOOD, 2: OTHER, 3: GOOD})
    assert [clip.data for clip in sample.clips] == [GOOD, OTHER]
    assert found.tips == ("Clip 3 is the same file as clip 1, so I take it once.",)
    sample, found = await read({1: GOOD, 2: GOOD})
    assert len(sample.clips) == 1
    assert found.tips[0] == "Clip 2 is the same file as clip 1, so I take it once."
    assert found.tips[1].startswith("This is short"), "it counts once"


def test_the_worst_clip_is_named_with_each_fault() -> None:
    good, quiet = report(figures.GOOD), report(replace(figures.GOOD, loudness=-30.0))
    distorted = report(replace(figures.GOOD, clipped=0.01, loudness=-40.0, seconds=9.0))
    found = overview({1: good, 2: quiet, 3: distorted})
    assert found.verdicts == ("49 s ✓", "clip 3: very quiet", "clip 3: distorted", "few pauses")
    assert [tip.partition(": ")[::2] for tip in found.tips] == [
        ("Clip 2", quiet.tips[0]),
        ("Clip 3", distorted.tips[1]),  # behind the tip on its own length
        ("Clip 3", distorted.tips[2]),
    ]
    assert overview({1: quiet, 3: quiet}).verdicts == ("40 s ✓", "a bit quiet", "no distortion", "few pauses")
    assert overview({1: quiet, 3: quiet}).tips == (f"Clips 1 and 3: {quiet.tips[0]}",)
    assert overview({2: quiet}).tips == quiet.tips


def test_the_longest_reports_fit_a_message() -> None:
    poor = replace(
        figures.GOOD, seconds=75.5, sample_rate=8_000, channels=64, loudness=-45.5, peak=-12.5, clipped=0.105
    )
    poor = replace(poor, silence=0.95, gain=20.5, offset=0.1, likeness=-0.9, speech=0.1)
    each = replace(report(poor), whole_seconds=899.5)
    now = 1_800_000_000_000
    voice = Voice(
        id="v",
        owner_id=1,
        owner_name="A" * 32,
        name="N" * 40,
        state=VoiceState.DRAFT,
        guild_id=7,
        channel_id=70,
        since=now,
        created_at=now,
        next_attempt_at=now,
    )
    for clips in (1, 2, 3):
        found = overview(dict.fromkeys(range(1, clips + 1), each))
        for shown in (voice, replace(voice, replaces="w"), replace(voice, speaker_id=2, speaker_name="S" * 32)):
            assert len(draft_card(Draft(shown, found))) < LONGEST_MESSAGE - 200, (
                "there may be a line above and one below"
            )
        once = replace(not_kept_yet(Member(id=1, name="Ann"), Place(guild_id=7, channel_id=70)), expires_at=now)
        card = once_card("> " + LONGEST_QUOTE * "x", once, found, post_as=PostAs.VOICE_MESSAGE)
        assert len(card) < LONGEST_MESSAGE


async def test_all_clips_are_heard_by_the_person_who_is_asked() -> None:
    large = waves.integers(np.tile(waves.tone(5, rate=44_100), 13), rate=44_100).bytes()
    sample = Sample((Clip("a.wav", large), Clip("b.wav", large)))
    assert sample.size > LARGEST_ENCLOSED > len(large)
    reader = SampleReader(Attached({}), SharedReader())
    heard = await reader.to_hear(sample)
    assert [clip.filename for clip in heard] == ["a.wav", "b.wav"]
    assert [read_here(clip.data).sample_rate for clip in heard] == [16_000, 16_000]
    small = Sample((Clip("a.wav", GOOD), Clip("b.wav", OTHER)))
    assert await reader.to_hear(small) == small.clips


async def test_one_file_holds_all_clips_one_after_the_other() -> None:
    copy = await SharedReader().compact(GOOD, OTHER)
    assert read_here(copy).seconds == pytest.approx(6 + 0.5 + 7, abs=0.05)
    with pytest.raises(TooShort):
        await SharedReader().compact(GOOD, sample_wav(seconds=2))
