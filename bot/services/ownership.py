"""A button works for the voice's owner alone."""

from bot.errors import UserError
from bot.models import Voice, VoiceState
from bot.services.wording import plain


class NotYours(UserError):
    def __init__(self, owner_name: str) -> None:
        super().__init__(f"Only {plain(owner_name)} can use these buttons.")


class GoneAlready(UserError):
    def __init__(self) -> None:
        super().__init__("That voice is gone. `/voice list` shows the ones you have.")


def owned(voice: Voice | None, member_id: int) -> Voice:
    """The voice, if it is still there and this member's. Raises GoneAlready or NotYours."""
    if voice is None or voice.state is VoiceState.DELETING:
        raise GoneAlready
    if voice.owner_id != member_id:
        raise NotYours(voice.owner_name)
    return voice
