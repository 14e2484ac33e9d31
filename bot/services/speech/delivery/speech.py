"""`/say`: puts the sound of a script on record, then posts it, labelled as synthetic."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from bot.clock import Clock
from bot.models.common import Charge, Work
from bot.models.sounds import PostAs, Sound
from bot.models.speech import Utterance
from bot.services.common.background import keep_going
from bot.services.speech.delivery.voice_messages import Check, VoiceMessageChannel, VoiceMessageService
from bot.services.speech.making import Made, Payment, SoundMaker
from bot.services.speech.scripts import Script, ScriptService
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.utterances import USUAL_POSTING, UtteranceService
from bot.services.speech.waiting_sounds import WaitingSounds
from bot.storage.engine.database import Guard
from bot.storage.engine.wakeups import Wakeups
from bot.storage.speech.permits import SpeechPermitStore

# Posts a sound, and awaits its second argument before each further try. Returns the id of the message.
Post: TypeAlias = Callable[[Sound, Check], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Posted:
    """A sound that is posted, and its message."""

    as_: PostAs
    message_id: int


class SpeechService:
    def __init__(
        self,
        scripts: ScriptService,
        maker: SoundMaker,
        synthesis: Synthesis,
        permits: SpeechPermitStore,
        utterances: UtteranceService,
        waiting: WaitingSounds,
        voice_messages: VoiceMessageService,
        wakeups: Wakeups,
        clock: Clock,
    ) -> None:
        self._scripts = scripts
        self._maker = maker
        self._synthesis = synthesis
        self._permits = permits
        self._utterances = utterances
        self._waiting = waiting
        self._voice_messages = voice_messages
        self._clock = clock
        self._withdrawals = 0  # so far: of shares, voices, members and their rights
        wakeups.subscribe(Work.SHARES, self._note_withdrawal)

    async def say(
        self,
        script: Script,
        payment: Payment,
        message_id: int | None,
        post: Post,
        channel: VoiceMessageChannel | None = None,
    ) -> Posted:
        """Have the sound made, put it on record and then post it.

        It is posted as a voice message in `channel`, if there is one that takes it, else by `post`. `message_id` is the
        message that will carry the sound, if it is known; `post` returns it in any case. `post` awaits its second
        argument before it tries again: that raises a UserError if what permitted the sound has ended.
        Raises Unspoken, GaveWay, what `post` and `channel` raise, and such a UserError.
        """
        made = await self._maker.make(script, payment)
        return await self.post(script, made, message_id, post, channel, guard=self._scripts.still_permitted(script))

    async def post(
        self,
        script: Script,
        made: Made,
        message_id: int | None,
        post: Post,
        channel: VoiceMessageChannel | None,
        *,
        guard: Guard,
        file: Sound | None = None,
    ) -> Posted:
        """Put a sound on record if `guard` permits it, and post it as `say` does.

        `file` is the sound with its labels, if it has some already: what is posted has its id then. Raises what `say`
        and the guard raise, or Conflict if a sound with that id is on record.
        """
        withdrawals, begun_at = self._withdrawals, self._clock.monotonic()
        is_for_once = file is not None or script.request.once is not None  # its member may end it, which wakes nobody

        async def begin(sound: Sound, message_id: int | None) -> Utterance:
            nonlocal begun_at
            begun = await self._begin(script, made.charge, made.characters, guard, sound, message_id)
            begun_at = self._clock.monotonic()
            return begun

        async def check() -> None:
            await self._permits.check(guard)

        async def check_changes() -> None:
            took = self._clock.monotonic() - begun_at
            if is_for_once or self._withdrawals != withdrawals or took > USUAL_POSTING:  # a share may be over by then
                await check()

        if channel is not None:
            posted_id = await self._voice_messages.post(
                made.frames,
                script.voice,
                script.occasion,
                channel,
                begin,
                check,
                check_changes,
                member_id=script.request.asker.id,
                sound_id=file.id if file else None,
                with_notice=script.rules is None or script.rules.notice_spoken,
            )
            if posted_id is not None:
                return Posted(PostAs.VOICE_MESSAGE, posted_id)
        sound = file or self._synthesis.labelled(made.frames, script.voice, script.occasion)
        utterance = await begin(sound, message_id)
        try:
            async with self._waiting.keeping(sound.id, len(sound.data)):
                posted_id = await post(sound, check)
            await check_changes()  # while Discord took it: whoever shows the error takes the answer back
        except BaseException:
            await asyncio.shield(self._utterances.withdraw(utterance))
            raise
        if posted_id != message_id:
            with keep_going("could not complete a record"):
                await self._utterances.complete(utterance, posted_id)
        return Posted(PostAs.FILE, posted_id)

    def _note_withdrawal(self) -> None:
        self._withdrawals += 1

    def _begin(
        self,
        script: Script,
        charge: Charge | None,
        characters: int,
        guard: Guard,
        sound: Sound,
        message_id: int | None,
    ) -> Awaitable[Utterance]:
        return self._utterances.begin(
            sound,
            script.voice,
            script.request.asker,
            script.request.place,
            characters=characters,
            charge=charge,
            message_id=message_id,
            guard=guard,
        )
