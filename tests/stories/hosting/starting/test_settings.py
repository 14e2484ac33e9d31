"""Reading the settings: each that is missing or wrong has its own sentence, and no secret is printed."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.settings import WrongSettings, read_settings
from bot.storage.engine.moving import move
from bot.storage.engine.sqlite.backup import back_up
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.storage.engine.accounts import closed_to_all
from tests.stories.running import ROOT, BotProcess, settings_for

WRONG = 2
SECRET = "letmein"  # noqa: S105 - part of wrong secrets, to be looked for in what is printed


async def test_every_missing_or_wrong_setting_has_its_own_sentence(process: BotProcess, tmp_path: Path) -> None:
    await process.starts(
        discord_token='""',  # noqa: S106 - an empty one
        fish_api_key=f"{SECRET} {SECRET}",
        database_url=f"mysql://mynah:{SECRET}@localhost/mynah",
        fish_concurrency="many",
        training_poll_seconds="0",
        shard_ids="0,x",
        log_level="loud",
        fish_modell="s1",
    )
    assert await process.exit_code() == WRONG
    where = f"in the environment or in {tmp_path}/.env, which does not exist yet"
    assert sorted(process.output.splitlines()) == [
        "DATABASE_URL must begin with sqlite:/// (a file, like sqlite:///data/mynah.db) or with postgresql://.",
        f"DISCORD_TOKEN is missing. Set it {where}; .env.example explains it.",
        "FISH_API_KEY has blanks or unusual characters in it. Copy it again, all of it and nothing else.",
        "FISH_CONCURRENCY must be a whole number from 1 up to 1000; it is “many”.",
        "FISH_MODELL is not a setting. If you mean FISH_MODEL, write it so; else remove it.",
        "LOG_LEVEL must be debug, info, warning or error; it is “loud”.",
        "SHARD_IDS must be whole numbers with commas between them; it is “x”.",
        "TRAINING_POLL_SECONDS must be a number above 0 up to 3600; it is “0”.",
    ]
    assert SECRET not in process.output


async def test_a_bot_that_is_to_stay_says_what_is_wrong_and_waits_to_be_stopped(tmp_path: Path) -> None:
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--stay"),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    assert bot.stderr is not None
    said = [await bot.stderr.readline() for _ in range(3)]
    assert said[0].startswith(b"DISCORD_TOKEN is missing.")
    assert said[2].startswith(b"Put this right, then start the bot again.")
    bot.terminate()
    assert await bot.wait() == WRONG


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set the least that a start needs."""
    for name, value in {"DISCORD_TOKEN": "a.b.c", "FISH_API_KEY": "key"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("written", ['"{}"', "'{}'", "“{}”", ' "{}" # mine', "{} # mine", " {} "])
def test_values_are_read_as_people_write_them(written: str, environment: pytest.MonkeyPatch) -> None:
    for name, value in (("DISCORD_TOKEN", "x.y.z"), ("FISH_CONCURRENCY", "7"), ("FISH_API_URL", "http://fish")):
        environment.setenv(name, written.format(value))
    environment.setenv("FISH_MODEL", written.format(""))
    settings = read_settings(env_file=None)
    assert settings.discord_token.get_secret_value() == "x.y.z"
    assert (settings.fish_concurrency, settings.fish_api_url, settings.fish_model) == (7, "http://fish", "s2.1-pro")


@pytest.mark.parametrize("token", ["1234567890", "a.b", "a..c", "a.b.c.d", '"a.b.c'])
def test_what_cannot_be_a_token_is_refused_without_asking_discord(token: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DISCORD_TOKEN", token)
    with pytest.raises(WrongSettings, match=r"\ADISCORD_TOKEN (is not the token of a bot|has a quotation mark)"):
        read_settings(env_file=None)


@pytest.mark.parametrize("name", ["FISH_MODELL", "FISH_MODL", "FISH_MODLE", "fish_nodel"])
def test_a_name_that_is_one_letter_wrong_is_told(name: str, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{name}=s1\nTOTALLY_DIFFERENT=1\n")
    told = f"{name.upper()} is not a setting. If you mean FISH_MODEL, write it so; else remove it."
    with pytest.raises(WrongSettings) as in_file:
        read_settings(env_file=file)
    environment.setenv(name, "s1")
    with pytest.raises(WrongSettings) as in_environment:
        read_settings(env_file=None)
    assert str(in_file.value) == str(in_environment.value) == told


async def test_an_unreadable_line_is_told_once_by_its_number_with_all_else_that_is_wrong(
    process: BotProcess, tmp_path: Path
) -> None:
    lines = ["# mine", "LOG_LEVEL=info", "", "", f'FISH_API_KEY="{SECRET}', "", f"FISH_MODEL = 's1' {SECRET}"]
    (tmp_path / ".env").write_text("\n".join(lines))
    await process.starts(discord_token="", fish_api_key="", fish_model="", log_format="loud")
    assert await process.exit_code() == WRONG
    assert sorted(process.output.splitlines()) == [
        f"DISCORD_TOKEN is missing. Set it in the environment or in {tmp_path}/.env; .env.example explains it.",
        f"FISH_API_KEY is missing. Set it in the environment or in {tmp_path}/.env; .env.example explains it.",
        "LOG_FORMAT must be console or json; it is “loud”.",
        "Line 5 of .env cannot be read. Write NAME=value, and close each quotation mark.",
        "Line 7 of .env cannot be read. Write NAME=value, and close each quotation mark.",
    ]
    assert SECRET not in process.output


@pytest.mark.parametrize(("typed", "meant"), [("1", (1,)), ("0, 2", (0, 2))])
def test_shards_are_listed_with_commas(typed: str, meant: tuple[int, ...], environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHARD_COUNT", "3")
    environment.setenv("SHARD_IDS", typed)
    assert read_settings(env_file=None).shard_ids == meant
    environment.setenv("SHARD_COUNT", "1")
    with pytest.raises(WrongSettings, match=r"\ASHARD_IDS must be numbers from 0 up to SHARD_COUNT - 1"):
        read_settings(env_file=None)


async def test_settings_are_read_from_a_file_and_the_environment_comes_first(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    settings = {name: str(value) for name, value in settings_for(discord, fish, tmp_path, {}).items()}
    lines = [f"{name.upper()} = '{value}'" for name, value in settings.items()]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8-sig")  # as Windows writes it
    (tmp_path / ".env").chmod(0o640)
    process = BotProcess(discord, fish, tmp_path, {})
    await process.starts("check", **dict.fromkeys(settings, ""))
    assert await process.exit_code() == 0
    assert (
        "secrets: other accounts of this machine can read the file .env; `chmod 600 .env` ends that" in process.output
    )
    (tmp_path / ".env").chmod(0o600)
    told = process.output.count("chmod 600")
    await process.starts("check", **{**dict.fromkeys(settings, ""), "discord_token": f"a.{SECRET}.b"})
    assert await process.exit_code() == WRONG
    assert "Discord refuses DISCORD_TOKEN." in process.output
    assert process.output.count("chmod 600") == told


async def test_what_another_account_may_not_read_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file, database = tmp_path / "mynah.env", tmp_path / "mynah.db"
    file.touch()
    with closed_to_all(tmp_path), pytest.raises(WrongSettings, match=r"mynah\.env cannot be read: Permission denied\."):
        read_settings(env_file=file)

    url = f"sqlite:///{database}"
    environment.setenv("DATABASE_URL", url)
    with closed_to_all(tmp_path):
        with pytest.raises(UserError) as backing_up:
            back_up(url, Path("copy.db"))
        with pytest.raises(UserError) as moving:
            await move(url, "sqlite:////tmp/nowhere.db")
    assert str(backing_up.value) == str(moving.value)
    assert str(moving.value) == (
        f"“{database}” cannot be reached: Permission denied. Do this with the account that runs the bot."
    )


@pytest.mark.parametrize(
    ("environment", "is_usable"),
    [
        ({"NO_PROXY": "fd07:b51a:cc66:f0::/64"}, True),
        ({"NO_PROXY": "127.0.0.1,fd07:b51a:cc66:f0::/64", "HTTP_PROXY": f"http://me:{SECRET}@127.0.0.1:9"}, False),
        ({"NO_PROXY": "127.0.0.1", "ALL_PROXY": f"socks5://me:{SECRET}@127.0.0.1:9"}, False),
        ({"NO_PROXY": "127.0.0.1", "ALL_PROXY": f"http://me:{SECRET}@127.0.0.1:port"}, False),
        ({"NO_PROXY": "127.0.0.1", "HTTPS_PROXY": "http://127.0.0.1:9"}, True),
        ({"SSL_CERT_FILE": "/nowhere/certificates.pem"}, False),
    ],
    ids=str,
)
async def test_an_unusable_environment_is_said_in_a_sentence(
    process: BotProcess, environment: dict[str, str], is_usable: bool
) -> None:
    await process.starts("check", log_level="error", **environment)
    assert await process.exit_code() == (0 if is_usable else WRONG)
    if not is_usable:
        await process.starts(log_level="error", **environment)
        assert await process.exit_code() == WRONG
    assert "Traceback" not in process.output
    assert SECRET not in process.output
