"""Checks spoken consent: a fresh sentence must be read aloud in the recording, and Fish Audio listens for it."""

import asyncio
from hashlib import sha256
from secrets import token_hex

from bot.audio.reader import AudioReader
from bot.clock import MINUTE, Clock
from bot.errors import FishAudioError, Refused, UserError
from bot.fish_audio.client import MOST_HEARD_BYTES, FishAudio
from bot.fish_audio.exchange import StillWanted
from bot.models.common import Member, Place
from bot.models.consent import Sentence
from bot.models.samples import Sample
from bot.models.voices import Voice
from bot.services.common.alerts import AlertService
from bot.services.common.background import CLAIM, holding_claim
from bot.services.common.wording import distance, plain
from bot.services.consent.listenings import Listenings, NoListeningLeft
from bot.services.consent.sentences import is_heard, new_sentence
from bot.services.servers.guards import Guards
from bot.services.servers.rules import RulesService
from bot.storage.consent.sentences import BeingHeard, ListeningsUsedUp, SentenceClosed, SentenceStore

VALID = 10 * MINUTE
MOST_LISTENINGS = 5  # recordings per sentence: each costs the host up to 0.024 USD (0.36 USD an hour)
_SHOWN = 300  # characters of what was heard


class SentenceDue(UserError):
    def __init__(self, sentence: Sentence) -> None:
        super().__init__(
            "This server asks for spoken consent: the person who is heard in the recording must also read this "
            f"sentence aloud in it.\n> {sentence.wording}\nThen use this command again with that recording; the "
            f"sentence is for one voice of yours and ends {distance(sentence.expires_at)}. Fish Audio writes down what "
            "is said in the recording, so that I can look for the sentence. I have not looked at the file that you "
            "attached now."
        )


class SentenceNotHeard(UserError):
    def __init__(self, sentence: Sentence, transcript: str) -> None:
        super().__init__(
            f"That recording does not hold the sentence that you were given. {plain(_what_was_heard(transcript))}\n"
            f"This must be read aloud in it, as it stands here:\n> {sentence.wording}\nRecord it again and use "
            f"this command with that; the sentence ends {distance(sentence.expires_at)}."
        )


class SentenceSpent(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"Your sentence was used for another voice, or its {VALID // MINUTE} minutes were over, before I had "
            "listened to this recording. Use this command again to get a new one."
        )


class NothingHeard(UserError):
    """The recording was not listened to; the text says why and what to do. The sentence stays valid."""


class SentenceMissing(Exception):
    """The recording to which somebody agreed does not hold the sentence. The text is for the voice's owner."""

    def __init__(self, wording: str, transcript: str) -> None:
        super().__init__(f"The recording does not hold the sentence “{wording}”. {_what_was_heard(transcript)}")


