"""Reads an OpenAPI file: finds the operation that a request calls, and what the operation does not allow in it."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from jsonschema import Draft202012Validator, exceptions

from tests.contracts.reference import Schema


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something in a request that the service's file does not allow."""

    operation: str  # "POST /channels/{channel_id}/messages", as the file has it
    place: str  # "body", "body.components.0", "query.wait", "form.files[0]" …
    message: str


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    description: Schema
    arguments: Mapping[str, str]  # the values in the path, by the file's names

    def parameters(self, where: str) -> dict[str, Schema]:
        return {known["name"]: known for known in self.description["parameters"] if known["in"] == where}

    def body(self, content_type: str) -> Schema | None:
        """Return the schema of the body in this encoding; None if the operation takes none."""
        content = self.description.get("requestBody", {}).get("content", {})
        return content[content_type]["schema"] if content_type in content else None

    @property
    def needs_body(self) -> bool:
        return bool(self.description.get("requestBody", {}).get("required"))


class Contract:
    """An OpenAPI 3.1 file, whose schemas are those of JSON Schema 2020-12.

    It is read more strictly than it is written: an object may have only the properties that are listed. Both services
    ignore unknown ones, so a misspelt option would not be noticed.
    """

    def __init__(self, file: Schema) -> None:
        self._file = closed(file)

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation with the most literal path that fits; None if there is none."""
        found = min(self._matches(path), key=lambda match: len(match[2].groups()), default=None)
        if found is None or method.lower() not in found[1]:
            return None
        template, operations, match = found
        description = operations[method.lower()]
        parameters = [*operations.get("parameters", []), *description.get("parameters", [])]
        names = re.findall(r"\{(\w+)\}", template)
        arguments = dict(zip(names, match.groups(), strict=True))
        return Operation(f"{method} {template}", {**description, "parameters": parameters}, arguments)

    def problems(self, schema: Schema, value: object) -> Iterator[tuple[str, str]]:
        """Yield where and how `value` does not fit the schema; for several reasons, the most telling one."""
        validator: Any = Draft202012Validator({**schema, "components": self._file["components"]})
        for error in validator.iter_errors(value):
            told = cast(Any, exceptions).best_match([error])  # its types are incomplete
            yield ".".join(map(str, told.absolute_path)), told.message

    def parameter_complaints(self, operation: Operation, where: str, given: Mapping[str, str]) -> Iterator[Complaint]:
        """Yield what is wrong with path, query or header parameters, which all arrive as text."""
        known = operation.parameters(where)
        for name, parameter in known.items():
            if parameter.get("required") and name not in given:
                yield Complaint(operation.name, f"{where}.{name}", "is missing")
        for name, text in given.items():
            if name not in known:
                yield Complaint(operation.name, f"{where}.{name}", "is not known")
                continue
            for _, message in self.problems(known[name]["schema"], read_text(text, known[name]["schema"])):
                yield Complaint(operation.name, f"{where}.{name}", message)

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema for which a `$ref` to a component stands."""
        reference = schema.get("$ref")
        return self._file["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema

    def _matches(self, path: str) -> Iterator[tuple[str, Schema, re.Match[str]]]:
        for template, expression in self._templates.items():
            if match := expression.fullmatch(path):
                yield template, self._file["paths"][template], match

    @cached_property
    def _templates(self) -> dict[str, re.Pattern[str]]:
        return {template: _expression(template) for template in self._file["paths"]}


def closed(file: Schema) -> Schema:
    """Return a copy of the file in which every object that lists its properties has no others."""

    def close(node: object) -> None:
        if isinstance(node, dict):
            schema = cast("Schema", node)
            if schema.get("type") == "object" and "properties" in schema:
                schema.setdefault("additionalProperties", False)
            for part in schema.values():
                close(part)
        elif isinstance(node, list):
            for part in cast("list[object]", node):
                close(part)

    copy = deepcopy(file)
    close(copy)
    return copy


def read_text(text: str, schema: Schema) -> object:
    """Return a parameter or form field as the service reads it: a number or a boolean if the schema says so."""
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?[0-9]+", text):
            return int(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case _:
            return text


def _expression(template: str) -> re.Pattern[str]:
    pieces = re.split(r"(\{\w+\})", template)
    return re.compile("".join("([^/]+)" if piece.startswith("{") else re.escape(piece) for piece in pieces))
