"""`script/demo` shows the bot's story in a terminal, and its exit code says whether all of it worked."""

import asyncio
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.demo import __main__ as demo
from sandbox.demo.bot_process import StartBot
from sandbox.demo.markdown import Line, as_read
from sandbox.demo.screen import Screen
from sandbox.page.bot_process import Process
from sandbox.sound import Sound
from sandbox.speech import sample_wav
from tests.databases.new_database import make_database
from tests.stories.bots.forking import ForkedBot, fork_bot

ROOT = Path(__file__).parents[2]
TRACKS = [
    *("1-ann-preview.mp3", "2-ann-says.mp3", "3-ben-says-in-anns-voice.mp3", "4-ben-preview.mp3", "5-ben-says.mp3"),
    *("6-cleo-says-at-once.mp3", "7-cleo-voice-message.ogg"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project in a folder with a blank in its name."""
    copy = tmp_path / "my bot"
    for package in ("bot", "cogs", "sandbox"):
        shutil.copytree(ROOT / package, copy / package)  # with what was compiled already
    return copy


def starts_demo(project: Path) -> "subprocess.Popen[str]":
    """Start the demo as `script/demo` does, from another folder and without a home."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(project), "HOME": "/nonexistent", "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "sandbox.demo"],
        env=environment,
        cwd=project.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def start_forked_bot(environment: Mapping[str, str], folder: Path, log: Path) -> Process:
    make_database(folder / "mynah.db")
    return ForkedBot(fork_bot((), environment=environment, folder=folder, output=log), asyncio.StreamReader())


Tells = Callable[..., tuple[int, str]]


@pytest.fixture
def tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tells:
    """Tells the demo in this process, with a forked bot. Returns its exit code and its output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "ROOT", tmp_path / "my bot")
    demo.ROOT.mkdir(exist_ok=True)

    def tell(*arguments: str, start_bot: StartBot = start_forked_bot) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["script/demo", *arguments])
        with pytest.raises(SystemExit) as ended:
            demo.main(start_bot)
        assert isinstance(ended.value.code, int)
        return ended.value.code, "".join(capsys.readouterr())

    return tell


def assert_told_in_order(written: str, *sentences: str) -> None:
    words, end = " ".join(written.split()), 0
    for sentence in sentences:
        end = words.find(sentence, end) + len(sentence)
        assert end >= len(sentence), f"not told in its place: {sentence}\n{written}"


@pytest.mark.lasting
@pytest.mark.slow
def test_two_demos_at_once_tell_the_whole_story_and_can_be_listened_to(project: Path, tells: Tells) -> None:
    Path("my own.wav").write_bytes(sample_wav(seconds=6, pitch=140))
    with starts_demo(project) as other:
        exit_code, own = tells("my own.wav", "Good morning to all of you.")
        written, _ = other.communicate(timeout=120)
    assert (exit_code, other.returncode) == (0, 0), own + written
    assert_told_in_order(own, "sample: my own.wav", "6 s, short", "│ Good morning to all of you.")
    assert_told_in_order(
        written,
        "Ann uses /voice create name: Sunny sample: ann.wav (1.1 MB)",
        "12 s ✓ · loud enough · no distortion · few pauses",
        "12.0 seconds · 44.1 kHz · mono · loudness",
        "Ann presses [Create my voice]",
        "Fish Audio trains “Sunny” ..",
        "trained after",
        "“Sunny” is ready.",
        "“Sunny” · synthetic voice of Ann · asked for by Ann",
        "There is no voice called “Sunny”",
        "“Sunny” is now shared with Aviary",
        "“Sunny” · synthetic voice of Ann · asked for by Ben",
        "Ann no longer shares “Sunny” with this server.",
        "That file says of itself that it is a synthetic voice",
        "That WAV breaks off",
        "failed after",
        "There is too much echo in the recording",
        "Ben presses [Retry]",
        "(direct message to Ben)",
        "“Gravel” is ready.",
        "▶ ",
        "Cleo uses Make this my voice in the menu of that message",
        "“My voice” · synthetic voice of Cleo · asked for by Cleo · from the sample alone",
        "“My voice” is ready.",
        "Cleo uses /say text: Now it is trained, and this is a voice message. as: voice message",
        "▶ ",
        "“My voice” · synthetic voice of Cleo · asked for by Cleo",
        "(a reply to it, which everybody in the channel sees)",
        *(f"my bot/demo/{sound}" for sound in TRACKS),
        "Play one ",
        "1-ann-preview.mp3",
    )
    assert "does not clone voices: it is a robot" in " ".join(written.split())
    assert all(len(line) <= 80 for line in written.splitlines() if TRACKS[0] not in line), "but for the path to play"
    assert not [mark for mark in ("\x1b", "\r", "**", "<t:") if mark in written]
    for told, anns_pitch in ((written, 200), (own, 140)):
        pitches = [int(pitch) for pitch in re.findall(r" s, +(\d+) Hz ", told)]
        assert pitches == [
            *[pytest.approx(anns_pitch, rel=0.1)] * 3,
            *[pytest.approx(95, rel=0.1)] * 2,
            *[pytest.approx(240, rel=0.15)] * 2,
        ]
    sounds = {sound.name: Sound.decode(sound.read_bytes()) for sound in (project / "demo").iterdir()}
    assert sorted(sounds) == TRACKS
    assert all(sound.seconds > 1 and -24 < sound.loudness < -14 for sound in sounds.values())


@pytest.mark.slow
def test_a_file_that_is_no_recording_is_shown_being_refused(tells: Tells) -> None:
    Path("poem.wav").write_text("Nevermore!")
    exit_code, written = tells("poem.wav")
    assert exit_code == 1
    assert_told_in_order(
        written,
        "Ann uses /voice create name: Sunny sample: poem.wav (0.0 kB)",
        "I do not know what that file is.",
        "That recording cannot become a voice; the bot says why above.",
    )
    assert "Listen to them" not in written


def test_a_recording_that_is_not_there_is_one_sentence(tells: Tells) -> None:
    assert tells("nowhere.wav") == (2, "There is no file nowhere.wav.\n")


class Interrupting(io.TextIOWrapper):
    """Presses Ctrl+C as soon as these words can be read."""

    def __init__(self, words: str) -> None:
        self._written = io.BytesIO()
        super().__init__(self._written, "utf-8")
        self._words = words

    def flush(self) -> None:
        super().flush()
        if self._words and self._words.encode() in self._written.getvalue():
            self._words = ""
            signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
def test_the_story_is_told_as_it_happens_and_ctrl_c_ends_everything(
    tells: Tells, monkeypatch: pytest.MonkeyPatch
) -> None:
    bots: list[Process] = []

    async def start_bot(environment: Mapping[str, str], folder: Path, log: Path) -> Process:
        bots.append(await start_forked_bot(environment, folder, log))
        return bots[0]

    monkeypatch.setattr(sys, "stdout", Interrupting("presses [Create my voice]"))
    assert tells(start_bot=start_bot) == (130, "\nStopped.\n")
    assert [bot.returncode for bot in bots] == [0]


async def start_dying_bot(environment: Mapping[str, str], folder: Path, log: Path) -> Process:
    with log.open("w") as output:
        return await asyncio.create_subprocess_exec("sh", "-c", "echo The parrot is no more.; exit 1", stdout=output)


@pytest.mark.slow
def test_a_bot_that_dies_is_shown_with_the_end_of_its_log(tells: Tells) -> None:
    exit_code, written = tells(start_bot=start_dying_bot)
    assert exit_code == 1
    assert_told_in_order(
        written, "The bot ended by itself, with exit code 1.", "The bot's log ends with: The parrot is no more."
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("output", "environment", "written"),
    [
        (Terminal(), {}, "  \x1b[32mMynah\x1b[0m       \x1b[2mhello\x1b[0m\n"),
        (Terminal(), {"NO_COLOR": "1"}, "  Mynah       hello\n"),
        (Terminal(), {"TERM": "dumb"}, "  Mynah       hello\n"),
        (io.StringIO(), {}, "  Mynah       hello\n"),
    ],
)
def test_there_are_colours_only_where_a_person_wants_them(
    monkeypatch: pytest.MonkeyPatch, output: io.StringIO, environment: dict[str, str], written: str
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    Screen.on(output).says("Mynah", [Line("hello", is_small=True)])
    assert output.getvalue() == written


def test_a_message_is_shown_as_a_person_reads_it() -> None:
    message = "<@7> **“A\\*b”** is `ready` <t:1090:R>. </voice list:9>\n- a tip\n> a quote\n-# small"
    assert as_read(message, names={7: "Ann"}, now=1000) == [
        Line("@Ann “A*b” is ready in 2 minutes. /voice list"),
        Line("a tip", mark="• "),
        Line("a quote", mark="│ "),
        Line("small", is_small=True),
    ]
