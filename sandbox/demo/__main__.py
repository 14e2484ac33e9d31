"""Tells the story. Exit code 0: it went as told; 1: it did not; 2: an argument is wrong."""

import argparse
import asyncio
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any, cast

from sandbox.demo.bot_process import ROOT, StartBot, start_bot
from sandbox.demo.recordings import Material, NoRecording, material
from sandbox.demo.run import StoryFailed, run_story
from sandbox.demo.saved_sounds import CannotSave, SavedSounds
from sandbox.demo.screen import Screen

PLAYERS = ("mpv", "ffplay -nodisp -autoexit", "afplay", "mpg123", "play")  # commands that play an MP3 in a terminal
TOLD, WENT_WRONG, WRONG_ARGUMENT, INTERRUPTED = 0, 1, 2, 130


def main(start_bot: StartBot = start_bot) -> None:
    parser = argparse.ArgumentParser(
        prog="script/demo", description="Show the whole bot at work, without a key and without a network."
    )
    parser.add_argument("recording", nargs="?", type=Path, help="a recording of your own to make the first voice from")
    parser.add_argument("text", nargs="?", help="what it is to say")
    arguments = parser.parse_args()
    try:
        chosen = material(arguments.recording, arguments.text)
        sys.exit(asyncio.run(_tell(_screen(), chosen, start_bot)))
    except NoRecording as problem:
        parser.exit(WRONG_ARGUMENT, f"{problem}\n")
    except (KeyboardInterrupt, asyncio.CancelledError):
        parser.exit(INTERRUPTED, "\nStopped.\n")
    except BrokenPipeError:  # nobody reads any more, as in `script/demo | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(WENT_WRONG)


async def _tell(screen: Screen, chosen: Material, start_bot: StartBot) -> int:
    _stop_when_told()
    began = time.monotonic()
    screen.heading("Mynah: every member of a server speaks in their own voice")
    screen.paragraph(
        "The real bot runs here as a process of its own. Discord and Fish Audio are stand-ins on this machine, and the "
        "two members are played: nothing needs a key or a network."
    )
    screen.gap()
    screen.paragraph(
        "The stand-in for Fish Audio does not clone voices: it is a robot that speaks at the pitch of the recording. "
        "With a real key, the same bot speaks in the voice itself."
    )
    screen.gap()
    try:
        sounds = SavedSounds(ROOT / "demo")
        await run_story(screen, sounds, chosen, start_bot)
    except CannotSave as problem:
        screen.trouble(str(problem))
        return WENT_WRONG
    except StoryFailed as end:
        screen.trouble(str(end))
        if end.bot_log:
            screen.paragraph("The bot's log ends with:")
            screen.verbatim(end.bot_log)
        return WENT_WRONG
    _show(sounds, screen)
    screen.paragraph(f"All of this took {time.monotonic() - began:.0f} seconds.")
    return TOLD


def _show(sounds: SavedSounds, screen: Screen) -> None:
    screen.heading("Listen to them")
    for sound in sounds:
        screen.verbatim(f"{sound.seconds:4.1f} s, {sound.pitch:3.0f} Hz  {_from_here(sound.path)}")
    screen.gap()
    first = next(iter(sounds)).path
    player = next((player for player in PLAYERS if shutil.which(player.split()[0])), None)
    if player is None:
        screen.paragraph("Play one by opening it in a browser:")
        screen.verbatim(first.as_uri())
    else:
        screen.paragraph("Play one with:")
        screen.verbatim(f"{player} {shlex.quote(str(_from_here(first)))}")
    screen.gap()


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _screen() -> Screen:
    cast(Any, sys.stdout).reconfigure(errors="replace")  # a terminal without “♪” shows "?" instead
    return Screen.on(sys.stdout)


def _stop_when_told() -> None:
    """Let Ctrl+C, `kill` and a closed terminal stop the story and everything that it started."""
    task = cast("asyncio.Task[int]", asyncio.current_task())
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)


if __name__ == "__main__":
    main()
