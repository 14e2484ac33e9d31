"""What Discord accepts as an application's commands."""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, cast

from sandbox.discord.validation.errors import Form
from sandbox.discord.world.shapes import listed, nested

Option = dict[str, Any]

NAME = re.compile(r"[\-_'\w]{1,32}")
PARTLY_LOCALIZED = ("name", "description")
LIMITS_BY_TYPE = {1: 100, 2: 15, 3: 15}  # chat input, user, message
MOST_CHARACTERS = 8000


class OptionType(IntEnum):
    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTING = (OptionType.SUBCOMMAND, OptionType.GROUP)
WITH_CHOICES = (OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER)


def check_commands(sent: object) -> None:
    """Check a bulk overwrite of global commands. Raises ApiError 50035."""
    form = Form()
    if not isinstance(sent, list):
        form.wrong("_root", "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a ListType")
        form.check()
    commands = cast("list[Option]", sent)
    for index, command in enumerate(commands):
        _check_command(form, command, str(index))
    for kind, most in LIMITS_BY_TYPE.items():
        same = [str(command.get("name")) for command in commands if command.get("type", 1) == kind]
        form.require(len(same) <= most, "_root", "APPLICATION_COMMAND_TOO_MANY", f"At most {most} of type {kind}")
        form.require(
            len(set(same)) == len(same),
            "_root",
            "APPLICATION_COMMANDS_DUPLICATE_NAME",
            "Names must be unique",
        )
    form.check()


def _check_command(form: Form, command: Option, path: str) -> None:
    if command.get("type", 1) == 1:
        _check_name(form, command, path)
        form.text(command.get("description"), f"{path}.description", most=100, least=1)
        _check_options(form, command, path, depth=0)
    else:
        form.text(command.get("name"), f"{path}.name", most=32, least=1)
        form.require(not command.get("description"), f"{path}.description", "BASE_TYPE_MAX_LENGTH", "Must be empty")
        form.require(not command.get("options"), f"{path}.options", "APPLICATION_COMMAND_INVALID_OPTIONS", "Not here")
    for key, known in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        values = command.get(key)
        if values is not None:
            fits = bool(values) and len(set(values)) == len(values) and set(values) <= set(known)
            form.require(fits, f"{path}.{key}", "BASE_TYPE_CHOICES", f"One or more of {known}, each once")
    form.require(
        size(command) <= MOST_CHARACTERS,
        path,
        "APPLICATION_COMMAND_TOO_LARGE",
        f"Command exceeds maximum size ({MOST_CHARACTERS})",
    )


def _check_name(form: Form, thing: Option, path: str) -> None:
    name = thing.get("name")
    fits = isinstance(name, str) and NAME.fullmatch(name) is not None and name == name.lower()
    form.require(fits, f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(form: Form, parent: Option, path: str, *, depth: int) -> None:
    """Check options; `depth` is 0 in a command, 1 in a subcommand or group of it, 2 in a group's subcommand."""
    options = listed(parent, "options")
    path = f"{path}.options"
    form.require(len(options) <= 25, path, "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    names = [option.get("name") for option in options]
    form.require(
        len(set(names)) == len(names),
        path,
        "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        "Names must be unique",
    )
    nested = {option.get("type") in NESTING for option in options}
    form.require(
        len(nested) < 2,
        path,
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        "Sub-commands and options do not mix",
    )
    _check_required_first(form, options, path)
    for index, option in enumerate(options):
        _check_option(form, option, f"{path}.{index}", parent, depth)


def _check_required_first(form: Form, options: list[Option], path: str) -> None:
    required = [bool(option.get("required")) for option in options]
    form.require(
        required == sorted(required, reverse=True),
        path,
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        "Required options must be placed before non-required options",
    )


def _check_option(form: Form, option: Option, path: str, parent: Option, depth: int) -> None:
    _check_name(form, option, path)
    form.text(option.get("description"), f"{path}.description", most=100, least=1)
    kind = option.get("type")
    if kind not in list(OptionType):
        form.wrong(f"{path}.type", "BASE_TYPE_CHOICES", "Not an option type")
    elif kind in NESTING:
        in_group = parent.get("type") == OptionType.GROUP and depth > 0
        allowed = depth == 0 or (in_group and kind == OptionType.SUBCOMMAND)
        form.require(allowed, f"{path}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep")
        if allowed:
            _check_options(form, option, path, depth=depth + 1)
    else:
        _check_values(form, option, path)


def _check_values(form: Form, option: Option, path: str) -> None:
    kind = option["type"]
    choices = listed(option, "choices")
    form.require(
        not choices or kind in WITH_CHOICES,
        f"{path}.choices",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        "No choices here",
    )
    form.require(len(choices) <= 25, f"{path}.choices", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    for index, choice in enumerate(choices):
        form.text(choice.get("name"), f"{path}.choices.{index}.name", most=100, least=1)
        if kind == OptionType.STRING:
            form.text(choice.get("value"), f"{path}.choices.{index}.value", most=100, least=1)
    form.require(
        not (choices and option.get("autocomplete")),
        f"{path}.autocomplete",
        "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_WITH_CHOICES",
        "Autocomplete and choices exclude each other",
    )
    form.require(
        not option.get("autocomplete") or kind in WITH_CHOICES,
        f"{path}.autocomplete",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        "No autocomplete here",
    )
    _check_bounds(form, option, path)


def _check_bounds(form: Form, option: Option, path: str) -> None:
    for key, least in (("min_length", 0), ("max_length", 1)):
        value = option.get(key)
        if value is not None:
            fits = option["type"] == OptionType.STRING and isinstance(value, int) and least <= value <= 6000
            form.require(fits, f"{path}.{key}", "NUMBER_TYPE_MAX", f"An integer from {least} to 6000, for strings")
    for key in ("min_value", "max_value"):
        value = option.get(key)
        if value is not None:
            whole = option["type"] != OptionType.INTEGER or isinstance(value, int)
            fits = option["type"] in (OptionType.INTEGER, OptionType.NUMBER) and whole
            form.require(fits, f"{path}.{key}", "NUMBER_TYPE_COERCE", "A number of the option's type")


def size(command: Option) -> int:
    """Count the characters of names, descriptions and values; of each text, its longest localization counts."""
    return sum(_texts(command))


def _texts(thing: Option) -> Iterator[int]:
    for key in PARTLY_LOCALIZED:
        shown = [str(thing.get(key) or ""), *nested(thing, f"{key}_localizations").values()]
        yield max(map(len, shown))
    if isinstance(thing.get("value"), str):
        yield len(thing["value"])
    for part in (*listed(thing, "options"), *listed(thing, "choices")):
        yield from _texts(part)
