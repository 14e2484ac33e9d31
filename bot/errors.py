"""What may go wrong: sentences for a person, and what Fish Audio answered when it did not do as asked."""


class UserError(Exception):
    """A problem to explain rather than to log; its text is shown exactly as written."""


class FishAudioError(Exception):
    """Fish Audio did not do what was asked; the subclass says what that means for us."""


class KeyRefused(FishAudioError):
    """401: the API key is wrong, expired or missing. Nothing was done; every call will fail until it is renewed."""


class CreditUsedUp(FishAudioError):
    """402: the account has no API credit left. Nothing was done; reading and deleting still work."""


class Busy(FishAudioError):
    """429: too many requests at once. Nothing was done.

    `retry_after` is what the service asked for in seconds, or None where it did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(FishAudioError):
    """400, 413, 422 and the like: the same request will never be accepted. `reason` is the service's own wording.

    `status` is 0 where what was given cannot even be put into a request, such as half a character.
    """

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(f"{status}: {reason}")
        self.reason = reason
        self.status = status


class VoiceGone(FishAudioError):
    """404, or 403 on a single voice: Fish Audio has no such voice (any more) for this account."""


class NotReached(FishAudioError):
    """The request never left this machine (no connection, no name, no free slot): surely nothing was done."""


class Unclear(FishAudioError):
    """Time-out, reset, 5xx or an answer that cannot be read: what was asked may have been done or not.

    `retry_after` is what the service asked for in seconds, or None where it did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AnswerTooLong(Unclear):
    """An answer of more bytes than it can need, which was not read to its end; asking again would cost the same."""


class NoSound(FishAudioError):
    """A 200 without sound in it: empty, JSON, under 1,000 bytes, or no MPEG frame."""
