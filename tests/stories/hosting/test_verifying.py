"""`python -m bot verify` tells without Discord and Fish Audio what `/verify` tells a stranger."""

import itertools
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.hosting.verify import Outcome, print_public_key, verify
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.audio import waves
from tests.audio.mp3.mp3s import edited, id3, stripped
from tests.stories.bots.forking import fork_bot, until_ended
from tests.stories.running import BotHere
from tests.stories.steps import has_voice

MADE = "this is synthetic: I made it, and no person said it. I tell whose voice it is and who asked for it only in"
RETAGGED = "The tags in the file were changed or removed since; the sound is mine."
STRANGERS = waves.mp3(waves.tone(2, rate=44_100), rate=44_100)


@pytest.fixture
async def mp3(
    discord: Discord, fish: FishAudio, bot: BotHere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """A clip of a bot; its host has only DATABASE_URL set."""
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    mp3 = (await ann.uses("/say", text="Hello")).audio
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{bot.database}")
    return mp3


def clip(data: bytes) -> Path:
    """Write a file into the current folder."""
    file = Path("clip.mp3")
    file.write_bytes(data)
    return file


async def said_of(data: bytes, capsys: pytest.CaptureFixture[str], *, key: str | None = None) -> tuple[Outcome, str]:
    capsys.readouterr()
    outcome = await verify([clip(data)], key)
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("clip.mp3: ")]
    return outcome, line.removeprefix("clip.mp3: ")


async def test_the_host_is_told_what_a_stranger_is_told(mp3: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    made, sentence = await said_of(mp3, capsys)
    assert (made, sentence[: len(MADE)]) == (Outcome.MADE, MADE)
    assert " It was made on " in sentence
    assert "Ann" not in sentence

    for known in (edited(mp3), stripped(mp3)):
        made, sentence = await said_of(known, capsys)
        assert (made, sentence[: len(MADE)]) == (Outcome.MADE, MADE)
        assert RETAGGED in sentence

    forged = await said_of(id3(STRANGERS, version=b"\xff\xff") + mp3, capsys)
    assert forged == (Outcome.NOT_MADE, forged[1])
    assert forged[1].startswith("this is not as I made it.")
    assert (await said_of(STRANGERS, capsys))[1].startswith("I don't know this file.")
    too_large = await said_of(mp3 + bytes(20 * 2**20), capsys)
    assert too_large == (Outcome.NOT_MADE, "it is larger than 20 MiB, and I post nothing that large.")


async def test_others_check_with_the_public_key_alone(
    mp3: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await print_public_key()
    key = capsys.readouterr().out.splitlines()[-1]
    monkeypatch.setenv("DATABASE_URL", "sqlite:///nothing/here.db")

    made, sentence = await said_of(mp3, capsys, key=key)
    assert (made, sentence[: len(MADE)]) == (Outcome.MADE, MADE)
    assert (await said_of(edited(mp3), capsys, key=key))[0] == Outcome.MADE

    for changed, told in (
        (mp3 + STRANGERS, "this was not made with that key, or it was changed since."),
        (stripped(mp3), "nothing is known about this file: it carries no mark."),
        (
            id3(b"UFID\0\0\0\x3fmynah\0" + b"0f" * 8 + b"." + b"a1" * 20) + stripped(mp3),
            "it carries a mark from before marks could be checked with a key.",
        ),
    ):
        outcome, sentence = await said_of(changed, capsys, key=key)
        assert (outcome, sentence[: len(told)]) == (Outcome.NOT_MADE, told)
    assert (await said_of(mp3, capsys, key="00" * 32))[0] == Outcome.NOT_MADE

    with pytest.raises(UserError, match="--key takes the 64 hexadecimal letters"):
        await verify([clip(mp3)], "0f")
    with pytest.raises(UserError, match=r"There is no database at .*/nothing/here\.db\. "):
        await verify([clip(mp3)], None)
    assert not (tmp_path / "nothing").exists()


async def test_the_exit_code_tells_it_to_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outputs = map("said-{}.txt".format, itertools.count())

    async def ended(*words: str) -> tuple[int, str]:
        output = tmp_path / next(outputs)
        code = await until_ended(fork_bot(["verify", *words], environment={}, folder=tmp_path, output=output))
        return code, output.read_text()

    clip(STRANGERS)

    code, out = await ended("clip.mp3", "--key", "00" * 32)
    assert code == 1
    assert out.startswith("clip.mp3: nothing is known about this file")
    assert out.count("\n") == 1
    code, out = await ended("missing.mp3", "clip.mp3", "--key", "00" * 32)
    assert code == 2
    assert out.startswith("missing.mp3: could not be read (No such file or directory).\nclip.mp3: ")
    assert (await ended())[0] == 2
    assert (await ended("--public-key"))[0] == 2
