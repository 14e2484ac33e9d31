"""What Discord accepts as a select menu, in a message or in a modal."""

from collections import Counter
from typing import Any

from sandbox.discord.validation.errors import Form
from sandbox.discord.world.shapes import listed

Component = dict[str, Any]

STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 3, 5, 6, 7, 8
SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
MOST_CHOICES = 25

DEFAULT_TYPES = {
    USER_SELECT: ("user",),
    ROLE_SELECT: ("role",),
    MENTIONABLE_SELECT: ("user", "role"),
    CHANNEL_SELECT: ("channel",),
}


def bounds(component: Component, most: int = 1) -> tuple[int, int]:
    """Return the lowest and the highest number of choices; the defaults are one and `most`."""
    least, given = component.get("min_values"), component.get("max_values")
    return 1 if least is None else least, most if given is None else given


def check_select(form: Form, select: Component, path: str) -> None:
    form.text(select.get("custom_id"), f"{path}.custom_id", most=100, least=1)
    if select.get("placeholder") is not None:
        form.text(select["placeholder"], f"{path}.placeholder", most=150)
    least, most = bounds(select)
    for key, value, low in (("min_values", least, 0), ("max_values", most, max(least, 1))):
        fits = low <= value <= MOST_CHOICES
        form.require(fits, f"{path}.{key}", "NUMBER_TYPE_MAX", f"An integer from {low} to {MOST_CHOICES}")
    if select.get("type") == STRING_SELECT:
        check_options(form, select, path, least=max(most, 1), most=MOST_CHOICES)
        _check_count(form, sum(bool(option.get("default")) for option in listed(select, "options")), select, path)
    else:
        _check_defaults(form, select, path)


def check_options(form: Form, component: Component, path: str, *, least: int, most: int) -> None:
    """Check `least` to `most` options with texts of up to 100 characters, no value twice."""
    options = listed(component, "options")
    path = f"{path}.options"
    fits = least <= len(options) <= most
    form.require(fits, path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    times = Counter(option.get("value") for option in options)
    for index, option in enumerate(options):
        for key in ("label", "value"):
            form.text(option.get(key), f"{path}.{index}.{key}", most=100, least=1)
        if option.get("description") is not None:
            form.text(option["description"], f"{path}.{index}.description", most=100)
        form.require(
            times[option.get("value")] == 1,
            f"{path}.{index}",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            "The specified option value is already used",
        )


def _check_defaults(form: Form, select: Component, path: str) -> None:
    allowed = DEFAULT_TYPES[select["type"]]
    defaults = listed(select, "default_values")
    for index, default in enumerate(defaults):
        below = f"{path}.default_values.{index}"
        form.require(default.get("type") in allowed, f"{below}.type", "BASE_TYPE_CHOICES", f"One of {allowed}")
        snowflake = str(default.get("id")).isdecimal()
        form.require(snowflake, f"{below}.id", "NUMBER_TYPE_COERCE", "Value is not snowflake.")
    _check_count(form, len(defaults), select, path)


def _check_count(form: Form, chosen: int, select: Component, path: str) -> None:
    """Check that the number of default values is within the menu's bounds, or 0."""
    least, most = bounds(select)
    fits = not chosen or least <= chosen <= most
    form.require(fits, path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
