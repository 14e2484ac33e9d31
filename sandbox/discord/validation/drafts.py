"""Reads the body of a message, and refuses what Discord refuses."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.discord.validation.components import check_message_components
from sandbox.discord.validation.errors import (
    TOO_LARGE,
    TOO_MANY_ATTACHMENTS,
    VOICE_MESSAGE_ATTACHMENT,
    VOICE_MESSAGE_CONTENT,
    VOICE_MESSAGE_METADATA,
    ApiError,
    Form,
)
from sandbox.discord.world.model import MessageFlag
from sandbox.discord.world.shapes import listed, nested
from sandbox.faults import Part

FILE_FIELD = re.compile(r"files\[(\d+)\]")

CREATE_FLAGS = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.IS_COMPONENTS_V2
)
RESPONSE_FLAGS = CREATE_FLAGS | MessageFlag.EPHEMERAL
FOLLOWUP_FLAGS = RESPONSE_FLAGS & ~MessageFlag.IS_VOICE_MESSAGE
EDIT_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    filename: str
    content_type: str | None  # as sent
    data: bytes = field(repr=False)
    description: str | None
    duration_secs: float | None
    waveform: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A checked body. None stands for a field that was not sent, and leaves things as they are on an edit."""

    content: str | None
    embeds: list[dict[str, Any]] | None
    components: list[dict[str, Any]] | None
    flags: MessageFlag
    allowed_mentions: dict[str, Any] | None
    files: tuple[NewFile, ...]
    kept_attachments: frozenset[int] | None
    nonce: str | int | None
    enforce_nonce: bool
    reply_to: int | None = None  # the message to reply to
    reply_must_find_it: bool = True

    @property
    def empty(self) -> bool:
        return not (self.content or self.embeds or self.components or self.files or self.kept_attachments)


def read_draft(
    data: dict[str, Any], parts: tuple[Part, ...], *, flags: MessageFlag, size_limit: int, base: str = ""
) -> Draft:
    """Check a message body against `flags` (those allowed here) and `size_limit` (bytes per file).

    `base` is where the form's errors begin, "data." for the first response to an interaction.
    Raises ApiError: 50035, 413/40005, 30015 or one of the voice messages' own codes.
    """
    form = Form()
    _check_texts(form, data, base)
    given = _flags(form, data.get("flags"), flags, base)
    attachments = _attachment_entries(form, data.get("attachments"), base)
    files = _files(form, parts, attachments, base)
    check_allowed_mentions(form, data.get("allowed_mentions"), base)
    reference = nested(data, "message_reference")
    reply_to = _reply_to(form, data.get("message_reference"), base)
    newer = MessageFlag.IS_COMPONENTS_V2 in given
    if data.get("components") is not None:
        names = {file.filename for file in files}
        check_message_components(form, data["components"], newer=newer, filenames=names)
    if newer:
        for key in ("content", "embeds"):
            form.require(
                not data.get(key),
                f"{base}{key}",
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )
    form.check()
    _check_sizes(files, attachments, size_limit)
    draft = Draft(
        content="" if "content" in data and data["content"] is None else data.get("content"),
        embeds=[] if "embeds" in data and data["embeds"] is None else data.get("embeds"),
        components=[] if "components" in data and data["components"] is None else data.get("components"),
        flags=given,
        allowed_mentions=data.get("allowed_mentions"),
        files=files,
        kept_attachments=_kept(attachments, len(files)) if "attachments" in data else None,
        nonce=data.get("nonce"),
        enforce_nonce=bool(data.get("enforce_nonce")),
        reply_to=reply_to,
        reply_must_find_it=reference.get("fail_if_not_exists") is not False,
    )
    _check_voice_message(draft)
    return draft


