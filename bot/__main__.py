"""`python -m bot`: run · check · invite. Exit code 2 means that the host has something to put right first."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from bot.app import serve
from bot.client import DiscordUnavailable
from bot.errors import UserError
from bot.hosting.checks import check, invite
from bot.hosting.logs import configure_logs
from bot.hosting.memory import keep_memory_private
from bot.settings import Settings, read_settings

STOPPED, FAILED, WRONG = 0, 1, 2

VERBS: dict[str, tuple[Callable[[Settings], Coroutine[Any, Any, None]], str]] = {
    "run": (serve, "run the bot until it is told to stop (the default)"),
    "check": (check, "try the settings, the database, Fish Audio and Discord, and say what is wrong"),
    "invite": (invite, "print the link that invites the bot to a server"),
}


def main() -> None:
    """The console script `mynah`."""
    parser = argparse.ArgumentParser(
        prog="mynah",
        description="A Discord bot with which every member of a server speaks in their own voice.",
    )
    verbs = "; ".join(f"{verb}: {meaning}" for verb, (_, meaning) in VERBS.items())
    parser.add_argument("verb", nargs="?", default="run", choices=list(VERBS), help=verbs)
    parser.add_argument(
        "--stay",
        action="store_true",
        help="where something must be put right first, wait to be stopped instead of ending; for Docker, which would "
        "start the bot again at once",
    )
    arguments = parser.parse_args()
    verb, _ = VERBS[arguments.verb]
    keep_memory_private()
    code = _carry_out(verb)
    if code == WRONG and arguments.stay:
        _wait_to_be_stopped()
    sys.exit(code)


def _wait_to_be_stopped() -> None:
    stop = {signal.SIGTERM, signal.SIGINT}
    # Blocked, because the first process of a container never gets a signal that it has not asked for.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    print("Put this right, then start the bot again. Until then I do nothing and wait to be stopped.", file=sys.stderr)
    signal.sigwait(stop)


def _carry_out(verb: Callable[[Settings], Coroutine[Any, Any, None]]) -> int:
    try:
        settings = read_settings()
        configure_logs(form=settings.log_format, level=settings.log_level)
        _run(verb(settings))
    except UserError as problem:
        print(problem, file=sys.stderr)
        return WRONG
    except DiscordUnavailable as trouble:
        print(f"{trouble} Check the network and https://discordstatus.com, then start again.", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:  # before the bot listens to Ctrl+C itself
        return FAILED
    return STOPPED


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        asyncio.run(work)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)


if __name__ == "__main__":
    main()
