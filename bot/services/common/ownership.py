"""A button works for whom its voice belongs to: its owner, or for most of what can be done whoever holds it."""

from bot.errors import UserError
from bot.models import Voice, VoiceState


class NotYours(UserError):
    """One sentence for a voice that is gone and for one of somebody else's: which it is, is nobody's business."""

    def __init__(self) -> None:
        super().__init__("This voice is gone, or isn't yours. `/voice list` shows what you have.")


def owned(voice: Voice | None, member_id: int) -> Voice:
    """The voice, if it is still there and this member's. Raises NotYours."""
    if voice is None or voice.state is VoiceState.DELETING or voice.owner_id != member_id:
        raise NotYours
    return voice


def controlled(voice: Voice | None) -> Voice:
    """The voice that `VoiceStore.controlled` has found. Raises NotYours when it found none."""
    if voice is None:
        raise NotYours
    return voice
