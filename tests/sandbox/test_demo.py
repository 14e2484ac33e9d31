"""`script/demo` shows the bot's story in a terminal, and its exit code says whether all of it worked."""

import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.demo.markdown import Line, as_read
from sandbox.demo.screen import Screen
from sandbox.sound import Sound
from sandbox.speech import sample_wav

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


def starts_demo(project: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start the demo from another folder, without a home, in its own session."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(project), "HOME": "/nonexistent", "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "sandbox.demo", *arguments],
        env=environment,
        cwd=project.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run_demo(project: Path, *arguments: str) -> tuple[int, str]:
    """Run the demo. Returns its exit code and its output."""
    with starts_demo(project, *arguments) as demo:
        written, _ = demo.communicate(timeout=120)
    return demo.returncode, written


def assert_told_in_order(written: str, *sentences: str) -> None:
    words, end = " ".join(written.split()), 0
    for sentence in sentences:
        end = words.find(sentence, end) + len(sentence)
        assert end >= len(sentence), f"not told in its place: {sentence}\n{written}"


@pytest.mark.slow
def test_the_whole_story_is_told_and_can_be_listened_to(project: Path) -> None:
    exit_code, written = run_demo(project)
    assert exit_code == 0, written
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
    sounds = {sound.name: Sound.decode(sound.read_bytes()) for sound in (project / "demo").iterdir()}
    assert sorted(sounds) == TRACKS
    assert all(sound.seconds > 1 and -24 < sound.loudness < -14 for sound in sounds.values())
    pitches = [round(sounds[sound].pitch) for sound in TRACKS]
    assert all(pitch == pytest.approx(200, rel=0.1) for pitch in pitches[:3]), pitches
    assert all(pitch == pytest.approx(95, rel=0.1) for pitch in pitches[3:5]), pitches
    assert all(pitch == pytest.approx(240, rel=0.15) for pitch in pitches[5:]), pitches


@pytest.mark.slow
def test_two_demos_at_once_use_the_callers_own_recording_and_text(project: Path, tmp_path: Path) -> None:
    own = tmp_path / "my own.wav"
    own.write_bytes(sample_wav(seconds=6, pitch=140))
    demos = [starts_demo(project, own.name, "Good morning to all of you.") for _ in range(2)]
    for demo in demos:
        with demo:
            written, _ = demo.communicate(timeout=120)
        assert demo.returncode == 0, written
        assert_told_in_order(written, "sample: my own.wav", "6 s, short", "│ Good morning to all of you.")
    assert sorted(sound.name for sound in (project / "demo").iterdir()) == TRACKS
    for sound in TRACKS[:3]:
        assert Sound.decode((project / "demo" / sound).read_bytes()).pitch == pytest.approx(140, rel=0.1)


@pytest.mark.slow
def test_a_file_that_is_no_recording_is_shown_being_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "poem.wav").write_text("Nevermore!")
    exit_code, written = run_demo(project, "poem.wav")
    assert exit_code == 1
    assert_told_in_order(
        written,
        "Ann uses /voice create name: Sunny sample: poem.wav (0.0 kB)",
        "I do not know what that file is.",
        "That recording cannot become a voice; the bot says why above.",
    )
    assert "Listen to them" not in written


@pytest.mark.slow
def test_a_recording_that_is_not_there_is_one_sentence(project: Path) -> None:
    assert run_demo(project, "nowhere.wav") == (2, "There is no file nowhere.wav.\n")


@pytest.mark.slow
def test_the_story_is_told_as_it_happens_and_ctrl_c_ends_everything(project: Path) -> None:
    with starts_demo(project) as demo:
        assert demo.stdout is not None
        assert any("presses [Create my voice]" in line for line in demo.stdout)
        demo.send_signal(signal.SIGINT)  # to it alone: what it has started is for it to end
        rest = demo.stdout.read()
    assert demo.returncode == 130
    assert rest.endswith("\nStopped.\n")
    assert "Traceback" not in rest
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)


@pytest.mark.slow
def test_a_bot_that_dies_is_shown_with_the_end_of_its_log(project: Path) -> None:
    (project / "bot" / "__main__.py").write_text("raise SystemExit('The parrot is no more.')")
    exit_code, written = run_demo(project)
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
