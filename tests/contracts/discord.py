"""Checks requests to Discord against Discord's own file."""

import re
from collections.abc import Iterator
from typing import Any, cast

from sandbox.faults import Request
from tests.contracts.operations import Complaint, Contract, Operation
from tests.contracts.reference import Schema


class DiscordContract(Contract):
    def complaints(self, request: Request) -> Iterator[Complaint]:
        operation = self.operation(request.method, request.path)
        if operation is None:
            yield Complaint(f"{request.method} {request.path}", "path", "is not in the file")
            return
        yield from self.parameter_complaints(operation, "path", operation.arguments)
        yield from self.parameter_complaints(operation, "query", request.query)
        yield from self._body_complaints(operation, request)
        yield from self._file_complaints(operation, request)

    def _body_complaints(self, operation: Operation, request: Request) -> Iterator[Complaint]:
        """Check the JSON, alone or beside files as `payload_json`, which the form's schema repeats by property."""
        if not request.body.raw and not request.body.parts:
            if operation.needs_body:
                yield Complaint(operation.name, "body", "is missing")
            return
        schema = operation.body("application/json")
        if schema is None or operation.body(request.body.content_type) is None:
            yield Complaint(operation.name, "body", f"may not be {request.body.content_type}")
            return
        value = request.body.json()
        for place, message in self.problems(self._of_its_type(schema, value), value):
            yield Complaint(operation.name, f"body.{place}".rstrip("."), message)

    def _of_its_type(self, schema: Schema, value: Any) -> Schema:
        """Return the part of a union that describes this `type`, so that complaints are about the right part."""
        for part in map(self.resolved, schema.get("anyOf", [])):
            types = part.get("properties", {}).get("type", {}).get("enum", [])
            if isinstance(value, dict) and cast("Schema", value).get("type") in types:
                return part
        return schema

    def _file_complaints(self, operation: Operation, request: Request) -> Iterator[Complaint]:
        """Check that files are parts named `files[n]`, each announced under that number and name as an attachment."""
        for part in request.body.parts:
            if part.name != "payload_json" and not re.fullmatch(r"files\[[0-9]\]", part.name):
                yield Complaint(operation.name, f"form.{part.name}", "is not known")
        sent = {part.name: part.filename for part in request.body.files}
        if {f"files[{number}]": name for number, name in _announced(request.body.json()).items()} != sent:
            yield Complaint(operation.name, "form", f"files and attachments differ: {sorted(sent)}")


def _announced(body: Any) -> dict[str, str]:
    """Return the new attachments by number. Earlier ones have a snowflake."""
    if not isinstance(body, dict):
        return {}
    message = cast("Schema", body)
    message = cast("Schema", message.get("data") or message)
    attachments: list[Schema] = message.get("attachments") or []
    return {str(each["id"]): each["filename"] for each in attachments if len(str(each["id"])) == 1}
