"""Makes what Fish Audio imitates without a trained voice: a part of a recording, with exactly what is said in it."""

import asyncio
from secrets import token_hex
from weakref import WeakValueDictionary

from bot.clock import MINUTE, Clock
from bot.errors import FishAudioError, Refused, UserError
from bot.fish_audio.client import FishAudio, StillWanted
from bot.models.common import Member
from bot.models.samples import Excerpt
from bot.models.speech import OneOff
from bot.models.voices import Voice
from bot.services.common.alerts import AlertService
from bot.services.common.background import CLAIM, holding_claim
from bot.services.common.samples import SampleReader
from bot.services.common.wording import plain, quoted
from bot.services.consent.listenings import Listenings, NoListeningLeft
from bot.services.voices.drafts import DRAFT_KEPT
from bot.storage.speech.one_offs import OneOffStore
from bot.storage.voices.excerpts import ExcerptStore
from bot.storage.voices.voices import VoiceStore

LOOKED_FOR_AGAIN = 0.5  # seconds, while another process makes an excerpt
LONGEST_TRANSCRIPT = 2000  # characters; half a minute of fast speech has a third of them


class NotImitable(UserError):
    """Explains why a recording is not imitated."""


class OnceGone(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"That recording is not kept any more: its text was said, it was replaced by another one, or "
            f"{DRAFT_KEPT // MINUTE} minutes are over. Use `/say` with `sample` again."
        )


class ExcerptService:
    def __init__(
        self,
        store: ExcerptStore,
        one_offs: OneOffStore,
        voices: VoiceStore,
        samples: SampleReader,
        fish_audio: FishAudio,
        listenings: Listenings,
        alerts: AlertService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._one_offs = one_offs
        self._voices = voices
        self._samples = samples
        self._fish_audio = fish_audio
        self._listenings = listenings
        self._alerts = alerts
        self._clock = clock
        self._making = WeakValueDictionary[str, asyncio.Lock]()  # by voice id, while somebody makes or awaits it

    async def of_voice(self, voice: Voice, asker: Member, guild_id: int | None) -> Excerpt:
        """Return the excerpt of a voice's sample, made once and then kept beside it. Raises NotImitable.

        Fish Audio writes down what is said in it, unless the owner has given that word for word. This counts as a
        recording that it listens to for `asker`.
        """
        making = self._making.get(voice.id) or asyncio.Lock()
        self._making[voice.id] = making
        async with making:
            kept = await self._kept_or_made(voice, asker, guild_id)
        if not kept.transcript:
            raise _not_yet(voice, "I could not make out a single word in its sample. You will be told when it is.")
        return kept

    async def _kept_or_made(self, voice: Voice, asker: Member, guild_id: int | None) -> Excerpt:
        """Return the excerpt that is kept; make it if there is none, and if no other process is making it."""
        while True:
            kept = await self._store.of_voice(voice.id)
            if kept is not None:
                return kept
            holder, now = token_hex(8), self._clock.now()
            if await self._store.claim(voice.id, holder, now=now, until=now + CLAIM):
                return await self._make_claimed(voice, holder, asker, guild_id)
            if not await self._store.is_wanted(voice.id):
                raise _gone(voice)
            await self._clock.sleep(LOOKED_FOR_AGAIN)

    async def _make_claimed(self, voice: Voice, holder: str, asker: Member, guild_id: int | None) -> Excerpt:
        async def renew(until: int) -> None:
            await self._store.keep_claim(voice.id, holder, until)

        try:
            async with holding_claim(renew, self._clock):
                made = await self._make(voice, asker, guild_id)
        except Exception:
            await self._store.give_up_claim(voice.id, holder)
            raise
        if not await self._store.keep(voice.id, made):
            raise _gone(voice)
        return made

    async def of_once(self, once: OneOff, asker: Member, guild_id: int | None) -> Excerpt:
        """Return the excerpt of a recording that is used once. Raises NotImitable."""
        transcript = once.transcript
        if transcript is None:
            try:
                transcript = await self._written_down(once.wav, asker, guild_id, self.is_once_wanted(once))
            except _NotWrittenDown as trouble:
                raise NotImitable(f"That recording can't be imitated: {trouble}") from None
            await self._one_offs.note_transcript(once.id, transcript)
        if not transcript:
            raise NotImitable("I could not make out a single word in that recording. Attach another one.")
        return Excerpt(wav=once.wav, transcript=transcript)

    def is_once_wanted(self, once: OneOff) -> StillWanted:
        """Return the check that is made before such a recording is sent. It raises OnceGone if that is deleted."""

        async def is_wanted() -> bool:
            if not await self._one_offs.is_kept(once.id):
                raise OnceGone
            return True

        return is_wanted

    def is_wanted(self, voice: Voice) -> StillWanted:
        """Return the check that is made before a sample is sent. It raises NotImitable if the sample is deleted."""

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
        try:
            return Excerpt(wav=wav, transcript=await self._written_down(wav, asker, guild_id, self.is_wanted(voice)))
        except _NotWrittenDown as trouble:
            raise _not_yet(voice, str(trouble)) from None

    async def _written_down(self, wav: bytes, asker: Member, guild_id: int | None, is_wanted: StillWanted) -> str:
        """Return what is said in a recording, as a listening that counts for `asker`. Raises _NotWrittenDown."""
        try:
            async with self._listenings.counted(asker.id, guild_id) as asking:
                heard = await self._fish_audio.transcribe(
                    wav, on_asking=asking, member_id=asker.id, guild_id=guild_id, is_wanted=is_wanted
                )
        except NoListeningLeft as limit:
            raise _NotWrittenDown(f"{limit.reached}.") from None
        except Refused as refusal:
            raise _NotWrittenDown(f"Fish Audio could not listen to it ({plain(refusal.reason)}).") from None
        except FishAudioError as error:
            raise _NotWrittenDown(await self._alerts.explanation(error)) from None
        return heard.strip()[:LONGEST_TRANSCRIPT]


class _NotWrittenDown(Exception):
    """Fish Audio has not listened to a recording; the text says why, as a sentence."""


def _not_yet(voice: Voice, why: str) -> NotImitable:
    return NotImitable(f"{quoted(voice.name)} can't speak before it is trained: {why}")


def _gone(voice: Voice) -> NotImitable:
    return _not_yet(voice, "its sample is deleted. `/voice list` shows its state.")
