"""Discord's refusals: a status, a code, and for a bad form the fields that are wrong."""

from typing import Any


class ApiError(Exception):
    """A refusal that the bot gets. `errors` is the nested form of 50035."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        body = error_body(self.code, self.message)
        return body if self.errors is None else {**body, "errors": self.errors}


def error_body(code: int, message: str) -> dict[str, Any]:
    return {"message": message, "code": code}


UNAUTHORIZED = (401, 0, "401: Unauthorized")
UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
UNKNOWN_USER = (404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
TOO_MANY_ATTACHMENTS = (400, 30015, "Maximum number of attachments in a message reached (10)")
TOO_LARGE = (413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
NO_USER_AGENT = (403, 40333, "internal network error")
MISSING_ACCESS = (403, 50001, "Missing Access")
EDIT_BY_ANOTHER = (403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
DMS_CLOSED = (403, 50007, "Cannot send messages to this user")
MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
TOKEN_EXPIRED = (401, 50027, "Invalid Webhook Token")
BAD_JSON = (400, 50109, "The request body contains invalid JSON.")
VOICE_MESSAGE_EDIT = (403, 50159, "Voice messages do not support editing")
VOICE_MESSAGE_CONTENT = (400, 50160, "Voice messages do not support additional content.")
VOICE_MESSAGE_ATTACHMENT = (400, 50161, "Voice messages must have a single audio attachment.")
VOICE_MESSAGE_METADATA = (400, 50162, "Voice messages must have supporting metadata.")
NO_VOICE_MESSAGES_HERE = (403, 50173, "You cannot send voice messages in this channel.")
NO_REPLIES_HERE = (400, 160002, "Cannot reply without permission to read message history")
NO_MUTUAL_SERVER = (403, 50278, "Cannot send messages to this user due to having no mutual guilds")


class Form:
    """Collects what is wrong with a form, field by field, and refuses it as a whole."""

    def __init__(self) -> None:
        self._errors: dict[str, Any] = {}

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note a problem; `path` is dotted, for example `components.0.components.1.label`."""
        node = self._errors
        for key in path.split("."):
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def require(self, condition: bool, path: str, code: str, message: str) -> None:
        if not condition:
            self.wrong(path, code, message)

    def text(self, value: object, path: str, *, most: int, least: int = 0) -> None:
        """Check a string's length in characters."""
        if not isinstance(value, str):
            self.wrong(path, "BASE_TYPE_BAD_TYPE", "Could not interpret value as string.")
        elif len(value) > most:
            self.wrong(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif len(value) < least:
            self.wrong(path, "BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")

    def check(self) -> None:
        """Raise 50035 if anything was wrong."""
        if self._errors:
            raise ApiError(400, 50035, "Invalid Form Body", self._errors)
