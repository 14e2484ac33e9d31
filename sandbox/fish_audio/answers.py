"""Fish Audio's refusals, in the forms that were seen."""

from typing import Any

from aiohttp import web

Problem = dict[str, Any]  # {loc, type, msg, in, ctx?}, one element of a 422


class RefusalError(Exception):
    """A request is answered with `status` and `body`: an object or array as JSON, text as plain text."""

    def __init__(self, status: int, body: object, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers

    def response(self) -> web.Response:
        if isinstance(self.body, str):
            return web.Response(status=self.status, text=self.body, headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the documented object; `reason` may be null."""
    return {"status": status, "message": message, "reason": None}


def bad_value(message: str) -> RefusalError:
    return RefusalError(400, {"status": 400, "message": message})


def unprocessable(problems: list[Problem]) -> RefusalError:
    """Return a bare array, as GET /model was seen to answer in September 2026."""
    return RefusalError(422, problems)


def no_such_voice() -> RefusalError:
    return RefusalError(404, error_body(404, "Model not found"))


def not_your_voice() -> RefusalError:
    return RefusalError(403, error_body(403, "You do not have access to this model"))


def no_credit() -> RefusalError:
    message = (
        "Insufficient API credit. API credit is managed independently from platform credit. "
        "Please top up your API credit to continue."
    )
    return RefusalError(402, {"status": 402, "message": message})


def wrong_key(path: str) -> RefusalError:
    """Return plain text for voices and JSON elsewhere; both were seen on the live service."""
    if path.startswith("/model"):
        return RefusalError(401, "No permission -- see authorization schemes")
    return RefusalError(401, {"message": "Invalid Token", "status": 401})


def too_many_at_once(retry_after: float | None) -> RefusalError:
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return RefusalError(429, error_body(429, "Too many concurrent requests"), headers=headers)
