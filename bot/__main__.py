"""`python -m bot`: run · check · invite · backup · move · verify. Exit code 2: something must be put right first."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bot.hosting.memory import keep_memory_private, loading

with loading():
    import uvloop

    from bot.app import serve
    from bot.discord.client import DiscordUnavailable
    from bot.errors import UserError
    from bot.hosting.checks import check, invite
    from bot.hosting.logs import configure_logs
    from bot.hosting.verify import print_public_key, verify
    from bot.settings import DiscordSettings, read_database_settings, read_discord_settings, read_settings
    from bot.storage.engine.moving import move
    from bot.storage.engine.sqlite.backup import back_up

STOPPED, FAILED, WRONG = 0, 1, 2

T = TypeVar("T")

VERBS: dict[str, tuple[Callable[[], DiscordSettings], Callable[..., Coroutine[Any, Any, bool | None]], str]] = {
    "run": (read_settings, serve, "run the bot until it is told to stop (the default)"),
    "check": (
        read_settings,
        check,
        "try the settings, the database, Fish Audio and Discord, and say what is wrong",
    ),
    "invite": (read_discord_settings, invite, "print the link that invites the bot to a server"),
}


def main() -> None:
    """Run what the command line asks for; the console script `mynah` calls this."""
    arguments = _parser().parse_args()
    keep_memory_private()
    code = _carry_out(arguments)
    if code == WRONG and arguments.stay:
        _wait_to_be_stopped()
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mynah",
        description="A Discord bot with which every member of a server speaks in their own voice.",
    )
    _add_stay(parser, default=False)
    parser.set_defaults(verb="run", adopt=False)
    verbs = parser.add_subparsers(metavar="verb", title="verbs")
    for verb, (_, _, meaning) in VERBS.items():
        verb_parser = verbs.add_parser(verb, help=meaning, description=meaning)
        _add_stay(verb_parser, default=argparse.SUPPRESS)
        verb_parser.set_defaults(verb=verb)
        if verb == "run":
            verb_parser.add_argument(
                "--adopt", action="store_true", help="take over a database that belongs to another Discord application"
            )
    meaning = "copy the database into a new file, also while the bot runs"
    backup_parser = verbs.add_parser("backup", help=meaning, description=meaning)
    backup_parser.add_argument("file", metavar="FILE", type=Path)
    backup_parser.set_defaults(verb="backup")
    meaning = "move everything into another, empty database, while the bot is stopped"
    move_parser = verbs.add_parser("move", help=meaning, description=meaning)
    move_parser.add_argument("--from", dest="source", metavar="URL", required=True)
    move_parser.add_argument("--to", dest="target", metavar="URL", required=True)
    move_parser.set_defaults(verb="move")
    meaning = "say whether this bot made a file, without going online"
    verify_parser = verbs.add_parser(
        "verify",
        help=meaning,
        description=f"{meaning}. Exit code 0: the bot made each file; 1: it did not make at least one, or not as it is "
        "now; 2: at least one could not be checked.",
    )
    verify_parser.add_argument("files", metavar="FILE", nargs="*", type=Path)
    instead = verify_parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--key", metavar="PUBLIC", help="check with this public key of a bot, and with no database", default=None
    )
    instead.add_argument(
        "--public-key", action="store_true", help="print this bot's public key, for others to check its files with"
    )
    verify_parser.set_defaults(verb="verify", refuse=verify_parser.error)
    return parser


def _add_stay(parser: argparse.ArgumentParser, *, default: object) -> None:
    parser.add_argument(
        "--stay",
        action="store_true",
        default=default,
        help="if something must be put right first, wait to be stopped instead of ending; for Docker, which would "
        "start the bot again at once",
    )


def _wait_to_be_stopped() -> None:
    stop = {signal.SIGTERM, signal.SIGINT}
    # The signals are blocked and then waited for: the first process of a container ignores them by default.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    print("Put this right, then start the bot again. Until then I do nothing and wait to be stopped.", file=sys.stderr)
    signal.sigwait(stop)


def _carry_out(arguments: argparse.Namespace) -> int:
    try:
        if arguments.verb == "verify":
            return _verify(arguments)
        if arguments.verb == "backup":
            back_up(read_database_settings().database_url, arguments.file)
            return STOPPED
        if arguments.verb == "move":
            counts = _run(move(arguments.source, arguments.target))
            print(f"Moved {sum(counts.values())} rows. Now set DATABASE_URL to the new address.")
            return STOPPED
        read, verb, _ = VERBS[arguments.verb]
        settings = read()
        # The others answer in lines of their own.
        configure_logs(form=settings.log_format, level=settings.log_level if arguments.verb == "run" else "error")
        if _run(verb(settings, **({"adopt": True} if arguments.adopt else {}))) is False:
            return WRONG
    except UserError as problem:
        print(problem, file=sys.stderr)
        return WRONG
    except DiscordUnavailable as trouble:
        print(f"{trouble} Check the network and https://discordstatus.com, then start again.", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:  # before `ended_by_signal`
        return FAILED
    return STOPPED


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.public_key == bool(arguments.files):
        arguments.refuse("give the files to check, or --public-key without files")
    configure_logs(form="console", level="error")
    if arguments.public_key:
        _run(print_public_key())
        return STOPPED
    return _run(verify(arguments.files, arguments.key))


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


if __name__ == "__main__":
    main()
