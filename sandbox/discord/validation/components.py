"""What Discord accepts as the components of a message."""

import copy
from collections.abc import Iterator
from typing import cast

from sandbox.discord.validation.errors import Form
from sandbox.discord.validation.selects import SELECTS, Component, check_select
from sandbox.discord.world.shapes import listed, nested

ACTION_ROW, BUTTON, TEXT_INPUT = 1, 2, 4
SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 18, 19, 21, 22, 23

INTERACTIVE = (BUTTON, *SELECTS, TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)
NEWER = (
    SECTION,
    TEXT_DISPLAY,
    MEDIA_GALLERY,
    FILE,
    SEPARATOR,
    CONTAINER,
)  # allowed at the top of a v2 message
LINK_STYLE, PREMIUM_STYLE = 5, 6


def walk(components: list[Component]) -> Iterator[Component]:
    """Yield every component, at any depth."""
    for component in components:
        yield component
        yield from walk(_children(component))


def numbered(components: list[Component]) -> list[Component]:
    """Return the components as Discord does: each with an id, which is counted up if the bot gave none."""
    copied = copy.deepcopy(components)
    for number, component in enumerate(walk(copied), start=1):
        component["id"] = component.get("id") or number
        for default in listed(component, "default_values"):
            default["id"] = str(default["id"])  # discord.py sends it as a number
    return copied


def _children(component: Component) -> list[Component]:
    children = list(listed(component, "components"))
    children += [component[key] for key in ("accessory", "component") if isinstance(component.get(key), dict)]
    return children


def check_message_components(form: Form, components: object, *, newer: bool, filenames: set[str]) -> None:
    """Check a message's components; `newer` is the v2 flag, `filenames` what `attachment://` may name."""
    if not isinstance(components, list):
        return form.wrong("components", "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a ListType")
    given = cast("list[Component]", components)
    most = 40 if newer else 5
    form.require(len(given) <= most, "components", "BASE_TYPE_BAD_LENGTH", f"Must be between 0 and {most} in length.")
    for index, component in enumerate(given):
        path = f"components.{index}"
        if component.get("type") == ACTION_ROW:
            _check_row(form, component, path)
        elif not newer or component.get("type") not in NEWER:
            form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    check_custom_ids(form, given)
    if newer:
        _check_newer(form, given, filenames)
    return None


def _check_row(form: Form, row: Component, path: str) -> None:
    children = listed(row, "components")
    form.require(
        1 <= len(children) <= 5,
        f"{path}.components",
        "BASE_TYPE_BAD_LENGTH",
        "Must be between 1 and 5 in length.",
    )
    for index, child in enumerate(children):
        below = f"{path}.components.{index}"
        if child.get("type") == BUTTON:
            _check_button(form, child, below)
        elif child.get("type") in SELECTS:
            check_select(form, child, below)
            form.require(len(children) == 1, path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The row is too wide")
        else:
            form.wrong(
                f"{below}.type",
                "UNION_TYPE_CHOICES",
                'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).',
            )


def _check_button(form: Form, button: Component, path: str) -> None:
    style = button.get("style")
    form.require(style in range(1, 7), f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    if button.get("label") is not None:
        form.text(button["label"], f"{path}.label", most=80)
    if style == LINK_STYLE:
        form.text(button.get("url"), f"{path}.url", most=512, least=1)
        form.require(
            not button.get("custom_id"),
            path,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified",
        )
    elif style != PREMIUM_STYLE:
        form.text(button.get("custom_id"), f"{path}.custom_id", most=100, least=1)
        form.require(
            not button.get("url"),
            path,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified",
        )
    if style != PREMIUM_STYLE:
        shown = button.get("label") or button.get("emoji")
        form.require(bool(shown), path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")


def check_custom_ids(form: Form, components: list[Component]) -> None:
    seen: set[str] = set()
    for component in walk(components):
        custom_id = component.get("custom_id")
        if isinstance(custom_id, str):
            form.require(
                custom_id not in seen,
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
            seen.add(custom_id)


def _check_newer(form: Form, components: list[Component], filenames: set[str]) -> None:
    everything = list(walk(components))
    form.require(
        len(everything) <= 40,
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        "At most 40 components in total",
    )
    texts = [component.get("content") or "" for component in everything if component.get("type") == TEXT_DISPLAY]
    form.require(
        sum(map(len, texts)) <= 4000,
        "components",
        "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
        "At most 4000 characters",
    )
    for component in everything:
        if component.get("type") == FILE:
            url = str(nested(component, "file").get("url"))
            form.require(
                url.removeprefix("attachment://") in filenames,
                "components",
                "MEDIA_ATTACHMENT_NOT_FOUND",
                "The referenced attachment was not found",
            )
