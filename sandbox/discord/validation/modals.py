"""What Discord accepts as a modal."""

from typing import Any

from sandbox.discord.validation.components import (
    ACTION_ROW,
    BUTTON,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    INTERACTIVE,
    LABEL,
    RADIO_GROUP,
    TEXT_DISPLAY,
    TEXT_INPUT,
    check_custom_ids,
    walk,
)
from sandbox.discord.validation.errors import Form
from sandbox.discord.validation.selects import SELECTS, Component, bounds, check_options, check_select
from sandbox.discord.world.shapes import listed

MOST_FILES = MOST_TICKS = 10
LONGEST_TEXT = 4000


def check_modal(form: Form, modal: dict[str, Any]) -> None:
    """Check the data of a modal: title, custom id and one to five inputs."""
    form.text(modal.get("title"), "data.title", most=45, least=1)
    form.text(modal.get("custom_id"), "data.custom_id", most=100, least=1)
    components = listed(modal, "components")
    fits = 1 <= len(components) <= 5
    form.require(fits, "data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for index, component in enumerate(components):
        _check_row(form, component, f"data.components.{index}")
    check_custom_ids(form, components)


def _check_row(form: Form, component: Component, path: str) -> None:
    kind = component.get("type")
    if kind == LABEL:
        form.text(component.get("label"), f"{path}.label", most=45, least=1)
        if component.get("description") is not None:
            form.text(component["description"], f"{path}.description", most=100)
        if not isinstance(component.get("component"), dict):
            form.wrong(f"{path}.component", "BASE_TYPE_REQUIRED", "This field is required")
    elif kind not in (ACTION_ROW, TEXT_DISPLAY):
        form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).')
    for inner in walk([component]):
        if inner.get("type") in INTERACTIVE:
            _check_input(form, inner, f"{path}.component")


def _check_input(form: Form, component: Component, path: str) -> None:
    form.text(component.get("custom_id"), f"{path}.custom_id", most=100, least=1)
    match component["type"]:
        case kind if kind in SELECTS:
            check_select(form, component, path)
            form.require(not component.get("disabled"), path, "COMPONENT_DISABLED", "Nothing is disabled in a modal")
            _check_required(form, component, path)
        case kind if kind == TEXT_INPUT:
            _check_text_input(form, component, path)
        case kind if kind == FILE_UPLOAD:
            _, most = bounds(component)
            form.require(1 <= most <= MOST_FILES, f"{path}.max_values", "NUMBER_TYPE_MAX", "1 to 10 files")
            _check_required(form, component, path)
        case kind if kind in (RADIO_GROUP, CHECKBOX_GROUP):
            least = 2 if kind == RADIO_GROUP else 1
            check_options(form, component, path, least=least, most=MOST_TICKS)
            _check_required(form, component, path)
        case kind if kind == BUTTON:
            form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", "There are no buttons in a modal")
        case _:
            pass


def _check_required(form: Form, component: Component, path: str) -> None:
    least, _ = bounds(component)
    fits = least > 0 or component.get("required") is False
    form.require(fits, f"{path}.min_values", "NUMBER_TYPE_MIN", "What is required needs at least one value")


def _check_text_input(form: Form, component: Component, path: str) -> None:
    form.require(component.get("style") in (1, 2), f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    longest = component.get("max_length") or LONGEST_TEXT
    fits = 1 <= longest <= LONGEST_TEXT
    form.require(fits, f"{path}.max_length", "NUMBER_TYPE_MAX", f"At most {LONGEST_TEXT}")
    if component.get("placeholder") is not None:
        form.text(component["placeholder"], f"{path}.placeholder", most=100)
    if component.get("value") is not None:
        form.text(component["value"], f"{path}.value", most=longest)
