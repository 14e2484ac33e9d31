"""Typed settings from the environment and `.env`; secrets that do not print."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import UserError


def _check_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(_VISIBLE_ASCII, secret.get_secret_value()):
        raise ValueError("has blanks or unusual characters in it. Copy it again, all of it and nothing else")
    return secret


_VISIBLE_ASCII = r"^[!-~]+$"  # what fits into an HTTP header

# Blanks around a secret come from copying; none is part of it.
Secret = Annotated[
    SecretStr,
    BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value),
    Field(min_length=1),
    AfterValidator(_check_secret),
]


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port  # the port raises ValueError where it is none
    except ValueError:
        return False
    return parts.scheme in {"http", "https", "ws", "wss"} and re.fullmatch(r"[\w.:-]+", host) is not None


S = TypeVar("S", bound=BaseSettings)


class WrongSettings(UserError):
    """One sentence per missing or wrong setting, one per line."""


class DatabaseSettings(BaseSettings):
    """Where the database is: enough for what is done without Discord and Fish Audio."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str = "sqlite:///data/mynah.db"


class Settings(DatabaseSettings):
    """Everything a host may set; `.env.example` says what each one means. No value here comes from elsewhere."""

    discord_token: Secret
    fish_api_key: Secret

    fish_model: Annotated[str, Field(pattern=_VISIBLE_ASCII)] = "s2.1-pro"
    fish_concurrency: Annotated[int, Field(ge=1, le=1000)] = 5

    training_poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    training_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300

    max_voices_per_member: Annotated[int, Field(ge=0)] = 5
    max_text_length: Annotated[int, Field(ge=0, le=6000)] = 1000
    daily_characters_per_member: Annotated[int, Field(ge=0)] = 5000
    daily_characters_total: Annotated[int, Field(ge=0)] = 0

    discord_api_url: str = "https://discord.com/api/v10"
    discord_gateway_url: str | None = None
    fish_api_url: str = "https://api.fish.audio"

    shard_count: Annotated[int, Field(ge=1)] | None = None
    shard_ids: Annotated[tuple[int, ...] | None, NoDecode] = None

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    health_port: Annotated[int, Field(ge=1, le=65_535)] | None = None

    @field_validator("shard_ids", mode="before")
    @classmethod
    def _split_shard_ids(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("discord_api_url", "fish_api_url", "discord_gateway_url")
    @classmethod
    def _check_address(cls, value: str | None) -> str | None:
        if value is not None and not _is_address(value):
            raise ValueError("is not an address such as https://example.com/path")
        return value.rstrip("/") if value is not None else None

    @model_validator(mode="after")
    def _check_shards(self) -> Self:
        ids, count = self.shard_ids, self.shard_count
        if ids is not None and (count is None or not ids or not all(0 <= shard < count for shard in ids)):
            raise ValueError("SHARD_IDS must be numbers from 0 up to SHARD_COUNT - 1, and SHARD_COUNT must be set")
        return self


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings of this process. Raises WrongSettings with a sentence for each one that is missing or wrong."""
    return _read(Settings, env_file)


def read_database_settings(env_file: Path | None = Path(".env")) -> DatabaseSettings:
    """The same for DATABASE_URL alone, whatever else is missing."""
    return _read(DatabaseSettings, env_file)


def _read(kind: type[S], env_file: Path | None) -> S:
    try:
        return kind(_env_file=env_file)  # pyright: ignore[reportCallIssue]  # fields come from the environment
    except ValidationError as error:
        raise WrongSettings("\n".join(_sentences(error))) from None
    except UnicodeDecodeError:
        raise WrongSettings(f"{env_file} is not UTF-8 text. Save it again as UTF-8.") from None


def _sentences(error: ValidationError) -> list[str]:
    sentences: list[str] = []
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0]).upper() if problem["loc"] else ""  # not which part of a list
        match problem["type"]:
            case "missing" | "too_short" | "string_too_short":
                sentences.append(f"{name} is missing. Set it in the environment or in .env; .env.example explains it.")
            case "value_error":
                about = f"{name} " if problem["loc"] else ""
                sentences.append(f"{about}{problem['msg'].removeprefix('Value error, ')}.")
            case _:
                shown = "" if name in _SECRET else f" (it is {problem['input']!r})"
                sentences.append(f"{name} is wrong{shown}: {problem['msg'][0].lower()}{problem['msg'][1:]}.")
    return sentences


_SECRET = {"DISCORD_TOKEN", "FISH_API_KEY"}
