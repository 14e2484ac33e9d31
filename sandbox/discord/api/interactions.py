"""The endpoints of interactions: the first response, the original, and the follow-ups."""

from typing import Any, cast

from aiohttp import web

from sandbox.discord.api.messages import Messages
from sandbox.discord.validation.components import numbered
from sandbox.discord.validation.drafts import EDIT_FLAGS, FOLLOWUP_FLAGS, RESPONSE_FLAGS, Draft, read_draft
from sandbox.discord.validation.errors import (
    ALREADY_ACKNOWLEDGED,
    BAD_JSON,
    TOKEN_EXPIRED,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    ApiError,
    Form,
)
from sandbox.discord.validation.modals import check_modal
from sandbox.discord.world.model import (
    FIRST_RESPONSE_SECONDS,
    TOKEN_SECONDS,
    CallbackType,
    Interaction,
    InteractionType,
    Message,
    MessageFlag,
    World,
)
from sandbox.discord.world.payloads import Payloads, answer
from sandbox.discord.world.shapes import listed, nested
from sandbox.faults import Body, Recorder

ALLOWED_ANSWERS = {
    InteractionType.COMMAND: {CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE, CallbackType.MODAL},
    InteractionType.COMPONENT: {
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
        CallbackType.MODAL,
    },
    InteractionType.AUTOCOMPLETE: {CallbackType.AUTOCOMPLETE_RESULT},
    InteractionType.MODAL_SUBMIT: {
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
    },
}
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"


class InteractionRoutes:
    def __init__(self, world: World, messages: Messages, payloads: Payloads, recorder: Recorder) -> None:
        self._world = world
        self._messages = messages
        self._payloads = payloads
        self._recorder = recorder

    def add_to(self, router: web.UrlDispatcher, base: str) -> None:
        router.add_post(f"{base}/interactions/{{interaction_id}}/{{interaction_token}}/callback", self.respond)
        router.add_post(f"{base}{WEBHOOK}", self.follow_up)
        for name, find in (("@original", self._original), ("{message_id}", self._followup)):
            self._add_message_routes(router, f"{base}{WEBHOOK}/messages/{name}", find)

    def _add_message_routes(self, router: web.UrlDispatcher, path: str, find: Any) -> None:
        async def get(request: web.Request) -> web.Response:
            return answer(self._payloads.message(find(request, self._open(request))))

        async def edit(request: web.Request) -> web.Response:
            interaction = self._open(request)
            message = find(request, interaction)
            self._edit(interaction, message, self._draft(request, interaction, EDIT_FLAGS))
            return answer(self._payloads.message(message))

        async def delete(request: web.Request) -> web.Response:
            interaction = self._open(request)
            message = find(request, interaction)
            self._world.delete(message)
            interaction.original_deleted |= message is interaction.original
            self._world.answered(interaction)
            return web.Response(status=204)

        router.add_get(path, get)
        router.add_patch(path, edit)
        router.add_delete(path, delete)

    async def respond(self, request: web.Request) -> web.Response:
        interaction = self._waiting(request)
        body = self._recorder.body(request)
        sent = _json(body)
        kind = _callback_type(sent, interaction)
        data = nested(sent, "data")
        interaction.original = self._answer(interaction, kind, data, body)
        interaction.answered = kind
        interaction.answer = {**data, "components": numbered(listed(data, "components"))}
        self._world.answered(interaction)
        if request.query.get("with_response", "").lower() in ("1", "true"):
            return answer(self._payloads.callback(interaction))
        return web.Response(status=204)

    def _answer(self, interaction: Interaction, kind: CallbackType, data: dict[str, Any], body: Body) -> Message | None:
        """Do what the first response says. Returns the message that is the original from now on."""
        match kind:
            case CallbackType.MESSAGE:
                draft = self._read(interaction, data, body, RESPONSE_FLAGS, base="data.")
                return self._messages.create(interaction.channel, draft, interaction)
            case CallbackType.DEFERRED_MESSAGE:
                return self._messages.placeholder(interaction, ephemeral=_deferred_ephemerally(data))
            case CallbackType.UPDATE:
                draft = self._read(interaction, data, body, EDIT_FLAGS, base="data.")
                message = _component_message(interaction)
                self._messages.edit(message, draft)
                return message
            case CallbackType.DEFERRED_UPDATE:
                return _component_message(interaction)
            case CallbackType.AUTOCOMPLETE_RESULT:
                _check_choices(data)
            case CallbackType.MODAL:
                form = Form()
                check_modal(form, data)
                form.check()
        return None

    async def follow_up(self, request: web.Request) -> web.Response:
        interaction = self._open(request)
        draft = self._draft(request, interaction, FOLLOWUP_FLAGS)
        if interaction.thinking and interaction.original is not None:
            self._edit(interaction, interaction.original, draft)
            return answer(self._payloads.message(interaction.original))
        message = self._messages.create(interaction.channel, draft, interaction)
        interaction.followups.append(message)
        self._world.answered(interaction)
        return answer(self._payloads.message(message))

    def _edit(self, interaction: Interaction, message: Message, draft: Draft) -> None:
        self._messages.edit(message, draft)
        interaction.filled |= message is interaction.original
        self._world.answered(interaction)

    def _waiting(self, request: web.Request) -> Interaction:
        """Return the interaction if it can still get its first response. Raises ApiError."""
        interaction = self._world.interactions.get(request.match_info["interaction_token"])
        if interaction is None or str(interaction.id) != request.match_info["interaction_id"]:
            raise ApiError(*UNKNOWN_INTERACTION)
        if interaction.answered is not None:
            raise ApiError(*ALREADY_ACKNOWLEDGED)
        if self._age(interaction) > FIRST_RESPONSE_SECONDS:
            raise ApiError(*UNKNOWN_INTERACTION)
        return interaction

    def _open(self, request: web.Request) -> Interaction:
        """Return the interaction of a webhook's token; it has a webhook once it was answered. Raises ApiError."""
        interaction = self._world.interactions.get(request.match_info["webhook_token"])
        application_id = str(self._world.application.id)
        if interaction is None or request.match_info["webhook_id"] != application_id:
            raise ApiError(*UNKNOWN_WEBHOOK)
        if self._age(interaction) > TOKEN_SECONDS:
            raise ApiError(*TOKEN_EXPIRED)
        if interaction.answered is None or interaction.type is InteractionType.AUTOCOMPLETE:
            raise ApiError(*UNKNOWN_WEBHOOK)
        return interaction

    def _age(self, interaction: Interaction) -> float:
        return self._world.clock.now() - interaction.created_at

    def _original(self, _request: web.Request, interaction: Interaction) -> Message:
        if interaction.original is None or interaction.original.deleted:
            raise ApiError(*UNKNOWN_MESSAGE)
        return interaction.original

    def _followup(self, request: web.Request, interaction: Interaction) -> Message:
        """Return a message of this interaction: one that answers it, or the one whose button was used."""
        for message in (*interaction.followups, interaction.original, interaction.message):
            if message is not None and str(message.id) == request.match_info["message_id"] and not message.deleted:
                return message
        raise ApiError(*UNKNOWN_MESSAGE)

    def _draft(self, request: web.Request, interaction: Interaction, flags: MessageFlag) -> Draft:
        body = self._recorder.body(request)
        return self._read(interaction, _json(body), body, flags)

    def _read(
        self,
        interaction: Interaction,
        data: dict[str, Any],
        body: Body,
        flags: MessageFlag,
        *,
        base: str = "",
    ) -> Draft:
        return read_draft(data, body.parts, flags=flags, size_limit=interaction.size_limit, base=base)


