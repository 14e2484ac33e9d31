"""Checks requests to Fish Audio against Fish Audio's own file."""

from collections.abc import Iterator

import ormsgpack

from sandbox.faults import Request
from tests.contracts.operations import Complaint, Contract, Operation, read_text
from tests.contracts.reference import Schema


class FishAudioContract(Contract):
    def complaints(self, request: Request) -> Iterator[Complaint]:
        operation = self.operation(request.method, request.path)
        if operation is None:
            yield Complaint(f"{request.method} {request.path}", "path", "is not in the file")
            return
        headers = {name: request.headers[name] for name in operation.parameters("header") if name in request.headers}
        yield from self.parameter_complaints(operation, "path", operation.arguments)
        yield from self.parameter_complaints(operation, "query", request.query)
        yield from self.parameter_complaints(operation, "header", headers)
        yield from self._body_complaints(operation, request)

    def _body_complaints(self, operation: Operation, request: Request) -> Iterator[Complaint]:
        if not request.body.raw and not request.body.parts:
            if operation.needs_body:
                yield Complaint(operation.name, "body", "is missing")
            return
        schema = operation.body(request.body.content_type)
        if schema is None:
            yield Complaint(operation.name, "body", f"may not be {request.body.content_type}")
            return
        schema = self.resolved(schema)
        content = form_fields(request, schema) if request.body.parts else packed_fields(request, schema)
        for place, message in self.problems(schema, content):
            yield Complaint(operation.name, f"body.{place}".rstrip("."), message)


def packed_fields(request: Request, schema: Schema) -> object:
    """Return the unpacked msgpack body, with bytes as text, since JSON Schema knows `binary` as text."""
    fields = ormsgpack.unpackb(request.body.raw)
    binary = {name for name, described in schema["properties"].items() if described.get("format") == "binary"}
    for name in binary & fields.keys():
        if isinstance(fields[name], bytes):
            fields[name] = fields[name].decode("latin-1")
    for reference in fields.get("references") or ():
        if isinstance(reference.get("audio"), bytes):
            reference["audio"] = reference["audio"].decode("latin-1")
    return fields


def form_fields(request: Request, schema: Schema) -> dict[str, object]:
    """Return the form as the service reads it: repeatable fields as lists, `true` as a boolean."""
    fields: dict[str, object] = {}
    for part in request.body.parts:
        described = schema["properties"].get(part.name, {})
        value = read_text(part.data.decode("latin-1"), described)
        if any(kind.get("type") == "array" for kind in described.get("anyOf", ())):
            known = fields.get(part.name)
            fields[part.name] = [*known, value] if isinstance(known, list) else [value]
        else:
            fields[part.name] = value
    return fields
