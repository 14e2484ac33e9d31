"""Reads DATABASE_URL without opening anything."""

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from bot.errors import UserError


def engine_of(url: str) -> Literal["sqlite", "postgresql"]:
    """Return which engine a URL asks for. Raises UserError, which does not show the URL: it may hold a password."""
    match url.partition("://")[0]:
        case "sqlite":
            file_of(url)
            return "sqlite"
        case "postgresql" | "postgres":
            return "postgresql"
        case _:
            raise UserError(
                "DATABASE_URL must begin with sqlite:/// (a file, like sqlite:///data/mynah.db) or with postgresql://."
            )


def file_of(url: str) -> Path:
    """Return the file that an SQLite URL names. Raises UserError if it names none."""
    parts = urlsplit(url)
    name = unquote(parts.path[1:])
    if parts.netloc or parts.query or parts.fragment or name in {"", ":memory:"} or "\0" in name:
        raise UserError(
            "DATABASE_URL names no file. Write sqlite:///data/mynah.db for a file below the current folder, "
            "or sqlite:////var/lib/mynah/mynah.db for one anywhere else."
        )
    return Path(name).absolute()
