"""Builds every part once, opens them in the order they are needed, and closes them in reverse."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import aclosing, contextmanager

import structlog

from bot.audio.reader import AudioReader
from bot.client import Mynah, use_addresses
from bot.clock import Alarm, Clock
from bot.errors import FishAudioError, KeyRefused, UserError
from bot.fish_audio.client import FishAudio, open_fish_audio
from bot.hosting.health import serving_health
from bot.http.attachments import AttachmentReader, open_attachments
from bot.services import Services
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer, open_signer
from bot.services.consent.consent_requests import ConsentRequestService
from bot.services.consent.spoken_consent import SpokenConsent
from bot.services.members.erasures import ErasureService
from bot.services.members.notices import NoticeService
from bot.services.members.privacy import PrivacyService
from bot.services.servers.left_servers import LeftServers
from bot.services.servers.rules import RulesService
from bot.services.servers.server_log import ServerLogService
from bot.services.sharing.membership import Membership
from bot.services.sharing.share_expiry import ShareExpiry
from bot.services.sharing.sharing import SharingService
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.previews import PreviewService
from bot.services.speech.provenance import ProvenanceService
from bot.services.speech.speech import SpeechService
from bot.services.speech.synthesis import Synthesis
from bot.services.speech.usage import UsageService
from bot.services.speech.utterances import UtteranceService
from bot.services.voices.creation import CreationService
from bot.services.voices.drafts import DraftService
from bot.services.voices.removals import RemovalService
from bot.services.voices.training import TrainingService
from bot.services.voices.voices import VoiceService
from bot.settings import Settings
from bot.storage.common.alerts import AlertStore
from bot.storage.common.registrations import RegistrationStore
from bot.storage.common.secrets import SecretStore
from bot.storage.consent.consent_requests import ConsentRequestStore
from bot.storage.consent.sentences import SentenceStore
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.members.erasures import ErasureStore
from bot.storage.members.notices import NoticeStore
from bot.storage.members.personal_data import PersonalDataStore
from bot.storage.servers.left_servers import LeftServerStore
from bot.storage.servers.rules import RulesStore
from bot.storage.servers.server_log import ServerLogStore
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.sharing.sharing import ShareStore
from bot.storage.speech.allowances import AllowanceStore
from bot.storage.speech.utterances import UtteranceStore
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore

log = structlog.get_logger(__name__)

KEY_CHECK_SECONDS = 5.0


class FishKeyRefused(UserError):
    def __init__(self) -> None:
        super().__init__("Fish Audio refuses FISH_API_KEY. Set a valid key and start again.")


async def serve(settings: Settings, clock: Clock | None = None) -> None:
    """Run the bot until it is told to stop. Raises UserError when it cannot start."""
    with ended_by_signal():
        try:
            await _serve(settings, clock or Clock())
        except KeyRefused:  # by Fish Audio, or before it was sent, for what is in it
            raise FishKeyRefused from None


async def _serve(settings: Settings, clock: Clock) -> None:
    use_addresses(settings)
    async with (
        open_database(settings.database_url) as database,
        open_fish_audio(
            api_key=settings.fish_api_key.get_secret_value(),
            api_url=settings.fish_api_url,
            model=settings.fish_model,
            concurrency=settings.fish_concurrency,
        ) as fish_audio,
        open_attachments() as attachments,
        aclosing(AudioReader()) as audio,
    ):
        await _check_key(fish_audio)
        signer = await open_signer(SecretStore(database))
        services = build_services(database, fish_audio, attachments, audio, signer, clock, settings)
        async with (
            Mynah(services, RegistrationStore(database), settings, clock) as bot,
            serving_health(bot, settings.health_port),
        ):
            await bot.run_until_closed(settings.discord_token.get_secret_value())


def build_services(
    database: Database,
    fish_audio: FishAudio,
    attachments: AttachmentReader,
    audio: AudioReader,
    signer: Signer,
    clock: Clock,
    settings: Settings,
) -> Services:
    voices, shares, retired_names = VoiceStore(database), ShareStore(database), RetiredNameStore(database)
    membership = Membership(clock)
    share_expiry = ShareExpiry(shares, membership, clock)
    usable_voices = UsableVoices(voices, shares, retired_names, share_expiry, clock)
    server_log = ServerLogService(ServerLogStore(database), clock)
    rules = RulesService(RulesStore(database), clock, logged=server_log.alarm)
    queued, removed = Alarm(clock), Alarm(clock)
    alerts = AlertService(AlertStore(database), clock)
    allowances = AllowanceService(
        AllowanceStore(database), rules, signer, clock, daily_characters=settings.daily_characters_per_member
    )
    synthesis = Synthesis(fish_audio, signer, clock)
    utterances = UtteranceService(UtteranceStore(database), clock)
    requests = ConsentRequestStore(database)
    notices = NoticeService(NoticeStore(database), voices, requests, clock)
    samples = SampleReader(attachments, audio)
    consent_requests = ConsentRequestService(
        requests, voices, samples, rules, signer, clock, queued=queued, notices=notices.alarm
    )
    removals = RemovalService(RemovalStore(database), fish_audio, alerts, clock, finished=removed)
    training = TrainingService(
        TrainingStore(database),
        voices,
        fish_audio,
        rules,
        alerts,
        clock,
        poll_seconds=settings.training_poll_seconds,
        timeout_seconds=settings.training_timeout_seconds,
        queued=queued,
        notices=notices.alarm,
        removals=removals.alarm,
    )
    spoken_consent = SpokenConsent(SentenceStore(database), rules, audio, fish_audio, alerts, clock)
    creation = CreationService(
        TrainingStore(database),
        voices,
        fish_audio,
        training,
        removals,
        alerts,
        spoken_consent,
        clock,
        at_once=max(1, settings.fish_concurrency // 2),  # the other half of the slots stays with `/say`
        queued=queued,
    )
    return Services(
        alerts=alerts,
        allowances=allowances,
        consent_requests=consent_requests,
        creation=creation,
        left_servers=LeftServers(LeftServerStore(database), clock),
        drafts=DraftService(
            voices,
            samples,
            consent_requests,
            rules,
            spoken_consent,
            clock,
            max_voices=settings.max_voices_per_member,
            queued=queued,
        ),
        erasures=ErasureService(
            ErasureStore(database), clock, finished=removed, removals=removals.alarm, notices=notices.alarm
        ),
        membership=membership,
        notices=notices,
        previews=PreviewService(synthesis, alerts),
        provenance=ProvenanceService(UtteranceStore(database), attachments, signer),
        privacy=PrivacyService(PersonalDataStore(database), allowances, clock),
        removals=removals,
        usable_voices=usable_voices,
        rules=rules,
        server_log=server_log,
        sharing=SharingService(shares, voices, usable_voices, rules, membership, share_expiry, clock),
        speech=SpeechService(
            usable_voices,
            rules,
            allowances,
            training,
            synthesis,
            utterances,
            fish_audio,
            alerts,
            clock,
            longest_text=settings.max_text_length,
        ),
        training=training,
        usage=UsageService(allowances, UtteranceStore(database), clock),
        utterances=utterances,
        voices=VoiceService(
            voices,
            shares,
            NoticeStore(database),
            requests,
            retired_names,
            usable_voices,
            rules,
            clock,
            removals=removals.alarm,
            news=notices.alarm,
        ),
    )


@contextmanager
def ended_by_signal() -> Generator[None]:
    """Let `docker stop` and Ctrl+C end the block as a cancellation does: what it has opened closes in reverse."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked = asyncio.Event()

    def end() -> None:
        if task is not None and not asked.is_set():  # once: a second cancellation would break off the closing
            asked.set()
            task.cancel()

    signals = (signal.SIGINT, signal.SIGTERM)
    for name in signals:
        loop.add_signal_handler(name, end)
    try:
        yield
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
    finally:
        for name in signals:
            loop.remove_signal_handler(name)


async def _check_key(fish_audio: FishAudio) -> None:
    try:
        async with asyncio.timeout(KEY_CHECK_SECONDS):
            await fish_audio.check_key()
    except KeyRefused:
        raise
    except (FishAudioError, TimeoutError) as error:
        log.warning("fish audio does not answer; work waits until it does", error=type(error).__name__)
