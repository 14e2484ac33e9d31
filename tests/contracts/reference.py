"""Reads the services' own OpenAPI files, which a laptop may lack and CI may not."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "reference"

Schema = dict[str, Any]  # JSON, as deep as the file has it


@cache
def openapi(service: Literal["discord", "fish-audio"]) -> Schema:
    """Return the file. If it is missing, the test is skipped; in CI it fails with FileNotFoundError."""
    file = FOLDER / f"{service}-openapi.json"
    if not file.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{file} is not on this machine")
    return json.loads(file.read_text("utf-8"))
