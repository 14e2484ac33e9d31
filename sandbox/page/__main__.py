"""`python -m sandbox.page`, also known as script/sandbox: opens the sandbox and says where it is."""

import argparse
import asyncio
import errno
import os
import shlex
import signal
import sys
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path

from sandbox.page.live_fish import REAL_ADDRESS
from sandbox.page.sandbox import Plan, Sandbox, open_sandbox
from sandbox.page.saved_state import UnreadableState
from sandbox.page.site import serving

PORT = 8765
LAST_PORT = 65_535
STAND_INS = 2  # that listen on the ports after the page's


class CannotOpen(Exception):
    """The sandbox cannot be opened; the sentence says why and what to do."""


def main() -> None:
    arguments = _arguments()
    try:
        asyncio.run(_run(arguments))
    except (CannotOpen, UnreadableState) as error:
        sys.exit(str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/sandbox",
        description="Play the members of a Discord server in the browser, with the real bot answering.",
    )
    parser.add_argument(
        "--fish",
        choices=("sandbox", "live"),
        default="sandbox",
        help="which Fish Audio: a stand-in on this machine, or with FISH_API_KEY the real one",
    )
    parser.add_argument(
        "--no-bot", action="store_true", help="start no bot, but say with which settings to run one by hand"
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep everything in this folder until the next time")
    parser.add_argument("--port", type=_port, default=PORT, help=f"of the page; {PORT} unless given, 0 for any")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page, only say where it is")
    return parser.parse_args()


def _port(typed: str) -> int:
    """Read a port after which there are ports for the stand-ins, too."""
    if not typed.isdecimal() or int(typed) > LAST_PORT - STAND_INS:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 up to {LAST_PORT - STAND_INS}; this is “{typed}”")
    return int(typed)


async def _run(arguments: argparse.Namespace) -> None:
    plan = _plan(arguments)
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(open_sandbox(plan))
            address = await stack.enter_async_context(serving(sandbox, arguments.port))
        except OSError as error:
            raise CannotOpen(_why_not(error, arguments.port)) from error
        _announce(sandbox, address)
        if not arguments.no_browser and _has_windows():
            webbrowser.open(address)
        await _told_to_stop()


def _why_not(error: OSError, port: int) -> str:
    """Return a sentence about what the system refused; the stand-ins listen on the two ports after the page's."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"The sandbox needs the ports {port} to {port + STAND_INS}, and one of them is already in use, perhaps by "
            f"another sandbox. Close that one, or choose other ports, for example: script/sandbox --port {port + 10}"
        )
    return f"The sandbox cannot listen on this machine: {os.strerror(error.errno or 0)}."


def _plan(arguments: argparse.Namespace) -> Plan:
    live_key = None
    if arguments.fish == "live":
        live_key = os.environ.get("FISH_API_KEY")
        if not live_key:
            raise CannotOpen("--fish live needs your key: FISH_API_KEY=… script/sandbox --fish live")
    if arguments.state is not None:
        try:
            arguments.state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotOpen(f"{arguments.state} cannot be the folder for --state: {error.strerror}.") from error
    port: int = arguments.port
    return Plan(
        discord_port=port and port + 1,  # fixed, so that a bot that is run by hand finds them again
        fish_port=port and port + 2,
        live_key=live_key,
        live_address=os.environ.get("FISH_API_URL", REAL_ADDRESS),
        with_bot=not arguments.no_bot,
        state=arguments.state,
    )


def _announce(sandbox: Sandbox, address: str) -> None:
    print(f"The sandbox is open at {address} (Ctrl+C closes it).", flush=True)
    if sandbox.bot is None:
        print("Run the bot with these settings, by hand or in a debugger:\n")
        for name, value in sandbox.settings.items():
            print(f"export {name}={shlex.quote(value)}")
        print("\n.venv/bin/python -m bot", flush=True)


def _has_windows() -> bool:
    """Return whether a browser opens in a window, and not in this terminal."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


async def _told_to_stop() -> None:
    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    await told.wait()


if __name__ == "__main__":
    main()
