"""A voice from its draft to its removal."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.fish_audio.client import FishAudio
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.consent import ConsentServices
from bot.services.servers import ServerServices
from bot.services.sharing import SharingServices
from bot.services.voices.creation import CreationService
from bot.services.voices.drafts import DraftService
from bot.services.voices.removals import RemovalService
from bot.services.voices.training import TrainingService
from bot.services.voices.training_polls import TrainingPolls, interval_of
from bot.services.voices.voices import VoiceService
from bot.storage import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceServices:
    creation: CreationService
    drafts: DraftService
    removals: RemovalService
    training: TrainingService
    training_polls: TrainingPolls
    voices: VoiceService


def build(
    stores: Stores,
    samples: SampleReader,
    fish_audio: FishAudio,
    server: ServerServices,
    shared: SharingServices,
    consent: ConsentServices,
    alerts: AlertService,
    clock: Clock,
    *,
    max_voices: int,
    poll_seconds: float,
    timeout_seconds: float,
    creations_at_once: int,
) -> VoiceServices:
    """Build the services. `max_voices` is per member, 0 means any number; the other figures are as in `Settings`."""
    removals = RemovalService(stores.removals, fish_audio, alerts, clock, wakeups=stores.wakeups)
    training = TrainingService(
        stores.training,
        stores.voices,
        server.guards,
        clock,
        interval=interval_of(poll_seconds),
        timeout_seconds=timeout_seconds,
    )
    training_polls = TrainingPolls(
        stores.training,
        stores.voices,
        training,
        fish_audio,
        alerts,
        clock,
        interval=interval_of(poll_seconds),
    )
    creation = CreationService(
        stores.training,
        stores.voices,
        fish_audio,
        training,
        removals,
        alerts,
        consent.spoken_consent,
        shared.allowed_servers,
        clock,
        at_once=creations_at_once,
        wakeups=stores.wakeups,
    )
    drafts = DraftService(
        stores.voices,
        samples,
        consent.consent_requests,
        server.rules,
        server.guards,
        consent.spoken_consent,
        shared.usable_voices,
        shared.membership,
        stores.updates,
        clock,
        max_voices=max_voices,
    )
    voices = VoiceService(
        stores.voices,
        stores.voice_details,
        stores.retired_names,
        shared.usable_voices,
        server.guards,
        clock,
    )
    return VoiceServices(
        creation=creation,
        drafts=drafts,
        removals=removals,
        training=training,
        training_polls=training_polls,
        voices=voices,
    )
