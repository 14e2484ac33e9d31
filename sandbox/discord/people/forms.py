"""Fills in a form as a person does: with text, picks, ticks and files."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sandbox.discord.people.options import OptionReader, Refused, Upload
from sandbox.discord.people.picks import Pick, Picker, chosen_beforehand
from sandbox.discord.validation.components import CHECKBOX, FILE_UPLOAD, INTERACTIVE, RADIO_GROUP, TEXT_INPUT, walk
from sandbox.discord.validation.modals import LONGEST_TEXT
from sandbox.discord.validation.selects import Component, bounds
from sandbox.discord.world.shapes import listed


class FormFiller:
    """Turns values by custom id into the data of one submission. Raises Refused as Discord's client does."""

    def __init__(self, values: Mapping[str, Any], reader: OptionReader, picker: Picker, *, unchecked: bool) -> None:
        """Inputs that `values` does not name keep their first value; `unchecked` is a hostile client."""
        self._values = values
        self._reader = reader
        self._picker = picker
        self._unchecked = unchecked

    def data(self, modal: Component) -> dict[str, Any]:
        components = listed(modal, "components")
        inputs = {part["custom_id"] for part in walk(components) if part["type"] in INTERACTIVE}
        strange = set(self._values) - inputs
        self._require(not strange, f"The form has no {', '.join(strange)}; it has: {', '.join(sorted(inputs))}.")
        filled = [self._filled(component) for component in components]
        resolved = self._reader.resolved()
        return {
            "custom_id": modal["custom_id"],
            "components": filled,
            **({"resolved": resolved} if resolved else {}),
        }

    def _filled(self, component: Component) -> Component:
        """Return the same layout with answers instead of descriptions."""
        about = {"type": component["type"], "id": component.get("id", 1)}
        if component["type"] in INTERACTIVE:
            return {**about, "custom_id": component["custom_id"], **self._answer(component)}
        if "component" in component:
            return {**about, "component": self._filled(component["component"])}
        if "components" in component:
            return {**about, "components": [self._filled(inner) for inner in listed(component, "components")]}
        return about

    def _answer(self, component: Component) -> dict[str, Any]:
        given = self._values.get(component["custom_id"])
        match component["type"]:
            case kind if kind == TEXT_INPUT:
                return {"value": self._text(component, component.get("value") if given is None else given)}
            case kind if kind == CHECKBOX:
                return {"value": bool(component.get("default") if given is None else given)}
            case kind if kind == FILE_UPLOAD:
                return {"values": self._files(component, given or ())}
            case kind if kind == RADIO_GROUP:
                chosen = self._chosen(component, None if given is None else [given])
                return {"value": chosen[0] if chosen else None}
            case _:
                return {"values": self._chosen(component, given)}

    def _text(self, component: Component, value: object) -> str:
        text = str(value or "")
        least, most = component.get("min_length") or 0, component.get("max_length") or LONGEST_TEXT
        if text or component.get("required", True):
            fits = max(least, 1) <= len(text) <= most
            self._require(fits, f"“{component['custom_id']}” takes {max(least, 1)} to {most} characters.")
        return text

    def _chosen(self, component: Component, given: Sequence[Pick] | None) -> list[str]:
        return self._picker.values(component, chosen_beforehand(component) if given is None else given)

    def _files(self, component: Component, given: object) -> list[str]:
        files = [given] if isinstance(given, Upload) else cast("Sequence[Upload]", given)
        least, most = bounds(component)
        optional = component.get("required") is False and not files
        self._require(optional or least <= len(files) <= most, f"Between {least} and {most} files can be attached.")
        if not self._unchecked:
            for file in files:
                self._reader.check_size(file)
        return [self._reader.upload(file) for file in files]

    def _require(self, condition: bool, sentence: str) -> None:
        if not (condition or self._unchecked):
            raise Refused(sentence)
