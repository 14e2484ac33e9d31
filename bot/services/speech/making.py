"""Has Fish Audio make the sound of a script, and counts what it costs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from bot.clock import Clock
from bot.errors import FishAudioError, UserError
from bot.fish_audio.fair_gate import Askers
from bot.models.common import Charge
from bot.services.common.alerts import NO_ANSWER
from bot.services.speech import previews
from bot.services.speech.allowances import AllowanceService, AllowanceUsedUp
from bot.services.speech.imitation.excerpts import ExcerptService
from bot.services.speech.scripts import Script
from bot.services.speech.synthesis.bill import Bill
from bot.services.speech.synthesis.sound_cache import MadeSound, SoundCache
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.troubles import Troubles, Unspoken

SECONDS = 60.0  # from "thinking…" to the sound or the explanation


class NoPreviewLeft(UserError):
    def __init__(self) -> None:
        super().__init__("There is no preview left today. `/say` speaks too, within its own limits.")


@dataclass(slots=True)
class Payment:
    """What a sound costs its asker. It belongs to the request to Fish Audio, also if its asker has given up."""

    charge: Charge | None = None  # None while the sound is at hand
    bill: Bill = field(default_factory=Bill)
    is_in_use: bool = False  # the request is under way
    is_given_up: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A sound without tags, and what it has cost."""

    frames: bytes
    charge: Charge | None  # None for a sound that was at hand
    characters: int


class SoundMaker:
    def __init__(
        self,
        allowances: AllowanceService,
        excerpts: ExcerptService,
        synthesis: Synthesis,
        sounds: SoundCache,
        troubles: Troubles,
        clock: Clock,
    ) -> None:
        self._allowances = allowances
        self._excerpts = excerpts
        self._synthesis = synthesis
        self._sounds = sounds
        self._troubles = troubles
        self._clock = clock

    @asynccontextmanager
    async def counted(self, script: Script) -> AsyncGenerator[Payment]:
        """Count the characters, and give them back if the block fails and Fish Audio does not count them.

        A sound that is at hand costs none. Raises AllowanceUsedUp, or Unspoken if Fish Audio is known not to speak.
        """
        payment = Payment()
        if not (_may_reuse(script) and self._sounds.has(self._key(script))):
            try:
                self._synthesis.check()
            except FishAudioError as error:  # told before anybody sees "thinking…"
                raise await self._troubles.explained(error, script) from None
            payment.charge = await self._charge(script)
        try:
            yield payment
        except BaseException:
            await asyncio.shield(self._give_up(payment))
            raise

    async def make(self, script: Script, payment: Payment) -> Made:
        """Have the sound made. Gives the charge back for one that was at hand. Raises Unspoken, or AllowanceUsedUp."""
        made = await self._speak(script, payment)
        if made.is_new:
            return Made(made.frames, payment.charge, _counted_characters(script))
        await asyncio.shield(self._give_up(payment))
        return Made(made.frames, None, 0)

    async def _speak(self, script: Script, payment: Payment) -> MadeSound:
        """Return the sound without tags. Raises AllowanceUsedUp, or Unspoken, at the latest when its time is over."""
        askers = Askers(script.request.asker.id, script.request.place.guild_id)
        make = partial(self._make, script, payment, askers)
        try:
            async with self._clock.at_most(SECONDS + script.size.extra_seconds):
                try:
                    if _may_reuse(script):
                        return await self._sounds.sound(self._key(script), askers, make)
                    return MadeSound(await make(), is_new=True)
                except FishAudioError as error:
                    raise await self._troubles.explained(error, script) from None
        except TimeoutError:
            raise Unspoken(NO_ANSWER) from None

    async def _make(self, script: Script, payment: Payment, askers: Askers) -> bytes:
        """Have Fish Audio make the sound. Count it now if it was not counted, since it was at hand then."""
        if payment.charge is None:
            payment.charge = await self._charge(script)
        payment.is_in_use = True
        try:
            return await self._made(script, payment.bill, askers)
        finally:
            payment.is_in_use = False
            if payment.is_given_up:
                await asyncio.shield(self._give_up(payment))

    async def _give_up(self, payment: Payment) -> None:
        """End a payment without a record of a sound; if others wait for the sound, when that is made or has failed."""
        payment.is_given_up = True
        if payment.charge is not None and not payment.is_in_use:
            charge, payment.charge = payment.charge, None  # a request that begins after that is counted anew
            await self._allowances.end(charge, is_due=payment.bill.is_due)

    async def _made(self, script: Script, bill: Bill, askers: Askers) -> bytes:
        request = script.request
        excerpt, is_wanted = None, None
        if request.once is not None:
            excerpt = await self._excerpts.of_once(request.once, request.asker, request.place.guild_id)
            is_wanted = self._excerpts.is_once_wanted(request.once)
        elif script.imitates:
            excerpt = await self._excerpts.of_voice(script.voice, request.asker, request.place.guild_id)
            is_wanted = self._excerpts.is_wanted(script.voice)
        return await self._synthesis.unlabelled_mp3(
            script.words,
            script.voice,
            bill=bill,
            askers=askers,
            speed=request.speed,
            volume=request.volume,
            size=script.size,
            excerpt=excerpt,
            is_wanted=is_wanted,
        )

    async def _charge(self, script: Script) -> Charge:
        if script.request.is_preview:
            try:
                return await self._allowances.charge_preview(script.request.asker.id, previews.LONGEST)
            except AllowanceUsedUp:
                raise NoPreviewLeft from None
        return await self._allowances.charge(script.request.asker.id, script.rules, len(script.words))

    def _key(self, script: Script) -> bytes:
        request = script.request
        return self._sounds.key(
            script.words, script.voice, speed=request.speed, volume=request.volume, bitrate=script.size.bitrate
        )


def _counted_characters(script: Script) -> int:
    """Return what a new sound adds to the characters that its asker has had spoken; previews are counted apart."""
    return 0 if script.request.is_preview else len(script.words)


def _may_reuse(script: Script) -> bool:
    if script.request.once is not None:
        return False
    return not script.request.is_repeated and (script.rules is None or script.rules.sounds_reused)
