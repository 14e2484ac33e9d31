"""The rules. A service decides; it knows the stores, Fish Audio and the time, and nothing of Discord."""

from dataclasses import dataclass

from bot.services.alerts import AlertService
from bot.services.allowances import AllowanceService
from bot.services.consent_requests import ConsentRequestService
from bot.services.creation import CreationService
from bot.services.departed_servers import DepartedServers
from bot.services.drafts import DraftService
from bot.services.erasures import ErasureService
from bot.services.membership import Membership
from bot.services.notices import NoticeService
from bot.services.previews import PreviewService
from bot.services.privacy import PrivacyService
from bot.services.provenance import ProvenanceService
from bot.services.removals import RemovalService
from bot.services.repertoire import Repertoire
from bot.services.rules import RulesService
from bot.services.server_log import ServerLogService
from bot.services.sharing import SharingService
from bot.services.speech import SpeechService
from bot.services.training import TrainingService
from bot.services.usage import UsageService
from bot.services.utterances import UtteranceService
from bot.services.voices import VoiceService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every service, built once by `bot.app`."""

    alerts: AlertService
    allowances: AllowanceService
    consent_requests: ConsentRequestService
    creation: CreationService
    departed_servers: DepartedServers
    drafts: DraftService
    erasures: ErasureService
    membership: Membership
    notices: NoticeService
    previews: PreviewService
    provenance: ProvenanceService
    privacy: PrivacyService
    removals: RemovalService
    repertoire: Repertoire
    rules: RulesService
    server_log: ServerLogService
    sharing: SharingService
    speech: SpeechService
    training: TrainingService
    usage: UsageService
    utterances: UtteranceService
    voices: VoiceService
