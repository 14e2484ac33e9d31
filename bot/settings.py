"""Reads typed settings from the environment and `.env`; secrets do not print."""

import logging
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict

from bot.database_url import engine_of
from bot.errors import UserError

logging.getLogger("dotenv").setLevel(logging.ERROR)  # `_unreadable_lines` says what it would warn of

_VISIBLE_ASCII = r"^[!-~]+$"  # what fits into an HTTP header

_IN_QUOTES = re.compile(r"""(?:"([^"]*)"|'([^']*)'|“([^”]*)”)\s*(?:#.*)?""")
# How similar the shortest name, `LOG_LEVEL`, stays with one wrong letter: 8 of 9.
_ALIKE = 0.88

_COMMENT = re.compile(r"(?:^|\s)\s*#.*")


def _check_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not re.fullmatch(_VISIBLE_ASCII, text):
        raise ValueError("has blanks or unusual characters in it. Copy it again, all of it and nothing else")
    if "'" in text or '"' in text:
        raise ValueError("has a quotation mark in it. Copy it again, all of it and nothing else")
    return secret


def _check_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[^.]+\.[^.]+\.[^.]+", token.get_secret_value()):
        raise ValueError(
            "is not the token of a bot, which has three parts with a dot between them. Press Reset Token under Bot in "
            "the Developer Portal and copy what it shows (not the application's id, public key or client secret)"
        )
    return token


def _check_database_url(url: str) -> str:
    try:
        engine_of(url)
    except UserError as problem:
        raise ValueError(str(problem).removeprefix("DATABASE_URL ").removesuffix(".")) from None
    return url


def _check_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port  # `port` raises ValueError if it is no number
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in {"http", "https", "ws", "wss"} or not re.fullmatch(r"[\w.:-]+", host):
        raise ValueError("is not an address such as https://example.com/path")
    return value.rstrip("/")


Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_check_secret)]
Token = Annotated[Secret, AfterValidator(_check_token)]
Address = Annotated[str, AfterValidator(_check_address)]

Snowflake = Annotated[int, Field(ge=1, lt=2**63)]  # an id at Discord

S = TypeVar("S", bound=BaseSettings)


class WrongSettings(UserError):
    """One sentence per missing or wrong setting, one per line."""


