"""`/wallet/{user_id}/api-credit`: what is left of the prepaid credit."""

from collections.abc import Iterable

from aiohttp import web

from sandbox.fish_audio.account import Account
from sandbox.fish_audio.answers import error_body
from sandbox.fish_audio.voices import ME, author_id

_OPENED = "2026-01-01T00:00:00Z"


class WalletEndpoint:
    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.get("/wallet/{user_id}/api-credit", self.credit, allow_head=False),)

    async def credit(self, request: web.Request) -> web.Response:
        if request.match_info["user_id"] not in ("self", author_id(ME)):
            return web.json_response(error_body(403, "This is not your wallet"), status=403)
        asked_for_free_credit = request.query.get("check_free_credit") == "true"
        return web.json_response(
            {
                "_id": author_id("wallet"),
                "user_id": author_id(ME),
                "credit": f"{self._account.credit:f}",
                "cumulative_top_up": "10",
                "created_at": _OPENED,
                "updated_at": _OPENED,
                "has_phone_sha256": False,
                "has_free_credit": False if asked_for_free_credit else None,
            }
        )
