"""The emotion in which a text is spoken: what members may type, and the cues that the engine gets for it."""

import re
import unicodedata

from bot.clock import Clock
from bot.errors import UserError
from bot.fish_audio.engines import CueForm, cue_form
from bot.services.common.wording import quoted
from bot.services.text.spoken_characters import can_be_said, clean_characters

LONGEST = 40  # characters
MOST_SUGGESTED = 25  # Discord's limit
MOST_CUES = 50  # sentences of a text that get the cue

# The page "Emotion Control" of Fish Audio's documentation.
DOCUMENTED = (
    *("happy", "sad", "angry", "excited", "calm", "nervous", "confident", "surprised", "satisfied", "delighted"),
    *("scared", "worried", "upset", "frustrated", "depressed", "empathetic", "embarrassed", "disgusted", "moved"),
    *("proud", "relaxed", "grateful", "curious", "sarcastic"),
    *("disdainful", "unhappy", "anxious", "hysterical", "indifferent", "uncertain", "doubtful", "confused"),
    *("disappointed", "regretful", "guilty", "ashamed", "jealous", "envious", "hopeful", "optimistic", "pessimistic"),
    *("nostalgic", "lonely", "bored", "contemptuous", "sympathetic", "compassionate", "determined", "resigned"),
    *("in a hurry tone", "shouting", "screaming", "whispering", "soft tone"),
    *("laughing", "chuckling", "sobbing", "crying loudly", "sighing", "groaning", "panting", "gasping", "yawning"),
    "snoring",
)

# Where a sentence begins that has no cue of its own yet.
_BEGINNING = re.compile(r"(^|[.!?…][\"'”’)\]]*\s+|[。！？][」』”’]*\s*|\n)(?=[^\s\[])")


class UnknownEmotion(UserError):
    def __init__(self, typed: str) -> None:
        super().__init__(f"The engine would read {quoted(typed)} aloud. Pick an emotion from the list.")


class UnspeakableEmotion(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"An emotion is a short description, such as `very excited`: letters and blanks, at most {LONGEST} "
            "characters. Pick one from the list, or type another one."
        )


class NoEmotions(UserError):
    def __init__(self) -> None:
        super().__init__(
            "The engine of this bot might read an emotion aloud, so I send none. Leave `emotion` out; its host can "
            "choose another engine."
        )


class Emotions:
    """Knows what the configured engine understands; what it would read aloud is never sent."""

    def __init__(self, engine: str, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def suggested(self, typed: str) -> list[str]:
        """Return emotions for a member who types, those that begin with it first; none if the engine takes none."""
        if self._form is None or len(typed) > 2 * LONGEST:  # with brackets and blanks
            return []
        begun = _bare(typed)
        found = [name for name in DOCUMENTED if begun in name]
        return sorted(found, key=lambda name: not name.startswith(begun))[:MOST_SUGGESTED]

    def understood(self, typed: str) -> str:
        """Return an emotion as the engine takes it. Raises a UserError that says what to type instead."""
        bare = _bare(typed)
        match self._form:
            case None:
                raise NoEmotions
            case CueForm.PARENTHESES if bare not in DOCUMENTED:
                raise UnknownEmotion(typed.strip()[:LONGEST])
            case _ if len(bare) > LONGEST or not _is_description(bare):
                raise UnspeakableEmotion
            case _:
                return bare

    def spoken(self, words: str, emotion: str) -> str:
        """Return the words with the cues for an emotion that was `understood`."""
        if self._form is CueForm.PARENTHESES:
            return f"({emotion}) {words}"
        return _BEGINNING.sub(lambda before: f"{before[1]}[{emotion}] ", words, count=MOST_CUES)

    @property
    def _form(self) -> CueForm | None:
        return cue_form(self._engine, self._clock.now())


def _is_description(text: str) -> bool:
    """Return whether nothing in a text could end the cue, or mean something else to an engine."""
    return can_be_said(text) and all(
        character in " ,'’-" or unicodedata.category(character)[0] in "LMN" for character in text
    )


def _bare(typed: str) -> str:
    """Return what was typed in small letters, without the brackets and parentheses of cues."""
    return " ".join(clean_characters(typed).split()).strip("[]() ").casefold()
