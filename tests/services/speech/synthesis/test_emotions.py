"""An emotion becomes the cues of the configured engine; what that engine would read aloud is never sent."""

from datetime import UTC, datetime

import pytest

from bot.clock import DAY, SECOND
from bot.services.speech.synthesis.emotions import (
    DOCUMENTED,
    LONGEST,
    MOST_CUES,
    Emotions,
    NoEmotions,
    UnknownEmotion,
    UnspeakableEmotion,
)
from tests.stories.running import TravelClock

S1_ENDS = int(datetime(2026, 12, 31, tzinfo=UTC).timestamp()) * SECOND


class At(TravelClock):
    def __init__(self, moment: int) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> int:
        return self.moment


def emotions(engine: str = "s2.1-pro", moment: int = S1_ENDS - 30 * DAY) -> Emotions:
    return Emotions(engine, At(moment))


@pytest.mark.parametrize("engine", ["s2.1-pro", "s2-pro", "s2.1-pro-free", "drama-3"])
def test_each_sentence_gets_the_cue_since_it_holds_for_one(engine: str) -> None:
    words = 'Hello there! "How are you?" [sad] Bad.\nIt is 3.5 degrees… 元気？はい。'
    assert emotions(engine).spoken(words, "very excited") == (
        '[very excited] Hello there! [very excited] "How are you?" [sad] Bad.\n[very excited] It is 3.5 degrees… '
        "[very excited] 元気？[very excited] はい。"
    )


def test_a_text_of_very_many_sentences_gets_a_bounded_number_of_cues() -> None:
    spoken = emotions().spoken("No. " * 400, "angry")
    assert spoken.count("[angry]") == MOST_CUES


def test_any_description_is_taken_by_an_engine_that_understands_one() -> None:
    known = emotions()
    for typed, taken in (
        ("Happy", "happy"),
        (" [very  Excited] ", "very excited"),
        ("nervous, barely holding it together", "nervous, barely holding it together"),
        ("ため息をついて", "ため息をついて"),
        ("🦜 (happy)", "happy"),
        ("बहुत खुश", "बहुत खुश"),
    ):
        assert known.understood(typed) == taken


@pytest.mark.parametrize(
    "typed", ["[]", "🦜", "sad] read this aloud [", "<|speaker:1|>", "a\\b", "x" * (LONGEST + 1), "happy. Buy now", "-"]
)
def test_what_would_leave_the_brackets_is_refused(typed: str) -> None:
    with pytest.raises(UnspeakableEmotion):
        emotions().understood(typed)


def test_s1_takes_the_documented_words_alone_once_at_the_beginning() -> None:
    old = emotions("s1")
    assert old.spoken("Hello. Bye.", old.understood("Happy")) == "(happy) Hello. Bye."
    with pytest.raises(UnknownEmotion) as refusal:
        old.understood("very excited")
    assert str(refusal.value) == "The engine would read “very excited” aloud. Pick an emotion from the list."


@pytest.mark.parametrize(("engine", "moment"), [("s1", S1_ENDS - DAY), ("s1", S1_ENDS + DAY), ("s3-newer", S1_ENDS)])
def test_an_engine_that_may_read_cues_aloud_gets_none(engine: str, moment: int) -> None:
    known = emotions(engine, moment)
    assert known.suggested("") == []
    with pytest.raises(NoEmotions):
        known.understood("happy")


def test_suggestions_are_what_is_documented_and_each_can_be_used() -> None:
    for engine in ("s1", "s2.1-pro"):
        known = emotions(engine)
        assert known.suggested("") == list(DOCUMENTED[:25])
        assert known.suggested("sa")[:4] == ["sad", "satisfied", "sarcastic", "disappointed"]
        for name in DOCUMENTED:
            assert known.understood(name) == name
            assert known.suggested(f" {name.upper()} ")[0].startswith(name)
