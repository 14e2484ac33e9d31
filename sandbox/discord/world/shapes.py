"""Reads JSON objects so that absent and null mean the same."""

from typing import Any

Payload = dict[str, Any]


def listed(payload: Payload, key: str) -> list[Payload]:
    """Return the objects under `key`; none if it is absent or null."""
    return payload.get(key) or []


def nested(payload: Payload, key: str) -> Payload:
    return payload.get(key) or {}