def _json(body: Body) -> dict[str, Any]:
    try:
        sent = body.json()
    except ValueError as error:
        raise ApiError(*BAD_JSON) from error
    if not isinstance(sent, dict):
        raise ApiError(*BAD_JSON)
    return cast("dict[str, Any]", sent)


def _callback_type(sent: dict[str, Any], interaction: Interaction) -> CallbackType:
    form = Form()
    allowed = ALLOWED_ANSWERS[interaction.type]
    if interaction.type is InteractionType.MODAL_SUBMIT and interaction.message is None:
        allowed = allowed - {CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE}
    kind = sent.get("type")
    form.require(
        kind in allowed,
        "type",
        "INTERACTION_APPLICATION_RESPONSE_TYPE_INVALID",
        f"Type {kind} cannot answer this interaction.",
    )
    form.check()
    return CallbackType(sent["type"])


def _deferred_ephemerally(data: dict[str, Any]) -> bool:
    flags = data.get("flags") or 0
    form = Form()
    form.require(
        not flags & ~int(MessageFlag.EPHEMERAL),
        "data.flags",
        "MESSAGE_FLAGS_INVALID",
        "Only EPHEMERAL may be set.",
    )
    form.check()
    return bool(flags & MessageFlag.EPHEMERAL)


def _component_message(interaction: Interaction) -> Message:
    if interaction.message is None or interaction.message.deleted:
        raise ApiError(*UNKNOWN_MESSAGE)
    return interaction.message


def _check_choices(data: dict[str, Any]) -> None:
    choices = listed(data, "choices")
    form = Form()
    form.require(len(choices) <= 25, "data.choices", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    for index, choice in enumerate(choices):
        path = f"data.choices.{index}"
        form.text(choice.get("name"), f"{path}.name", most=100, least=1)
        if isinstance(choice.get("value"), str):
            form.text(choice["value"], f"{path}.value", most=100, least=1)
        elif not isinstance(choice.get("value"), int | float):
            form.wrong(f"{path}.value", "BASE_TYPE_REQUIRED", "This field is required")
    form.check()
