"""Tells what Discord's refusals mean: something is gone, closed, forbidden, or not possible for now.

Only Discord's own code tells (reference page "Opcodes and Status Codes"). A status alone does not: the network in front
of Discord answers 403, 404 and 429 too, with a page instead of a code.
"""

from enum import Enum, IntEnum, auto

import discord


class Meaning(Enum):
    GONE = auto()  # the thing that the request was about does not exist any more
    CLOSED = auto()  # this person takes no direct messages from the bot
    FORBIDDEN = auto()  # the bot lacks a permission there
    FILTERED = auto()  # a filter of the server or of the person does not let these words or files through
    INVALID = auto()  # the same request would always be refused
    UNCLEAR = auto()  # Discord failed: it may or may not have done what was asked
    LATER = auto()  # nothing was done, and another try may go better


class Code(IntEnum):
    """The codes of Discord that mean something to the bot."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_SERVER = 10004
    UNKNOWN_MEMBER = 10007
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_USER = 10013
    UNKNOWN_WEBHOOK = 10015
    UNKNOWN_INTERACTION = 10062
    EXPLICIT_CONTENT = 20009
    FLAGGED_FOR_SPAM = 20026
    TOO_MANY_FILES = 30015
    TOO_LARGE = 40005
    ALREADY_ACKNOWLEDGED = 40060
    MISSING_ACCESS = 50001
    EMPTY_MESSAGE = 50006
    DMS_CLOSED = 50007
    NO_TEXT_CHANNEL = 50008
    MISSING_PERMISSIONS = 50013
    WRONG_KIND_OF_CHANNEL = 50024
    TOKEN_EXPIRED = 50027
    INVALID_RECIPIENT = 50033
    INVALID_FORM = 50035
    FILE_TOO_LARGE = 50045
    THREAD_ARCHIVED = 50083
    NO_SHARED_SERVER = 50278
    THREAD_LOCKED = 160005
    AUTOMOD_MESSAGE = 200000
    AUTOMOD_TITLE = 200001
    HARMFUL_LINK = 240000


_MEANINGS: dict[int, Meaning] = {
    Code.UNKNOWN_CHANNEL: Meaning.GONE,
    Code.UNKNOWN_SERVER: Meaning.GONE,
    Code.UNKNOWN_MEMBER: Meaning.GONE,
    Code.UNKNOWN_MESSAGE: Meaning.GONE,
    Code.UNKNOWN_USER: Meaning.GONE,
    Code.UNKNOWN_WEBHOOK: Meaning.GONE,
    Code.UNKNOWN_INTERACTION: Meaning.GONE,
    Code.TOKEN_EXPIRED: Meaning.GONE,
    Code.INVALID_RECIPIENT: Meaning.GONE,
    Code.DMS_CLOSED: Meaning.CLOSED,
    Code.NO_SHARED_SERVER: Meaning.CLOSED,
    Code.MISSING_ACCESS: Meaning.FORBIDDEN,
    Code.MISSING_PERMISSIONS: Meaning.FORBIDDEN,
    Code.NO_TEXT_CHANNEL: Meaning.FORBIDDEN,
    Code.WRONG_KIND_OF_CHANNEL: Meaning.FORBIDDEN,
    Code.THREAD_ARCHIVED: Meaning.FORBIDDEN,
    Code.THREAD_LOCKED: Meaning.FORBIDDEN,
    Code.EXPLICIT_CONTENT: Meaning.FILTERED,
    Code.AUTOMOD_MESSAGE: Meaning.FILTERED,
    Code.AUTOMOD_TITLE: Meaning.FILTERED,
    Code.HARMFUL_LINK: Meaning.FILTERED,
    Code.ALREADY_ACKNOWLEDGED: Meaning.INVALID,
    Code.EMPTY_MESSAGE: Meaning.INVALID,
    Code.FILE_TOO_LARGE: Meaning.INVALID,
    Code.INVALID_FORM: Meaning.INVALID,
    Code.TOO_LARGE: Meaning.INVALID,
    Code.TOO_MANY_FILES: Meaning.INVALID,
}


def meaning_of(error: discord.HTTPException) -> Meaning:
    """Return what a refusal means. A refusal without a code, or with an unlisted one, is not final."""
    if error.status >= 500:
        return Meaning.UNCLEAR
    if error.status == 429:
        return Meaning.LATER
    return _MEANINGS.get(error.code, Meaning.LATER)


def is_from_discord(error: discord.HTTPException) -> bool:
    """Return whether a refusal comes from Discord itself, which answers in JSON, and not from a network before it."""
    return str(error.response.headers.get("Content-Type", "")).startswith("application/json")


def may_pass_soon(error: discord.HTTPException) -> bool:
    """Return whether the same request may work in a moment, while somebody waits for it.

    It may after an answer without a code of Discord's: that comes from the network in front of it.
    """
    return error.status >= 500 or error.status == 429 or not error.code