def _check_texts(form: Form, data: dict[str, Any], base: str) -> None:
    if data.get("content") is not None:
        form.text(data["content"], f"{base}content", most=2000)
    nonce = data.get("nonce")
    if nonce is not None and not isinstance(nonce, int):
        form.text(nonce, f"{base}nonce", most=25)
    embeds = listed(data, "embeds")
    form.require(len(embeds) <= 10, f"{base}embeds", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 10 in length.")
    for index, embed in enumerate(embeds):
        _check_embed(form, embed, f"{base}embeds.{index}")
    form.require(
        sum(map(_embed_size, embeds)) <= 6000,
        f"{base}embeds",
        "MAX_EMBED_SIZE_EXCEEDED",
        "Embed size exceeds maximum size of 6000",
    )


def _check_embed(form: Form, embed: dict[str, Any], path: str) -> None:
    for key, most in (("title", 256), ("description", 4096)):
        if embed.get(key) is not None:
            form.text(embed[key], f"{path}.{key}", most=most)
    fields = listed(embed, "fields")
    form.require(len(fields) <= 25, f"{path}.fields", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    for index, row in enumerate(fields):
        form.text(row.get("name"), f"{path}.fields.{index}.name", most=256, least=1)
        form.text(row.get("value"), f"{path}.fields.{index}.value", most=1024, least=1)
    for key, name, most in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(key):
            form.text(embed[key].get(name), f"{path}.{key}.{name}", most=most)


def _embed_size(embed: dict[str, Any]) -> int:
    fields = [text for row in listed(embed, "fields") for text in (row.get("name"), row.get("value"))]
    texts: list[Any] = [embed.get("title"), embed.get("description"), *fields]
    texts += [nested(embed, "footer").get("text"), nested(embed, "author").get("name")]
    return sum(len(text) for text in texts if isinstance(text, str))


def _flags(form: Form, value: object, allowed: MessageFlag, base: str) -> MessageFlag:
    if value is None:
        return MessageFlag(0)
    if not isinstance(value, int) or value & ~int(allowed):
        form.wrong(f"{base}flags", "MESSAGE_FLAGS_INVALID", "A message flag is not allowed here.")
        return MessageFlag(0)
    return MessageFlag(value)


def _reply_to(form: Form, value: object, base: str) -> int | None:
    if value is None:
        return None
    message_id = cast("dict[str, Any]", value).get("message_id") if isinstance(value, dict) else None
    is_id = str(message_id).isdecimal()
    form.require(is_id, f"{base}message_reference.message_id", "BASE_TYPE_REQUIRED", "This field is required")
    return int(str(message_id)) if is_id else None


def _attachment_entries(form: Form, value: object, base: str) -> list[dict[str, Any]]:
    """Return the metadata of files; an entry's id is a file's number, or the snowflake of a file that stays."""
    entries = cast("list[dict[str, Any]]", value or [])
    for index, entry in enumerate(entries):
        path = f"{base}attachments.{index}"
        form.require(
            "id" in entry and str(entry["id"]).isdecimal(),
            f"{path}.id",
            "BASE_TYPE_REQUIRED",
            "This field is required",
        )
        for key, most in (("filename", 1024), ("description", 1024), ("waveform", 400)):
            if entry.get(key) is not None:
                form.text(entry[key], f"{path}.{key}", most=most)
        seconds = entry.get("duration_secs")
        if seconds is not None and not (_is_number(seconds) and 0 <= seconds <= 2**31 - 1):
            form.wrong(f"{path}.duration_secs", "NUMBER_TYPE_COERCE", "The duration is not a number of seconds.")
    return entries


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _files(form: Form, parts: tuple[Part, ...], entries: list[dict[str, Any]], base: str) -> tuple[NewFile, ...]:
    about = {str(entry.get("id")): entry for entry in entries}
    files: list[NewFile] = []
    for part in parts:
        if part.filename is None:
            continue
        number = FILE_FIELD.fullmatch(part.name)
        if number is None:
            form.wrong(base + part.name.replace(".", "_"), "BASE_TYPE_BAD_FIELD", "Files are named files[n].")
            continue
        entry = about.get(number[1], {})
        spoken = (part.content_type or "").startswith("audio/")  # only then are the next two honoured
        files.append(
            NewFile(
                filename=clean_filename(entry.get("filename") or part.filename),
                content_type=part.content_type,
                data=part.data,
                description=entry.get("description"),
                duration_secs=entry.get("duration_secs") if spoken else None,
                waveform=entry.get("waveform") if spoken else None,
            )
        )
    return tuple(files)


def clean_filename(name: str) -> str:
    """Replace by underscores what Discord does not allow in a file's name."""
    return re.sub(r"[^\w.\-]", "_", name) or "unknown"


def _check_sizes(files: tuple[NewFile, ...], entries: list[dict[str, Any]], size_limit: int) -> None:
    if len(files) > 10 or len(entries) > 10:
        raise ApiError(*TOO_MANY_ATTACHMENTS)
    if any(len(file.data) > size_limit for file in files):
        raise ApiError(*TOO_LARGE)


def _kept(entries: list[dict[str, Any]], files: int) -> frozenset[int]:
    return frozenset(number for entry in entries if (number := int(entry["id"])) >= files)


def _check_voice_message(draft: Draft) -> None:
    if MessageFlag.IS_VOICE_MESSAGE not in draft.flags:
        return
    if draft.content or draft.embeds or draft.components:
        raise ApiError(*VOICE_MESSAGE_CONTENT)
    if len(draft.files) != 1:
        raise ApiError(*VOICE_MESSAGE_ATTACHMENT)
    if not draft.files[0].duration_secs or not _is_waveform(draft.files[0].waveform):
        raise ApiError(*VOICE_MESSAGE_METADATA)


def _is_waveform(value: str | None) -> bool:
    """Return whether this is base64 of 1 to 256 points."""
    try:
        return 1 <= len(base64.b64decode(value or "", validate=True)) <= 256
    except ValueError:  # also of base64 that is wrong
        return False


def check_allowed_mentions(form: Form, value: object, base: str) -> None:
    if value is None:
        return
    allowed = cast("dict[str, Any]", value)
    parse: list[str] = allowed.get("parse") or []
    path = f"{base}allowed_mentions"
    for kind in parse:
        form.require(kind in ("users", "roles", "everyone"), f"{path}.parse", "BASE_TYPE_CHOICES", "Unknown kind")
    for kind in ("users", "roles"):
        listed: list[str] = allowed.get(kind) or []
        form.require(
            len(listed) <= 100,
            f"{path}.{kind}",
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 0 and 100 in length.",
        )
        form.require(
            not (listed and kind in parse),
            path,
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
        )
