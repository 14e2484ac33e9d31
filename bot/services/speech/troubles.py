"""Explains to members why Fish Audio made no sound."""

from bot.errors import FishAudioError, Refused, UserError, VoiceGone
from bot.fish_audio.client import FishAudio
from bot.models.common import Member
from bot.models.voices import FishVoice, Voice
from bot.services.common.alerts import NO_ANSWER, AlertService
from bot.services.common.wording import plain, quoted
from bot.services.speech.scripts import Script
from bot.services.voices.training import TrainingService


class Unspoken(UserError):
    """Explains why Fish Audio made no sound."""


class Troubles:
    def __init__(self, fish_audio: FishAudio, trainings: TrainingService, alerts: AlertService) -> None:
        self._fish_audio = fish_audio
        self._trainings = trainings
        self._alerts = alerts

    async def explained(self, error: FishAudioError, script: Script) -> Unspoken:
        """Return what the member is told. Alerts the host to their trouble, and ends a voice that is gone."""
        match error:
            case Refused() if script.request.once is not None:
                return Unspoken(
                    f"Fish Audio refused this text with that recording ({plain(error.reason)}). Change one of them and "
                    "try again."
                )
            case Refused() if script.imitates:
                return Unspoken(
                    f"Fish Audio refused this text in a voice that is not trained yet ({plain(error.reason)}). Please "
                    f"change it, or try again when {quoted(script.voice.name)} is ready."
                )
            case Refused() | VoiceGone():
                return await self._explained_by_voice(error, script.voice, script.request.asker)
            case _:
                return Unspoken(await self._alerts.explanation(error))

    async def _explained_by_voice(self, error: Refused | VoiceGone, voice: Voice, asker: Member) -> Unspoken:
        """Read the voice again to find out whether the text or the voice caused a refusal.

        A voice that is missing now has been denied twice, by the refusal and by this read, and is ended.
        """
        name = quoted(voice.name)
        changed = f"{name} has just changed, so nothing was made. Please try again."
        try:
            now = await self._fish_audio.voice(voice.fish_id or "")
        except VoiceGone:
            if not await self._trainings.fail(voice, "The voice was removed at Fish Audio."):
                return Unspoken(changed)
            return Unspoken(f"{name} was removed at Fish Audio and can't speak any more; {_told(voice, asker)}.")
        except FishAudioError:
            return Unspoken(NO_ANSWER)
        if now.taken_down or now.state == "failed":
            if not await self._trainings.fail(voice, "Fish Audio has taken this voice down."):
                return Unspoken(changed)
            return Unspoken(f"Fish Audio has taken {name} down, so it can't speak any more; {_told(voice, asker)}.")
        if isinstance(error, VoiceGone) or _is_unfinished(now):
            return Unspoken(f"Fish Audio can't speak with {name} right now. Please try again in a few minutes.")
        return Unspoken(f"Fish Audio refused this text ({plain(error.reason)}). Please change it and try again.")


def _is_unfinished(voice: FishVoice) -> bool:
    return voice.state != "trained"


def _told(voice: Voice, asker: Member) -> str:
    return "you will be told more privately" if asker.id == voice.owner_id else f"{plain(voice.owner_name)} is told"
