"""A button works for the voice's owner alone."""

from bot.errors import UserError
from bot.models import Voice, VoiceState


class NotYours(UserError):
    """One sentence for a voice that is gone and for one of somebody else's: which it is, is nobody's business."""

    def __init__(self) -> None:
        super().__init__(
            "These buttons work for the voice's owner alone, and only while there is that voice. "
            "`/voice list` shows what you have."
        )


def owned(voice: Voice | None, member_id: int) -> Voice:
    """The voice, if it is still there and this member's. Raises NotYours."""
    if voice is None or voice.state is VoiceState.DELETING or voice.owner_id != member_id:
        raise NotYours
    return voice
