"""Sharing: which members may use which voice, where and for how long."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.clock import Clock
from bot.models.common import Work
from bot.services.servers import ServerServices
from bot.services.sharing.allowed_servers import AllowedServers
from bot.services.sharing.membership import Membership
from bot.services.sharing.share_expiry import ShareExpiry
from bot.services.sharing.sharing import SharingService
from bot.services.sharing.suggestions import Suggestions
from bot.services.sharing.usable_voices import UsableVoices
from bot.storage import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingServices:
    allowed_servers: AllowedServers
    membership: Membership
    sharing: SharingService
    suggestions: Suggestions
    usable_voices: UsableVoices


def build(stores: Stores, server: ServerServices, clock: Clock, *, allowed_servers: Collection[int]) -> SharingServices:
    membership = Membership(clock)
    share_expiry = ShareExpiry(stores.shares, membership, clock)
    usable_voices = UsableVoices(stores.voices_in_reach, stores.retired_names, share_expiry, clock)
    suggestions = Suggestions(stores.voices_in_reach, stores.server_shares, stores.utterances, clock)
    stores.wakeups.subscribe(Work.SHARES, suggestions.outdate)
    return SharingServices(
        allowed_servers=AllowedServers(membership, allowed_servers),
        membership=membership,
        sharing=SharingService(stores.shares, stores.voices, usable_voices, server, membership, share_expiry, clock),
        suggestions=suggestions,
        usable_voices=usable_voices,
    )
