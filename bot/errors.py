"""Errors: sentences for a person, and failures of Fish Audio."""


class UserError(Exception):
    """A problem to explain rather than to log; its text is shown exactly as written."""


class FishAudioError(Exception):
    """Fish Audio did not do what was asked; the subclass says what that means."""


class KeyRefused(FishAudioError):
    """401: the API key is wrong, expired or missing. Nothing was done; every call will fail until it is renewed."""


class CreditUsedUp(FishAudioError):
    """402: the account has no API credit left. Nothing was done; reading and deleting still work."""


class Busy(FishAudioError):
    """429: too many requests at once. Nothing was done.

    `retry_after` is the pause that the service asked for, in seconds, or None.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(FishAudioError):
    """400, 413, 422 and the like: the same request will never be accepted. `reason` is the service's own wording.

    `status` is 0 if a value cannot be put into a request, such as half a surrogate pair.
    """

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(f"{status}: {reason}")
        self.reason = reason
        self.status = status


class VoiceGone(FishAudioError):
    """404, or 403 on a single voice: this account has no such voice at Fish Audio, or no longer."""


class NotReached(FishAudioError):
    """The request never left this machine (no connection, no name, no free slot). Nothing was done."""


class Unclear(FishAudioError):
    """Time-out, reset, 5xx or an unreadable answer: what was asked may or may not have been done.

    `retry_after` is the pause that the service asked for, in seconds, or None.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoAnswer(Unclear):
    """The request was sent, and no answer has begun to come."""


class LooksMissing(Unclear):
    """404 about a voice, but not as Fish Audio says it, so that somebody else may have said it."""


class AnswerTooLong(Unclear):
    """The answer has more bytes than it can need and was not read to its end. Asking again would cost the same."""


class NoSound(FishAudioError):
    """A 200 without sound in it: empty, JSON, HTML, too short, or no MPEG frame."""