class _FromEnvironment(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Strip quotation marks and comments, which `docker run --env-file` keeps."""
        tidy = {name: _tidied(value) if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in tidy.items() if value != ""}


class DatabaseSettings(_FromEnvironment):
    """The database: enough for commands that need neither Discord nor Fish Audio."""

    database_url: Annotated[str, AfterValidator(_check_database_url)] = "sqlite:///data/mynah.db"


class DiscordSettings(_FromEnvironment):
    """Discord: enough for commands that need neither the database nor Fish Audio."""

    discord_token: Token

    discord_api_url: Address = "https://discord.com/api/v10"
    discord_gateway_url: Address | None = None

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(DiscordSettings, DatabaseSettings):
    """Everything that a host may set; `.env.example` explains each setting."""

    fish_api_key: Secret

    fish_model: Annotated[str, Field(pattern=_VISIBLE_ASCII)] = "s2.1-pro"
    fish_concurrency: Annotated[int, Field(ge=1, le=1000)] = 5

    training_poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    training_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300

    max_voices_per_member: Annotated[int, Field(ge=0)] = 5
    max_text_length: Annotated[int, Field(ge=0, le=6000)] = 1000
    daily_characters_per_member: Annotated[int, Field(ge=0)] = 5000
    daily_characters_total: Annotated[int, Field(ge=0)] = 0
    sound_cache_megabytes: Annotated[int, Field(ge=0, le=4096)] = 32
    daily_recordings_per_member: Annotated[int, Field(ge=0)] = 10
    daily_recordings_per_server: Annotated[int, Field(ge=0)] = 100

    allowed_servers: Annotated[tuple[Snowflake, ...] | None, NoDecode] = None

    fish_api_url: Address = "https://api.fish.audio"

    shard_count: Annotated[int, Field(ge=1)] | None = None
    shard_ids: Annotated[tuple[int, ...] | None, NoDecode] = None

    health_host: Annotated[str, Field(pattern=_VISIBLE_ASCII)] = "127.0.0.1"
    health_port: Annotated[int, Field(ge=1, le=65_535)] | None = None

    @field_validator("shard_ids", "allowed_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("shard_ids")
    @classmethod
    def _check_shard_ids(cls, ids: tuple[int, ...] | None, info: ValidationInfo) -> tuple[int, ...] | None:
        if ids is None or "shard_count" not in info.data:  # a wrong count has its own sentence
            return ids
        count = info.data["shard_count"]
        if count is None or not ids or not all(0 <= shard < count for shard in ids):
            raise ValueError("must be numbers from 0 up to SHARD_COUNT - 1, and SHARD_COUNT must be set")
        return ids


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Return the settings. Raises WrongSettings with a sentence for each one that is missing or wrong."""
    return _read(Settings, env_file)


def read_database_settings(env_file: Path | None = Path(".env")) -> DatabaseSettings:
    """Return only the database's settings, whatever else is missing. Raises WrongSettings."""
    return _read(DatabaseSettings, env_file)


def read_discord_settings(env_file: Path | None = Path(".env")) -> DiscordSettings:
    """Return only Discord's settings, whatever else is missing. Raises WrongSettings."""
    return _read(DiscordSettings, env_file)


def _read(kind: type[S], env_file: Path | None) -> S:
    try:
        problems = [*_unreadable_lines(env_file), *_misspelt(kind, env_file)]
        try:
            settings = kind(_env_file=env_file)  # fields come from the environment
        except ValidationError as error:
            raise WrongSettings("\n".join((*_sentences(kind, error, env_file), *problems))) from None
    except UnicodeDecodeError:
        raise WrongSettings(f"{env_file} is not UTF-8 text. Save it again as UTF-8.") from None
    except OSError as error:
        raise WrongSettings(
            f"{env_file} cannot be read: {error.strerror}. Make the account that runs the bot its owner, and try again."
        ) from None
    if problems:
        raise WrongSettings("\n".join(problems))
    return settings


def _tidied(value: str) -> str:
    value = value.strip()
    if quoted := _IN_QUOTES.fullmatch(value):
        value = next(text for text in quoted.groups() if text is not None)
    else:
        value = _COMMENT.sub("", value)
    return value.strip()


def _unreadable_lines(env_file: Path | None) -> Iterator[str]:
    """Yield a sentence for each line of the file that has no meaning, without its content: it may be a secret."""
    if env_file is None or not env_file.is_file():
        return
    with env_file.open(encoding="utf-8") as lines:
        for binding in parse_stream(lines):
            if binding.error:
                text = binding.original.string
                line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
                yield f"Line {line} of {env_file} cannot be read. Write NAME=value, and close each quotation mark."


def _misspelt(kind: type[BaseSettings], env_file: Path | None) -> Iterator[str]:
    """Yield a sentence for each unknown name that differs in one letter from a setting of this kind."""
    given = {*EnvSettingsSource(kind).env_vars, *DotEnvSettingsSource(kind, env_file=env_file).env_vars}
    for name in sorted(given - {*Settings.model_fields}):
        for known in get_close_matches(name, kind.model_fields, n=1, cutoff=_ALIKE):
            yield f"{name.upper()} is not a setting. If you mean {known.upper()}, write it so; else remove it."


def _sentences(kind: type[BaseSettings], error: ValidationError, env_file: Path | None) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        field = str(problem["loc"][0])  # without the index in a list
        name = field.upper()
        match problem["type"]:
            case "missing" | "too_short" | "string_too_short":
                yield f"{name} is missing. Set it {_where(env_file)}; .env.example explains it."
            case "value_error":
                yield f"{name} {problem['msg'].removeprefix('Value error, ')}."
            case _:
                shown = "" if name in _SECRET else f"; it is “{problem['input']}”"
                yield f"{name} must be {_wanted(kind, field)}{shown}."


def _where(env_file: Path | None) -> str:
    """Return, in words, where a setting can be set. People start the bot in other folders than they think."""
    if env_file is None:
        return "in the environment"
    place = env_file.absolute()
    if place.is_file():
        return f"in the environment or in {place}"
    return f"in the environment or in {place}, which does not exist yet"


def _wanted(kind: type[BaseSettings], field: str) -> str:
    """Return, in words, what values a setting may have."""
    schema = kind.model_json_schema()["properties"][field]
    [schema] = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if choices := schema.get("enum"):
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    number = {"integer": "a whole number", "number": "a number"}.get(schema["type"])
    if number is not None:
        lowest = f"above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else f"from {schema['minimum']}"
        return f"{number} {lowest}" + (f" up to {schema['maximum']}" if "maximum" in schema else " on")
    return "whole numbers with commas between them" if schema["type"] == "array" else "text without blanks"


_SECRET = {"DISCORD_TOKEN", "FISH_API_KEY"}
