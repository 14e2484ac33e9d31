"""Makes the preview with which a new voice introduces itself."""

import structlog

from bot.errors import FishAudioError
from bot.models import Voice
from bot.services.common.alerts import AlertService
from bot.services.common.backoff import delay_after
from bot.services.speech.synthesis import Synthesis

log = structlog.get_logger(__name__)

TEXT = "Hello! This is my new voice, and from now on you can hear me say whatever you type."


class PreviewService:
    def __init__(self, synthesis: Synthesis, alerts: AlertService) -> None:
        self._synthesis = synthesis
        self._alerts = alerts
        self._made: dict[str, bytes | None] = {}  # by notice id, until the notice is sent: each costs credit

    async def for_notice(self, notice_id: str, voice: Voice) -> bytes | None:
        """Return a labelled MP3, made once for each notice; None if Fish Audio made none."""
        if notice_id not in self._made:
            self._made[notice_id] = await self._make(voice)
        return self._made[notice_id]

    def forget(self, notice_id: str) -> None:
        self._made.pop(notice_id, None)

    async def _make(self, voice: Voice) -> bytes | None:
        try:
            preview = await self._synthesis.mp3(
                TEXT, voice, member_id=voice.owner_id, occasion=f"made as a preview for {voice.owner_name}"
            )
        except FishAudioError as error:
            log.warning("no preview", voice_id=voice.id, error=type(error).__name__)
            await self._alerts.raise_for(delay_after(error, earlier_pause=0))
            return None
        return preview.mp3
