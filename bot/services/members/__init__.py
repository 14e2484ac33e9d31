"""What a member is told, and what is stored about them."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.services.members.erasures import ErasureService
from bot.services.members.notices import NoticeService
from bot.services.members.privacy import PrivacyService
from bot.services.servers.guards import Guards
from bot.services.speech.allowances import AllowanceService
from bot.storage import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberServices:
    erasures: ErasureService
    notices: NoticeService
    privacy: PrivacyService


def build(stores: Stores, allowances: AllowanceService, guards: Guards, clock: Clock) -> MemberServices:
    return MemberServices(
        erasures=ErasureService(stores.erasures, guards, clock),
        notices=NoticeService(stores.notices, stores.voices, stores.consent_requests, clock),
        privacy=PrivacyService(stores.personal_data, allowances, guards, clock),
    )
