"""Builds every part once, opens them in the order they are needed, and closes them in reverse."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import aclosing, contextmanager

import structlog

from bot.attachments import AttachmentReader, open_attachments
from bot.audio.reader import AudioReader
from bot.client import Mynah, use_addresses
from bot.clock import Alarm, Clock
from bot.errors import FishAudioError, KeyRefused, UserError
from bot.fish_audio import FishAudio, open_fish_audio
from bot.health import serving_health
from bot.services import Services
from bot.services.alerts import AlertService
from bot.services.allowances import AllowanceService
from bot.services.consent_requests import ConsentRequestService
from bot.services.creation import CreationService
from bot.services.departed_servers import DepartedServers
from bot.services.drafts import DraftService
from bot.services.erasures import ErasureService
from bot.services.lapses import Lapses
from bot.services.membership import Membership
from bot.services.notices import NoticeService
from bot.services.previews import PreviewService
from bot.services.privacy import PrivacyService
from bot.services.provenance import ProvenanceService
from bot.services.removals import RemovalService
from bot.services.repertoire import Repertoire
from bot.services.rules import RulesService
from bot.services.samples import SampleReader
from bot.services.seal import Seal, open_seal
from bot.services.server_log import ServerLogService
from bot.services.sharing import SharingService
from bot.services.speech import SpeechService
from bot.services.spoken_consent import SpokenConsent
from bot.services.synthesis import Synthesis
from bot.services.training import TrainingService
from bot.services.usage import UsageService
from bot.services.utterances import UtteranceService
from bot.services.voices import VoiceService
from bot.settings import Settings
from bot.storage.alerts import AlertStore
from bot.storage.allowances import AllowanceStore
from bot.storage.database import Database
from bot.storage.departed_servers import DepartedServerStore
from bot.storage.departures import DepartureStore
from bot.storage.erasures import ErasureStore
from bot.storage.notices import NoticeStore
from bot.storage.opening import open_database
from bot.storage.personal_data import PersonalDataStore
from bot.storage.registrations import RegistrationStore
from bot.storage.removals import RemovalStore
from bot.storage.requests import RequestStore
from bot.storage.rules import RulesStore
from bot.storage.secrets import SecretStore
from bot.storage.sentences import SentenceStore
from bot.storage.server_log import ServerLogStore
from bot.storage.sharing import ShareStore
from bot.storage.training import TrainingStore
from bot.storage.utterances import UtteranceStore
from bot.storage.voices import VoiceStore

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
        seal = await open_seal(SecretStore(database))
        services = build_services(database, fish_audio, attachments, audio, seal, clock, settings)
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
    seal: Seal,
    clock: Clock,
    settings: Settings,
) -> Services:
    voices, shares, departures = VoiceStore(database), ShareStore(database), DepartureStore(database)
    membership = Membership(clock)
    lapses = Lapses(shares, membership, clock)
    repertoire = Repertoire(voices, shares, departures, lapses, clock)
    server_log = ServerLogService(ServerLogStore(database), clock)
    rules = RulesService(RulesStore(database), clock, logged=server_log.alarm)
    queued, removed = Alarm(clock), Alarm(clock)
    alerts = AlertService(AlertStore(database), clock)
    allowances = AllowanceService(
        AllowanceStore(database), rules, seal, clock, daily_characters=settings.daily_characters_per_member
    )
    synthesis = Synthesis(fish_audio, seal, clock)
    utterances = UtteranceService(UtteranceStore(database), clock)
    requests = RequestStore(database)
    notices = NoticeService(NoticeStore(database), voices, requests, clock)
    samples = SampleReader(attachments, audio)
    consent_requests = ConsentRequestService(
        requests, voices, samples, rules, seal, clock, queued=queued, notices=notices.alarm
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
        departed_servers=DepartedServers(DepartedServerStore(database), clock),
        drafts=DraftService(
            voices,
            samples,
            consent_requests,
            rules,
            spoken_consent,
            clock,
            most_voices=settings.max_voices_per_member,
            queued=queued,
        ),
        erasures=ErasureService(
            ErasureStore(database), clock, finished=removed, removals=removals.alarm, notices=notices.alarm
        ),
        membership=membership,
        notices=notices,
        previews=PreviewService(synthesis, alerts),
        provenance=ProvenanceService(UtteranceStore(database), attachments, seal),
        privacy=PrivacyService(PersonalDataStore(database), allowances, clock),
        removals=removals,
        repertoire=repertoire,
        rules=rules,
        server_log=server_log,
        sharing=SharingService(shares, voices, repertoire, rules, membership, lapses, clock),
        speech=SpeechService(
            repertoire,
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
            departures,
            repertoire,
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
