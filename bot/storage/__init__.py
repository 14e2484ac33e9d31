"""The database: stores that hold all SQL, over SQLite or PostgreSQL."""

from dataclasses import dataclass

from bot.storage.common.alerts import AlertStore
from bot.storage.common.budgets import BudgetStore
from bot.storage.common.last_seen import LastSeenStore
from bot.storage.common.registrations import RegistrationStore
from bot.storage.common.secrets import SecretStore
from bot.storage.consent.consent_requests import ConsentRequestStore
from bot.storage.consent.sentences import SentenceStore
from bot.storage.engine.database import Database
from bot.storage.engine.wakeups import Wakeups
from bot.storage.members.erasures import ErasureStore
from bot.storage.members.notices import NoticeStore
from bot.storage.members.personal_data import PersonalDataStore
from bot.storage.servers.left_servers import LeftServerStore
from bot.storage.servers.rules import RulesStore
from bot.storage.servers.server_log import ServerLogStore
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.sharing.server_shares import ServerShareStore
from bot.storage.sharing.sharing import ShareStore
from bot.storage.speech.captions import CaptionStore
from bot.storage.speech.one_offs import OneOffStore
from bot.storage.speech.permits import SpeechPermitStore
from bot.storage.speech.pronunciations import PronunciationStore
from bot.storage.speech.takes import TakeStore
from bot.storage.speech.utterances import UtteranceStore
from bot.storage.voices.excerpts import ExcerptStore
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.updates import UpdateStore
from bot.storage.voices.voice_details import VoiceDetailsStore
from bot.storage.voices.voices import VoiceStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every store, built once, and the wake-ups that their changes cause."""

    wakeups: Wakeups
    alerts: AlertStore
    budgets: BudgetStore
    captions: CaptionStore
    consent_requests: ConsentRequestStore
    erasures: ErasureStore
    excerpts: ExcerptStore
    last_seen: LastSeenStore
    left_servers: LeftServerStore
    notices: NoticeStore
    one_offs: OneOffStore
    personal_data: PersonalDataStore
    pronunciations: PronunciationStore
    registrations: RegistrationStore
    removals: RemovalStore
    retired_names: RetiredNameStore
    rules: RulesStore
    secrets: SecretStore
    sentences: SentenceStore
    server_log: ServerLogStore
    server_shares: ServerShareStore
    shares: ShareStore
    training: TrainingStore
    speech_permits: SpeechPermitStore
    takes: TakeStore
    updates: UpdateStore
    utterances: UtteranceStore
    voice_details: VoiceDetailsStore
    voices: VoiceStore
    voices_in_reach: VoicesInReachStore


def build_stores(database: Database) -> Stores:
    return Stores(
        wakeups=database.wakeups,
        alerts=AlertStore(database),
        budgets=BudgetStore(database),
        captions=CaptionStore(database),
        consent_requests=ConsentRequestStore(database),
        erasures=ErasureStore(database),
        excerpts=ExcerptStore(database),
        last_seen=LastSeenStore(database),
        left_servers=LeftServerStore(database),
        notices=NoticeStore(database),
        one_offs=OneOffStore(database),
        personal_data=PersonalDataStore(database),
        pronunciations=PronunciationStore(database),
        registrations=RegistrationStore(database),
        removals=RemovalStore(database),
        retired_names=RetiredNameStore(database),
        rules=RulesStore(database),
        secrets=SecretStore(database),
        sentences=SentenceStore(database),
        server_log=ServerLogStore(database),
        server_shares=ServerShareStore(database),
        shares=ShareStore(database),
        training=TrainingStore(database),
        speech_permits=SpeechPermitStore(database),
        takes=TakeStore(database),
        updates=UpdateStore(database),
        utterances=UtteranceStore(database),
        voice_details=VoiceDetailsStore(database),
        voices=VoiceStore(database),
        voices_in_reach=VoicesInReachStore(database),
    )
