"""The rules. Services know the stores, Fish Audio and the time, and nothing of Discord."""

from dataclasses import dataclass

from bot.services.common.alerts import AlertService
from bot.services.common.timekeeping import Timekeeping
from bot.services.consent.consent_requests import ConsentRequestService
from bot.services.members.erasures import ErasureService
from bot.services.members.notices import NoticeService
from bot.services.members.privacy import PrivacyService
from bot.services.provenance.provenance import ProvenanceService
from bot.services.servers.left_servers import LeftServers
from bot.services.servers.rules import RulesService
from bot.services.servers.server_log import ServerLogService
from bot.services.sharing.allowed_servers import AllowedServers
from bot.services.sharing.membership import Membership
from bot.services.sharing.sharing import SharingService
from bot.services.sharing.suggestions import Suggestions
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.delivery.captions import CaptionService
from bot.services.speech.delivery.speech import SpeechService
from bot.services.speech.delivery.takes import TakeService
from bot.services.speech.imitation.one_offs import OneOffService
from bot.services.speech.making import SoundMaker
from bot.services.speech.previews import PreviewService
from bot.services.speech.pronunciations import PronunciationService
from bot.services.speech.scripts import ScriptService
from bot.services.speech.synthesis.emotions import Emotions
from bot.services.speech.synthesis.sound_cache import SoundCache
from bot.services.speech.usage import UsageService
from bot.services.speech.utterances import UtteranceService
from bot.services.voices.creation import CreationService
from bot.services.voices.drafts import DraftService
from bot.services.voices.removals import RemovalService
from bot.services.voices.training import TrainingService
from bot.services.voices.training_polls import TrainingPolls
from bot.services.voices.voices import VoiceService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every service, built once by `bot.app`."""

    alerts: AlertService
    allowances: AllowanceService
    allowed_servers: AllowedServers
    captions: CaptionService
    consent_requests: ConsentRequestService
    creation: CreationService
    left_servers: LeftServers
    drafts: DraftService
    emotions: Emotions
    erasures: ErasureService
    membership: Membership
    notices: NoticeService
    one_offs: OneOffService
    previews: PreviewService
    pronunciations: PronunciationService
    provenance: ProvenanceService
    privacy: PrivacyService
    removals: RemovalService
    usable_voices: UsableVoices
    rules: RulesService
    server_log: ServerLogService
    sharing: SharingService
    scripts: ScriptService
    sound_maker: SoundMaker
    sounds: SoundCache
    speech: SpeechService
    suggestions: Suggestions
    takes: TakeService
    timekeeping: Timekeeping
    training: TrainingService
    training_polls: TrainingPolls
    usage: UsageService
    utterances: UtteranceService
    voices: VoiceService
