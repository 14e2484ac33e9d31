"""The consent of the person who is heard in a sample."""

from dataclasses import dataclass

from bot.audio.reader import AudioReader
from bot.clock import Clock
from bot.fish_audio.client import FishAudio
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer
from bot.services.consent.consent_requests import ConsentRequestService
from bot.services.consent.listenings import Listenings
from bot.services.consent.spoken_consent import SpokenConsent
from bot.services.servers import ServerServices
from bot.storage import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentServices:
    consent_requests: ConsentRequestService
    listenings: Listenings
    spoken_consent: SpokenConsent


def build(
    stores: Stores,
    samples: SampleReader,
    audio: AudioReader,
    fish_audio: FishAudio,
    server: ServerServices,
    alerts: AlertService,
    signer: Signer,
    clock: Clock,
    *,
    daily_per_member: int,
    daily_per_server: int,
) -> ConsentServices:
    """Build the package; the figures are in recordings that Fish Audio listens to, 0 for no limit."""
    listenings = Listenings(stores.budgets, signer, clock, per_member=daily_per_member, per_server=daily_per_server)
    return ConsentServices(
        consent_requests=ConsentRequestService(
            stores.consent_requests, stores.voices, samples, server.guards, signer, clock
        ),
        listenings=listenings,
        spoken_consent=SpokenConsent(
            stores.sentences, server.rules, server.guards, audio, fish_audio, listenings, alerts, clock
        ),
    )
