"""Makes the preview with which a new voice introduces itself."""

import asyncio

import structlog

from bot.errors import FishAudioError
from bot.fish_audio.fair_gate import Askers
from bot.models.members import Notice
from bot.models.voices import Voice
from bot.services.common.alerts import AlertService
from bot.services.common.backoff import delay_after
from bot.services.sharing.allowed_servers import AllowedServers
from bot.services.speech.allowances import AllowanceService, AllowanceUsedUp
from bot.services.speech.synthesis.bill import Bill
from bot.services.speech.synthesis.synthesis import SECONDS, Synthesis
from bot.services.speech.waiting_sounds import WaitingSounds

log = structlog.get_logger(__name__)

TEXT = "Hello! This is my new voice, and from now on you can hear me say whatever you type."
LONGEST = len(TEXT)  # of a preview with other words; each one counts as one of the member's previews of a day


class PreviewService:
    """Makes one preview for each notice and keeps it until the notice is told, since each one costs."""

    def __init__(
        self,
        synthesis: Synthesis,
        allowances: AllowanceService,
        allowed_servers: AllowedServers,
        waiting: WaitingSounds,
        alerts: AlertService,
    ) -> None:
        self._synthesis = synthesis
        self._allowances = allowances
        self._allowed_servers = allowed_servers
        self._waiting = waiting
        self._alerts = alerts
        self._made: dict[str, bytes | None] = {}  # by notice id; None if there is none, or none any more

    @property
    def notices(self) -> list[str]:
        """The ids of notices for which a preview was made and that were not sent since."""
        return list(self._made)

    async def for_notice(self, notice: Notice, voice: Voice) -> bytes | None:
        """Return a labelled MP3, made once for each notice; None if there is none, or it had to give way."""
        if notice.id not in self._made:
            preview = self._made[notice.id] = await self._make(voice, notice.recipient_id)
            if preview is not None:
                self._waiting.keep(notice.id, len(preview), lambda: self._made.update({notice.id: None}))
        return self._made[notice.id]

    def forget(self, notice_id: str) -> None:
        self._made.pop(notice_id, None)
        self._waiting.drop(notice_id)

    async def _make(self, voice: Voice, member_id: int) -> bytes | None:
        if not self._allowed_servers.serves(voice.guild_id):
            return None
        name = voice.owner_name if member_id == voice.owner_id else voice.heard_name
        try:
            charge = await self._allowances.charge_preview(member_id, len(TEXT))
        except AllowanceUsedUp:
            log.info("no preview left today", voice_id=voice.id)
            return None
        bill = Bill()
        try:
            frames = await self._synthesis.unlabelled_mp3(
                TEXT,
                voice,
                bill=bill,
                askers=Askers(member_id),
                first_sound_seconds=SECONDS,  # nobody is waiting
            )
        except FishAudioError as error:
            log.warning("preview not made", voice_id=voice.id, error=type(error).__name__)
            await self._alerts.raise_for(delay_after(error, earlier_pause=0))
            return None
        finally:
            await asyncio.shield(self._allowances.end(charge, is_due=bill.is_due))
        return self._synthesis.labelled(frames, voice, f"made as a preview for {name}").data
