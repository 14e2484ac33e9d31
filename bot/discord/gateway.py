"""Keeps unreadable events of the gateway from ending the process, and many at once from holding up the event loop.

discord.py 2.7 ends the whole client if it cannot read one event, and reads all that have come without a pause.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import aiohttp
import structlog
from discord import ConnectionClosed
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure

log = structlog.get_logger(__name__)

Parsers = dict[str, Callable[[Any], None]]

# Without these there is no session, so the shard begins a new one instead of skipping them.
OF_A_SESSION = {"READY", "RESUMED"}

IN_ONE_STEP = 8  # frames that are read in one turn of the event loop, at a quarter of a millisecond each

_CANCEL_AGAIN_SECONDS = 0.1

_CAN_RECONNECT = 4000  # a close code after which the session can be resumed

# What discord.py raises when a connection is over; it reconnects after these.
_ENDS_OF_A_CONNECTION = (ReconnectWebSocket, WebSocketClosure, ConnectionClosed, OSError, aiohttp.ClientError)


async def surely_cancelled(work: Coroutine[Any, Any, None]) -> None:
    """Await `work`. A cancellation is repeated until `work` has ended.

    discord.py connects a shard with `asyncio.wait_for`, which in Python 3.11 loses a cancellation that comes at the
    moment at which the shard is connected.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,))
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait((task,), timeout=_CANCEL_AGAIN_SECONDS)
    task.result()


def skip_unreadable_events(parsers: Parsers, skipped: Counter[str]) -> None:
    """Make each of discord.py's parsers log and count in `skipped` what it cannot read, instead of raising."""
    for event, parse in parsers.items():
        if event not in OF_A_SESSION:
            parsers[event] = _guarded(event, parse, skipped)


def _guarded(event: str, parse: Callable[[Any], None], skipped: Counter[str]) -> Callable[[Any], None]:
    def parse_or_skip(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:
            note_skipped(event, error, skipped)

    return parse_or_skip


def note_skipped(event: str, error: BaseException, skipped: Counter[str]) -> None:
    """Count and log an event that could not be read or handled, without the error's text, which may quote it."""
    skipped[event] += 1
    log.error("event skipped", gateway_event=event, skipped=skipped[event], **_about(error))


def read_frames_with_care() -> None:
    """Make shards read few frames in one turn of the event loop.

    A shard opens a new connection if it cannot read a frame that belongs to the connection itself.
    """
    DiscordWebSocket.received_message = _receive  # pyrefly: ignore[method-assign]


_received_message = DiscordWebSocket.received_message
_frames = count(1)


async def _receive(socket: DiscordWebSocket, message: Any, /) -> None:
    try:
        await _received_message(socket, message)
    except _ENDS_OF_A_CONNECTION:
        raise
    except Exception as error:
        log.error("gateway frame not readable; connecting again", shard=socket.shard_id, **_about(error))  # noqa: TRY400 - as above
        await socket.close(_CAN_RECONNECT)
        raise ConnectionError("unreadable gateway frame") from None
    if next(_frames) % IN_ONE_STEP == 0:
        await asyncio.sleep(0)


def _about(error: BaseException) -> dict[str, str]:
    """Return the kind of an error and its way through the code, innermost first, without its text."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return {"error": type(error).__name__, "where": " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)}
