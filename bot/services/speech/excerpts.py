"""What Fish Audio imitates until a voice is trained: a part of its sample, with exactly what is said in it."""

import asyncio
from weakref import WeakValueDictionary

from bot.errors import FishAudioError, Refused, UserError
from bot.fish_audio.client import FishAudio, StillWanted
from bot.models import Excerpt, Member, Voice
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.wording import plain, quoted
from bot.services.consent.listenings import Listenings, NoListeningLeft
from bot.storage.voices.excerpts import ExcerptStore
from bot.storage.voices.voices import VoiceStore

LONGEST_TRANSCRIPT = 2000  # characters; half a minute of fast speech has a third of them


class NotImitable(UserError):
    """Explains why a voice cannot speak before it is trained."""

    def __init__(self, voice: Voice, why: str) -> None:
        super().__init__(f"{quoted(voice.name)} can't speak before it is trained: {why}")


class ExcerptService:
    def __init__(
        self,
        store: ExcerptStore,
        voices: VoiceStore,
        samples: SampleReader,
        fish_audio: FishAudio,
        listenings: Listenings,
        alerts: AlertService,
    ) -> None:
        self._store = store
        self._voices = voices
        self._samples = samples
        self._fish_audio = fish_audio
        self._listenings = listenings
        self._alerts = alerts
        self._making = WeakValueDictionary[str, asyncio.Lock]()  # by voice id, while somebody makes or awaits it

    async def of_voice(self, voice: Voice, asker: Member, guild_id: int | None) -> Excerpt:
        """Return the excerpt of a voice's sample, made once and then kept beside it. Raises NotImitable.

        Fish Audio writes down what is said in it, unless the owner has given that word for word. This counts as a
        recording that it listens to for `asker`.
        """
        making = self._making.get(voice.id) or asyncio.Lock()
        self._making[voice.id] = making
        async with making:
            kept = await self._store.of_voice(voice.id)
            if kept is None:
                kept = await self._make(voice, asker, guild_id)
                if not await self._store.keep(voice.id, kept):
                    raise _gone(voice)
        if not kept.transcript:
            raise NotImitable(voice, "I could not make out a single word in its sample. You will be told when it is.")
        return kept

    def is_wanted(self, voice: Voice) -> StillWanted:
        """Return what is asked before a sample is sent. It raises NotImitable once the sample is deleted."""

        async def is_wanted() -> bool:
            if not await self._store.is_wanted(voice.id):
                raise _gone(voice)
            return True

        return is_wanted

    async def _make(self, voice: Voice, asker: Member, guild_id: int | None) -> Excerpt:
        cut = await self._samples.excerpt(lambda: self._voices.sample(voice.id), asker.id)
        if cut is None:
            raise _gone(voice)
        wav, is_whole = cut
        if is_whole and voice.transcript:
            return Excerpt(wav=wav, transcript=voice.transcript)
        return Excerpt(wav=wav, transcript=await self._written_down(wav, voice, asker, guild_id))

    async def _written_down(self, wav: bytes, voice: Voice, asker: Member, guild_id: int | None) -> str:
        try:
            async with self._listenings.counted(asker.id, guild_id):
                heard = await self._fish_audio.transcribe(
                    wav, member_id=asker.id, guild_id=guild_id, is_wanted=self.is_wanted(voice)
                )
        except NoListeningLeft as limit:
            raise NotImitable(voice, f"{limit.reached}. You will be told when it is trained.") from None
        except Refused as refusal:
            raise NotImitable(voice, f"Fish Audio could not listen to its sample ({plain(refusal.reason)}).") from None
        except FishAudioError as error:
            raise NotImitable(voice, await self._alerts.explanation(error)) from None
        return heard.strip()[:LONGEST_TRANSCRIPT]


def _gone(voice: Voice) -> NotImitable:
    return NotImitable(voice, "its sample is deleted. `/voice list` shows how it is.")
