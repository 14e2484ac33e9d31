"""Reads what was typed into a form, which an earlier process may have opened."""

from typing import Any

from bot.client import Interaction


def typed_in(interaction: Interaction) -> dict[str, str]:
    """Return what stands in the fields of a submitted form, by their custom_ids."""
    data: Any = interaction.data
    fields = [label.get("component", {}) for label in data.get("components", [])]
    return {str(field.get("custom_id")): str(field.get("value") or "") for field in fields}
