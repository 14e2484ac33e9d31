"""Writes what a file turned out to be, in Discord's markup."""

from dataclasses import dataclass
from typing import assert_never

from bot.clock import DAY
from bot.models.speech import Utterance
from bot.services.common.wording import distance, message_link, moment, plain, quoted
from bot.services.provenance.tracing import RECORDS_KEPT, Trace


@dataclass(frozen=True, slots=True)
class Verdict:
    trace: Trace
    utterance: Utterance | None = None  # set if it is on record and the reader may know of it


def verdict_card(verdict: Verdict) -> str:
    match verdict.trace:
        case Trace.GENUINE:
            return _made_by_us(verdict.utterance)
        case Trace.RETAGGED:
            told = _made_by_us(verdict.utterance)
            return f"{told}\nThe tags in the file were changed or removed since; the sound is mine."
        case Trace.CHANGED:
            return (
                "**this is not as I made it.** It carries a mark like mine, but not for this sound: the sound was cut, "
                "changed or swapped, something was added, or the mark was copied from another file."
            )
        case Trace.NONE:
            return (
                "**I don't know this file.** It has neither my mark nor a sound that I have on record. A recording or "
                "a conversion of something that I made would look like this, too."
            )
        case _:
            assert_never(verdict.trace)


def _made_by_us(utterance: Utterance | None) -> str:
    if utterance is None:
        return (
            "**this is synthetic: I made it**, and no person said it. I tell whose voice it is and who asked for it "
            f"only in the server where it was made, for {RECORDS_KEPT // DAY} days."
        )
    told = (
        f"**this is synthetic: I made it**, and no person said it. It is {quoted(utterance.voice_name)}, the synthetic "
        f"voice of {plain(utterance.heard_name)}, asked for by {plain(utterance.asker_name)} on "
        f"{moment(utterance.made_at)}."
    )
    if utterance.deleted_at is not None:
        return f"{told}\nIts message was deleted {distance(utterance.deleted_at)}."
    if utterance.message_id is None or utterance.guild_id is None:
        return told
    return f"{told}\n{message_link(utterance.guild_id, utterance.channel_id, utterance.message_id)}"
