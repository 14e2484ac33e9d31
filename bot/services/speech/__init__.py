"""Speaking: a typed text becomes a posted sound with a record."""

from dataclasses import dataclass
from decimal import Decimal

from bot.audio.reader import AudioReader
from bot.clock import Clock
from bot.fish_audio.client import FishAudio
from bot.models.common import Work
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer
from bot.services.consent import ConsentServices
from bot.services.servers import ServerServices
from bot.services.sharing import SharingServices
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.delivery.captions import CaptionService
from bot.services.speech.delivery.speech import SpeechService
from bot.services.speech.delivery.takes import TakeService
from bot.services.speech.delivery.voice_messages import VoiceMessageService
from bot.services.speech.imitation.excerpts import ExcerptService
from bot.services.speech.imitation.one_offs import OneOffService
from bot.services.speech.making import SoundMaker
from bot.services.speech.previews import PreviewService
from bot.services.speech.pronunciations import PronunciationService
from bot.services.speech.scripts import ScriptService
from bot.services.speech.synthesis.circuit import Circuit
from bot.services.speech.synthesis.emotions import Emotions
from bot.services.speech.synthesis.sound_cache import SoundCache
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.troubles import Troubles
from bot.services.speech.usage import UsageService
from bot.services.speech.utterances import UtteranceService
from bot.services.speech.waiting_sounds import WaitingSounds
from bot.services.voices.training import TrainingService
from bot.storage import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechServices:
    allowances: AllowanceService
    captions: CaptionService
    emotions: Emotions
    pronunciations: PronunciationService
    previews: PreviewService
    one_offs: OneOffService
    scripts: ScriptService
    sound_maker: SoundMaker
    sounds: SoundCache
    speech: SpeechService
    takes: TakeService
    usage: UsageService
    utterances: UtteranceService


def build(
    stores: Stores,
    samples: SampleReader,
    consented: ConsentServices,
    fish_audio: FishAudio,
    audio: AudioReader,
    server: ServerServices,
    shared: SharingServices,
    training: TrainingService,
    alerts: AlertService,
    signer: Signer,
    clock: Clock,
    *,
    engine: str,
    longest_text: int,
    daily_characters: int,
    daily_total: int,
    sound_cache_bytes: int,
    price: Decimal | None,
) -> SpeechServices:
    """Build the package. Limits are in characters, 0 means no limit; with 0 `sound_cache_bytes`, no sound is kept."""
    allowances = AllowanceService(
        stores.budgets,
        server.rules,
        signer,
        clock,
        daily_characters=daily_characters,
        daily_total=daily_total,
    )
    emotions = Emotions(engine, clock)
    circuit = Circuit(clock)
    fish_audio.watch(circuit)
    synthesis = Synthesis(fish_audio, signer, circuit, clock)
    utterances = UtteranceService(stores.utterances, server.guards, clock)
    waiting = WaitingSounds()
    sounds = SoundCache(clock, most_bytes=sound_cache_bytes)
    for work in (Work.REMOVAL, Work.ERASURES):  # a voice is being deleted, or all that is stored about somebody
        stores.wakeups.subscribe(work, sounds.clear)
    scripts = ScriptService(
        stores.speech_permits,
        server.guards,
        shared.usable_voices,
        shared.membership,
        emotions,
        clock,
        longest_text=longest_text,
    )
    excerpts = ExcerptService(
        stores.excerpts, stores.one_offs, stores.voices, samples, fish_audio, consented.listenings, alerts, clock
    )
    troubles = Troubles(fish_audio, training, alerts)
    sound_maker = SoundMaker(allowances, excerpts, synthesis, sounds, troubles, clock)
    voice_messages = VoiceMessageService(audio, synthesis, utterances, waiting)
    speech = SpeechService(
        *(scripts, sound_maker, synthesis, stores.speech_permits, utterances, waiting, voice_messages),
        stores.wakeups,
        clock,
    )
    return SpeechServices(
        allowances=allowances,
        captions=CaptionService(stores.captions, utterances, clock),
        emotions=emotions,
        pronunciations=PronunciationService(stores.pronunciations, server.guards, clock),
        previews=PreviewService(synthesis, allowances, shared.allowed_servers, waiting, alerts),
        one_offs=OneOffService(stores.one_offs, samples, server.rules, server.guards, consented.spoken_consent, clock),
        scripts=scripts,
        sound_maker=sound_maker,
        sounds=sounds,
        speech=speech,
        takes=TakeService(stores.takes, scripts, sound_maker, synthesis, speech, utterances, clock),
        usage=UsageService(allowances, stores.utterances, clock, price=price),
        utterances=utterances,
    )
