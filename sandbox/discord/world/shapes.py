"""JSON objects as they come: what is absent and what is null read the same."""

from typing import Any

Payload = dict[str, Any]


def listed(payload: Payload, key: str) -> list[Payload]:
    """The objects under `key`; none where it is absent or null."""
    return payload.get(key) or []


def nested(payload: Payload, key: str) -> Payload:
    return payload.get(key) or {}
