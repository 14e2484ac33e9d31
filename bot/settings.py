"""Typed settings from the environment and `.env`; secrets that do not print."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import UserError


class WrongSettings(UserError):
    """One sentence per missing or wrong setting, one per line."""


class Settings(BaseSettings):
    """Everything a host may set; `.env.example` says what each one means. No value here comes from elsewhere."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    discord_token: Annotated[SecretStr, Field(min_length=1)]
    fish_api_key: Annotated[SecretStr, Field(min_length=1)]

    database_url: str = "sqlite:///data/mynah.db"

    fish_model: Annotated[str, Field(min_length=1)] = "s2-pro"
    fish_concurrency: Annotated[int, Field(ge=1, le=1000)] = 5

    training_poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    training_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300

    max_voices_per_member: Annotated[int, Field(ge=0)] = 5
    max_text_length: Annotated[int, Field(ge=0, le=6000)] = 1000
    daily_characters_per_member: Annotated[int, Field(ge=0)] = 5000

    discord_api_url: str = "https://discord.com/api/v10"
    discord_gateway_url: str | None = None
    fish_api_url: str = "https://api.fish.audio"

    shard_count: Annotated[int, Field(ge=1)] | None = None
    shard_ids: Annotated[tuple[int, ...], NoDecode] | None = None

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    health_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
