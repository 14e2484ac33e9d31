"""The message around a sound: what was typed, whose synthetic voice says it, and the button that says it again.

Texts are not stored: the button reads the text from its message.
"""

import re
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from typing import Any

import discord

from bot.discord.replies import LONGEST_MESSAGE
from bot.models.common import NO_CHANNEL
from bot.models.sounds import PostAs
from bot.models.speech import Utterance
from bot.models.voices import VoiceState
from bot.services.common.wording import plain, quote, quoted, unquoted
from bot.services.speech.scripts import Script, SourceMessage, SpeechRequest
from bot.services.text.spoken_mentions import written_mentions
from cogs.common.persistent import UnknownButton

AGAIN = "mynah-again"  # prefix of custom_ids

# After the prefix: the sound, its speed, its volume, its emotion, and the form in which it is posted, if that is set.
_REST = re.compile(
    r"(?P<sound>[0-9a-f]{16}):(?P<speed>[0-9.]{1,6}):(?P<volume>-?[0-9.]{1,6}):(?P<emotion>[^:]{0,40})"
    r"(?::(?P<post_as>[fv]))?"
)
_LETTERS = {PostAs.FILE: "f", PostAs.VOICE_MESSAGE: "v"}  # of `PostAs` in a custom_id
_POSTED_AS = {letter: post_as for post_as, letter in _LETTERS.items()}

# Names are escaped, so none of them holds such a link.
_SOURCE = re.compile(r" · \[message\]\((?P<link>https://discord\.com/channels/[0-9@me/]+)\) of (?P<author>.+)$")


# What a sound that was made from a sample says about that.
_UNTIL_TRAINED = "from the sample alone, until the trained voice takes over"
_UNTRAINED = {
    VoiceState.QUEUED: _UNTIL_TRAINED,
    VoiceState.TRAINING: _UNTIL_TRAINED,
    VoiceState.FAILED: "from the sample alone, since the training has failed",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a sound was said, as its button knows it."""

    sound_id: str
    speed: float
    volume: float
    emotion: str | None
    post_as: PostAs | None = None  # None if that is decided when it is posted


def caption(script: Script, note: str | None = None, *, beside: int = 0) -> str:
    """Quote the text as it was typed, and say below it whose synthetic voice this is and who asked for it.

    `note` is added to the line below. Leaves room in the message for `beside` more characters.
    """
    credit = _credit(script, note)
    room = LONGEST_MESSAGE - beside - len(credit) - len("\n…")
    typed = quote(_written(script.request))
    return f"{typed if len(typed) <= room else typed[:room] + '…'}\n{credit}"


def caption_without_text(utterance: Utterance) -> str:
    """Write the caption of a voice message from its record, which does not hold the text."""
    credit = _attributed(quoted(utterance.voice_name), utterance.heard_name, utterance.asker_name)
    return f"-# I was interrupted before I could quote the text, which is not stored.\n{credit}"


def text_in(content: str) -> str:
    """Return the text that a message with a sound quotes, with the names of those who are mentioned."""
    return unquoted("\n".join(takewhile(_is_quoted, content.splitlines())))


def is_whole(script: Script, note: str | None = None, *, beside: int = 0) -> bool:
    """Return whether the caption holds the whole text."""
    return text_in(caption(script, note, beside=beside)) == _lines(_written(script.request))


def source_in(content: str) -> SourceMessage | None:
    """Return the message of somebody whose text a message with a sound speaks; None if the text was typed."""
    credit = next(dropwhile(_is_quoted, content.splitlines()), "")
    match = _SOURCE.search(credit)
    return SourceMessage(author_name=unquoted(match["author"]), link=match["link"]) if match else None


def again_button(script: Script, sound_id: str, note: str | None = None) -> discord.ui.Button[Any] | None:
    """Return the button that has the text spoken once more; None if the message does not hold all that it needs."""
    if script.request.once is not None:  # its recording goes with the first sound
        return None
    if script.request.place.channel_id == NO_CHANNEL or not is_whole(script, note):
        return None
    style = discord.ButtonStyle.secondary
    return discord.ui.Button(label="Again", style=style, custom_id=f"{AGAIN}:{delivery_id(script, sound_id)}")


def delivery_id(script: Script, sound_id: str) -> str:
    """Write how a sound was said into the end of a custom_id."""
    request = script.request
    speed, volume = _number(request.speed), _number(request.volume)
    return f"{sound_id}:{speed}:{volume}:{script.emotion or ''}:{_LETTERS[script.post_as]}"


def delivery_in(rest: str) -> Delivery:
    """Read a custom_id without its prefix. Raises UnknownButton."""
    match = _REST.fullmatch(rest)
    if match is None:
        raise UnknownButton
    try:
        return Delivery(
            sound_id=match["sound"],
            speed=float(match["speed"]),
            volume=float(match["volume"]),
            emotion=match["emotion"] or None,
            post_as=_POSTED_AS.get(match["post_as"]),
        )
    except ValueError:  # such as 1.2.3
        raise UnknownButton from None


def _number(value: float) -> str:
    """Write a number without an exponent."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _credit(script: Script, note: str | None) -> str:
    request, voice = script.request, script.voice
    name = quoted(voice.name) if request.once is None else "a voice used once"
    credit = _attributed(name, voice.heard_name, request.asker.name)
    if script.emotion is not None:
        credit += f" · {quoted(script.emotion)}"
    if request.once is None and script.imitates:
        credit += f" · {_UNTRAINED[voice.state]}"
    if note is not None:
        credit += f" · {note}"
    if request.source is not None:  # last, where `source_in` looks for it
        credit += f" · [message]({request.source.link}) of {plain(request.source.author_name)}"
    return credit


def _attributed(voice: str, heard_name: str, asker_name: str) -> str:
    return f"-# {voice} · synthetic voice of {plain(heard_name)} · asked for by {plain(asker_name)}"


def _written(request: SpeechRequest) -> str:
    return written_mentions(request.text, request.mentions, request.asked_at)


def _is_quoted(line: str) -> bool:
    return line.startswith("> ")


def _lines(text: str) -> str:
    return "\n".join(text.splitlines())
