"""Checks that a member owns or controls the voice behind a button."""

from bot.errors import UserError
from bot.models.voices import Voice, VoiceState


class NotYours(UserError):
    """The voice is gone or belongs to somebody else; one sentence for both, so that it reveals neither."""

    def __init__(self) -> None:
        super().__init__("This voice is gone, or isn't yours. `/voice list` shows what you have.")


def owned(voice: Voice | None, member_id: int) -> Voice:
    """Return the voice if this member owns it and it is not being deleted. Raises NotYours otherwise."""
    if voice is None or voice.state is VoiceState.DELETING or voice.owner_id != member_id:
        raise NotYours
    return voice


def controlled(voice: Voice | None) -> Voice:
    """Return the voice that `VoiceStore.controlled` found. Raises NotYours if it found none."""
    if voice is None:
        raise NotYours
    return voice
