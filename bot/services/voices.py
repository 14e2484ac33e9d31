"""A member's own voices: what they have, what they are called, which speaks by default, and their end."""

from dataclasses import dataclass

from bot.clock import DAY, Alarm, Clock
from bot.errors import UserError
from bot.models import Member, Voice, VoiceState
from bot.services.drafts import NameInUse
from bot.services.names import clean_name
from bot.services.ownership import owned
from bot.services.removals import STRAY_WINDOW
from bot.services.repertoire import Choice, Repertoire, VoiceNotUsable, why_silent
from bot.services.rules import RulesService
from bot.storage.departures import DepartureStore
from bot.storage.notices import NoticeStore
from bot.storage.sharing import ShareStore
from bot.storage.voices import NameTaken, VoiceStore

DEPARTURES_KEPT = 30 * DAY


class GoneAlready(UserError):
    def __init__(self) -> None:
        super().__init__("That voice is gone. `/voice list` shows the ones you have.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A voice with everything that a list says about it."""

    voice: Voice
    is_default: bool
    shared_in: tuple[int, ...]  # server ids
    retry_until: int | None  # while a failed voice's sample is kept
    untold: bool  # its news could not be delivered yet


class VoiceService:
    def __init__(
        self,
        store: VoiceStore,
        shares: ShareStore,
        notices: NoticeStore,
        departures: DepartureStore,
        repertoire: Repertoire,
        rules: RulesService,
        clock: Clock,
        *,
        removals: Alarm,
    ) -> None:
        self._store = store
        self._shares = shares
        self._notices = notices
        self._departures = departures
        self._repertoire = repertoire
        self._rules = rules
        self._clock = clock
        self._removals = removals

    async def overview(self, member_id: int, guild_id: int | None) -> tuple[list[Standing], list[Choice]]:
        """The member's own voices, and those of others that they may use here."""
        own = [await self._standing(choice.voice, member_id) for choice in await self._repertoire.own(member_id)]
        return own, await self._repertoire.shared(member_id, guild_id)

    async def show(self, typed: str, member_id: int, guild_id: int | None) -> Standing:
        """One voice that the member may use here; for somebody else's, only what its users may know."""
        voice = await self._repertoire.find(typed, member_id=member_id, guild_id=guild_id)
        return await self._standing(voice, member_id)

    async def rename(self, owner: Member, guild_id: int | None, typed: str, new_name: str) -> tuple[Voice, Voice]:
        """Give an own voice another name; the voice before and after."""
        before = await self._repertoire.find_own(typed, member_id=owner.id, guild_id=guild_id)
        name = clean_name(new_name)
        try:
            after = await self._store.rename(before.id, name)
        except NameTaken:
            raise NameInUse(name) from None
        if after is None:
            raise GoneAlready
        await self._store.note_owner_name(owner.id, owner.name)
        return before, after

    async def make_default(self, typed: str, member_id: int, guild_id: int | None) -> Voice:
        """Let a voice that the member may use here speak whenever they name none."""
        await self._rules.allow_use(member_id, guild_id)
        voice = await self._repertoire.find(typed, member_id=member_id, guild_id=guild_id)
        return await self._set_default(voice, member_id)

    async def make_own_default(self, voice_id: str, member_id: int) -> Voice:
        return await self._set_default(await self.own(voice_id, member_id), member_id)

    async def own(self, voice_id: str, member_id: int) -> Voice:
        """The member's voice behind a button. Raises NotYours."""
        return owned(await self._store.by_id(voice_id), member_id)

    async def find_own(self, typed: str, member_id: int, guild_id: int | None) -> Voice:
        return await self._repertoire.find_own(typed, member_id=member_id, guild_id=guild_id)

    async def delete(self, voice_id: str, member_id: int) -> Voice:
        """Hide a voice at once; it is deleted upstream from here on, however often that takes."""
        voice = await self.own(voice_id, member_id)
        now = self._clock.now()
        if await self._store.delete(voice.id, now=now, look_until=now + STRAY_WINDOW) is None:
            raise GoneAlready
        self._removals.ring()
        return voice

    async def drop_old(self) -> None:
        """Let go of samples and of remembered names whose time is over."""
        now = self._clock.now()
        await self._store.drop_old_samples(now)
        await self._departures.forget(now - DEPARTURES_KEPT)

    async def _set_default(self, voice: Voice, member_id: int) -> Voice:
        if (obstacle := why_silent(voice, member_id)) is not None:
            raise VoiceNotUsable(obstacle)
        await self._store.set_default(member_id, voice.id)
        return voice

    async def _standing(self, voice: Voice, member_id: int) -> Standing:
        mine = voice.owner_id == member_id
        failed = mine and voice.state is VoiceState.FAILED
        return Standing(
            voice=voice,
            is_default=await self._store.default_of(member_id) == voice.id,
            shared_in=tuple(await self._shares.servers_of(voice.id)) if mine else (),
            retry_until=await self._store.sample_kept_until(voice.id, self._clock.now()) if failed else None,
            untold=mine and await self._notices.is_undelivered(voice.id, member_id),
        )
