"""Builds every part once, opens them in the order they are needed, and closes them in reverse."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import aclosing, contextmanager

import structlog

from bot.audio.confined.system_calls import why_unfiltered
from bot.audio.reader import AudioReader
from bot.clock import Clock
from bot.discord.client import Mynah, use_addresses
from bot.errors import FishAudioError, KeyRefused, UserError
from bot.fish_audio.client import FishAudio, open_fish_audio
from bot.fish_audio.engines import doubt_about, price_of
from bot.hosting.health import serving_health
from bot.http.attachments import AttachmentReader, open_attachments
from bot.services import Services, consent, members, servers, sharing, speech, voices
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer, open_signer
from bot.services.common.timekeeping import Timekeeping
from bot.services.provenance.provenance import ProvenanceService
from bot.settings import Settings
from bot.storage import Stores, build_stores
from bot.storage.engine.opening import open_database

log = structlog.get_logger(__name__)

KEY_CHECK_SECONDS = 5.0


class FishKeyRefused(UserError):
    def __init__(self) -> None:
        super().__init__("Fish Audio refuses FISH_API_KEY. Set a valid key and start again.")


async def serve(
    settings: Settings, clock: Clock | None = None, audio: AudioReader | None = None, *, adopt: bool = False
) -> None:
    """Run the bot until it is told to stop, and close `audio` then.

    With `adopt`, take over a database of another application. Raises UserError if the bot cannot start.
    """
    with ended_by_signal():
        try:
            await _serve(settings, clock or Clock(), audio or AudioReader(), adopt=adopt)
        except KeyRefused:  # by Fish Audio, or before it was sent, for its characters
            raise FishKeyRefused from None


async def _serve(settings: Settings, clock: Clock, audio: AudioReader, *, adopt: bool) -> None:
    use_addresses(settings)
    if (doubt := doubt_about(settings.fish_model)) is not None:
        log.warning("doubtful engine", reason=doubt)
    if (reason := why_unfiltered()) is not None:
        log.warning("recordings are read without a system call filter", reason=reason)
    async with (
        open_database(settings.database_url) as database,
        database.sharing_slots(settings.fish_concurrency) as shared_slot,
        open_fish_audio(
            api_key=settings.fish_api_key.get_secret_value(),
            api_url=settings.fish_api_url,
            model=settings.fish_model,
            concurrency=settings.fish_concurrency,
            shared_slot=shared_slot,
        ) as fish_audio,
        open_attachments() as attachments,
        aclosing(audio),
    ):
        await _check_key(fish_audio)
        stores = build_stores(database)
        signer = await open_signer(stores.secrets)
        services = build_services(stores, fish_audio, attachments, audio, signer, clock, settings)
        await services.timekeeping.resume()
        async with (
            Mynah(services, stores.registrations, database.wakeups, settings, clock, adopt=adopt) as bot,
            serving_health(bot, settings.health_host, settings.health_port),
        ):
            await bot.run_until_closed(settings.discord_token.get_secret_value())


def build_services(
    stores: Stores,
    fish_audio: FishAudio,
    attachments: AttachmentReader,
    audio: AudioReader,
    signer: Signer,
    clock: Clock,
    settings: Settings,
) -> Services:
    samples = SampleReader(attachments, audio)
    alerts = AlertService(stores.alerts, clock)
    server = servers.build(stores, signer, clock)
    shared = sharing.build(stores, server, clock, allowed_servers=settings.allowed_servers or ())
    consented = consent.build(
        stores,
        samples,
        audio,
        fish_audio,
        server,
        alerts,
        signer,
        clock,
        daily_per_member=settings.daily_recordings_per_member,
        daily_per_server=settings.daily_recordings_per_server,
    )
    made = voices.build(
        stores,
        samples,
        fish_audio,
        server,
        shared,
        consented,
        alerts,
        clock,
        max_voices=settings.max_voices_per_member,
        poll_seconds=settings.training_poll_seconds,
        timeout_seconds=settings.training_timeout_seconds,
        creations_at_once=max(1, settings.fish_concurrency // 2),  # the other half of the slots is for `/say`
    )
    spoken = speech.build(
        stores,
        samples,
        consented,
        fish_audio,
        audio,
        server,
        shared,
        made.training,
        alerts,
        signer,
        clock,
        engine=settings.fish_model,
        longest_text=settings.max_text_length,
        daily_characters=settings.daily_characters_per_member,
        daily_total=settings.daily_characters_total,
        sound_cache_bytes=settings.sound_cache_megabytes * 2**20,
        price=price_of(settings.fish_model),
    )
    told = members.build(stores, spoken.allowances, server.guards, clock)
    return Services(
        alerts=alerts,
        allowances=spoken.allowances,
        captions=spoken.captions,
        allowed_servers=shared.allowed_servers,
        consent_requests=consented.consent_requests,
        creation=made.creation,
        drafts=made.drafts,
        emotions=spoken.emotions,
        pronunciations=spoken.pronunciations,
        erasures=told.erasures,
        left_servers=server.left_servers,
        membership=shared.membership,
        notices=told.notices,
        one_offs=spoken.one_offs,
        previews=spoken.previews,
        privacy=told.privacy,
        provenance=ProvenanceService(stores.utterances, attachments, signer),
        removals=made.removals,
        rules=server.rules,
        server_log=server.server_log,
        sharing=shared.sharing,
        scripts=spoken.scripts,
        sound_maker=spoken.sound_maker,
        sounds=spoken.sounds,
        speech=spoken.speech,
        suggestions=shared.suggestions,
        takes=spoken.takes,
        timekeeping=Timekeeping(stores.last_seen, alerts, clock),
        training=made.training,
        training_polls=made.training_polls,
        usable_voices=shared.usable_voices,
        usage=spoken.usage,
        utterances=spoken.utterances,
        voices=made.voices,
    )


@contextmanager
def ended_by_signal() -> Generator[None]:
    """Let `docker stop` and Ctrl+C cancel the block, so that what it has opened closes in reverse."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked = asyncio.Event()

    def end() -> None:
        if task is not None and not asked.is_set():  # once: a second one would cancel the closing
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