class SpokenConsent:
    """Gives sentences to members of servers that ask for spoken consent, and listens for them in samples."""

    def __init__(
        self,
        store: SentenceStore,
        rules: RulesService,
        guards: Guards,
        audio: AudioReader,
        fish_audio: FishAudio,
        listenings: Listenings,
        alerts: AlertService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._rules = rules
        self._guards = guards
        self._audio = audio
        self._fish_audio = fish_audio
        self._listenings = listenings
        self._alerts = alerts
        self._clock = clock

    async def sentence_for(self, member: Member, place: Place, *, since: int) -> Sentence | None:
        """Return the sentence that a sample here must hold, or None. Raises SentenceDue with a fresh one."""
        if place.guild_id is None or not (await self._rules.of(place.guild_id)).spoken_consent:
            return None
        now = self._clock.now()
        known = await self._store.open_for(member.id, place.guild_id, now=now)
        if known is not None:
            return known
        fresh = Sentence(
            id=token_hex(8),
            member_id=member.id,
            guild_id=place.guild_id,
            wording=new_sentence(),
            expires_at=now + VALID,
        )
        guard = self._guards.using(member.id, guild_id=place.guild_id, since=since)
        raise SentenceDue(await self._store.offer(fresh, guard=guard, now=now))

    async def transcript(self, sample: Sample, sentence: Sentence) -> str:
        """Return the transcript of a sample that holds the sentence, in whichever of its clips.

        Raises SentenceNotHeard, SentenceSpent, NothingHeard or NoListeningLeft.
        """
        sound_hash = await asyncio.to_thread(_sound_hash, sample)
        transcript = await self._store.transcript(sentence.id, sound_hash)
        if transcript is None:
            transcript = await self._listened(sample, sentence, sound_hash)
        if not await asyncio.to_thread(is_heard, sentence.wording, transcript):
            raise SentenceNotHeard(sentence, transcript)
        return transcript

    async def hear_out(self, voice: Voice, sample: Sample, *, is_wanted: StillWanted) -> str | None:
        """Listen for the sentence after the person who is heard has agreed.

        Returns the transcript; None if no sentence is needed. Raises SentenceMissing, NoListeningLeft or a
        FishAudioError.
        """
        wording = await self._store.unheard_in(voice.id)
        if wording is None:
            return None
        async with self._listenings.counted(voice.owner_id, voice.guild_id) as asking:
            transcript = await self._fish_audio.transcribe(
                await self._sendable(sample),
                on_asking=asking,
                member_id=voice.owner_id,
                guild_id=voice.guild_id,
                is_wanted=is_wanted,
            )
        if not await asyncio.to_thread(is_heard, wording, transcript):
            raise SentenceMissing(wording, transcript)
        await self._store.note_heard(voice.id, transcript)
        return transcript

    async def drop_expired(self) -> None:
        await self._store.drop_expired(self._clock.now())

    async def _listened(self, sample: Sample, sentence: Sentence, sound_hash: str) -> str:
        """Have Fish Audio transcribe a recording, once, and remember the transcript."""
        now = self._clock.now()
        try:
            await self._store.begin_listening(sentence.id, sound_hash, now=now, until=now + CLAIM, most=MOST_LISTENINGS)
        except SentenceClosed:
            raise SentenceSpent from None
        except BeingHeard:
            raise NothingHeard("I am listening to that recording already. Wait for what I say about it.") from None
        except ListeningsUsedUp:
            raise NothingHeard(
                f"I have listened to {MOST_LISTENINGS} recordings for your sentence, which is the most. You "
                f"get another sentence {distance(sentence.expires_at)}."
            ) from None

        async def renew(until: int) -> None:
            await self._store.keep_listening(sentence.id, sound_hash, until)

        async with holding_claim(renew, self._clock):
            try:
                async with self._listenings.counted(sentence.member_id, sentence.guild_id) as asking:
                    transcript = await self._fish_audio.transcribe(
                        await self._sendable(sample),
                        on_asking=asking,
                        member_id=sentence.member_id,
                        guild_id=sentence.guild_id,
                        is_wanted=lambda: self._store.is_open(sentence.id),
                    )
            except NoListeningLeft:
                await self._store.take_listening_back(sentence.id, sound_hash)
                raise
            except FishAudioError as error:
                await self._let_go(error, sentence, sound_hash)
                raise NothingHeard(await self._explained(error, sentence)) from None
            await self._store.note_transcript(sentence.id, sound_hash, transcript)
        return transcript

    async def _sendable(self, sample: Sample) -> bytes:
        """Return a sample as the one file that Fish Audio listens to."""
        first, *further = sample.clips
        if not further and sample.size <= MOST_HEARD_BYTES:
            return first.data
        return await self._audio.compact(*(clip.data for clip in sample.clips))

    async def _let_go(self, error: FishAudioError, sentence: Sentence, sound_hash: str) -> None:
        if isinstance(error, Refused):  # the recording is at fault, so it counts
            await self._store.keep_listening(sentence.id, sound_hash, self._clock.now())
        else:
            await self._store.take_listening_back(sentence.id, sound_hash)

    async def _explained(self, error: FishAudioError, sentence: Sentence) -> str:
        if isinstance(error, Refused):
            return (
                f"Fish Audio could not listen to that recording ({plain(error.reason)}). Export it again as a plain "
                f"16-bit WAV; your sentence ends {distance(sentence.expires_at)}."
            )
        why = await self._alerts.explanation(error)
        return f"{why} The same recording will do; your sentence ends {distance(sentence.expires_at)}."


def _sound_hash(sample: Sample) -> str:
    found = sha256()
    for clip in sample.clips:
        found.update(clip.data)
    return found.hexdigest()


def _what_was_heard(transcript: str) -> str:
    shown = transcript if len(transcript) <= _SHOWN else f"{transcript[: _SHOWN - 1].rstrip()}…"
    return f"I heard: “{shown}”" if shown else "I could not make out a single word."
