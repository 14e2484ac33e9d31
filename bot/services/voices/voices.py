"""Lists, renames and deletes the voices that a member controls, and sets which one speaks by default."""

from dataclasses import dataclass

from bot.clock import DAY, Clock
from bot.errors import UserError
from bot.models import Cause, Member, Share, Voice, VoiceState
from bot.services.common.names import clean_name
from bot.services.common.ownership import NotYours, controlled
from bot.services.common.wording import person, plain, quoted
from bot.services.servers.rules import RulesService
from bot.services.sharing.known_voices import Choice, VoiceNotUsable, why_silent
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.voices.drafts import NameInUse
from bot.services.voices.removals import STRAY_WINDOW
from bot.storage.consent.consent_requests import ConsentRequestStore
from bot.storage.members.notices import NoticeStore
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.sharing.sharing import ShareStore
from bot.storage.voices.voices import NameTaken, VoiceStore

RETIRED_NAMES_KEPT = 30 * DAY


class GoneAlready(UserError):
    def __init__(self) -> None:
        super().__init__("That voice is gone. `/voice list` shows the ones you have.")


@dataclass(frozen=True, slots=True)
class VoiceDetails:
    """A voice with everything that a list says about it."""

    voice: Voice
    is_default: bool
    shares: tuple[Share, ...]  # in all servers; none for a member who does not control the voice
    retry_until: int | None  # while a failed voice's sample is kept
    untold: bool  # its news could not be delivered yet
    asked_until: int | None  # while the person who is heard has not answered


class VoiceService:
    def __init__(
        self,
        store: VoiceStore,
        shares: ShareStore,
        notices: NoticeStore,
        requests: ConsentRequestStore,
        retired_names: RetiredNameStore,
        usable_voices: UsableVoices,
        rules: RulesService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._shares = shares
        self._notices = notices
        self._requests = requests
        self._retired_names = retired_names
        self._usable_voices = usable_voices
        self._rules = rules
        self._clock = clock

    async def overview(self, member: Member, guild_id: int | None) -> tuple[list[VoiceDetails], list[Choice]]:
        """Return the voices that a member controls, and the voices of others that they may use here."""
        known = await self._usable_voices.known_to(member, guild_id)
        return [await self._details_of(choice.voice, member.id) for choice in known.controlled], known.shared

    async def show(self, typed: str, member: Member, guild_id: int | None) -> VoiceDetails:
        """Return one voice that the member may use here, with what they may know of it."""
        voice = await self._usable_voices.find(typed, member, guild_id)
        return await self._details_of(voice, member.id)

    async def rename(self, owner: Member, guild_id: int | None, typed: str, new_name: str) -> tuple[Voice, Voice]:
        """Give an own voice another name. Returns the voice before and after."""
        before = await self._usable_voices.find_owned(typed, owner, guild_id)
        name = clean_name(new_name)
        try:
            after = await self._store.rename(before.id, name)
        except NameTaken:
            raise NameInUse(name) from None
        if after is None:
            raise GoneAlready
        await self._store.note_name(owner.id, owner.name)
        return before, after

    async def make_default(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        """Let a voice that the member may use here speak when they name none."""
        await self._rules.allow_use(member.id, guild_id)
        voice = await self._usable_voices.find(typed, member, guild_id)
        return await self._set_default(voice, member.id)

    async def make_controlled_default(self, voice_id: str, member_id: int) -> Voice:
        return await self._set_default(await self.controlled(voice_id, member_id), member_id)

    async def controlled(self, voice_id: str, member_id: int) -> Voice:
        """Return the voice behind a button, for a member who controls it. Raises NotYours."""
        return controlled(await self._store.controlled(voice_id, member_id))

    async def find_controlled(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        return await self._usable_voices.find_controlled(typed, member, guild_id)

    async def delete(self, voice_id: str, controller: Member) -> Voice:
        """Hide a voice at once and queue its deletion at Fish Audio. Raises NotYours or GoneAlready.

        If the person who is heard in somebody else's voice does this, it is a revocation.
        """
        voice = await self.controlled(voice_id, controller.id)
        now = self._clock.now()
        cause, did, news = Cause.DELETED, "deleted it", None
        if controller.id != voice.owner_id:
            cause, did = Cause.REVOKED, "is heard in it and took it back"
            news = (
                f"{plain(controller.name)}, who is heard in {quoted(voice.name)}, has taken it back. Nobody can use it "
                "any more, and Fish Audio deletes it too."
            )
        deleted = await self._store.delete(
            voice.id,
            cause,
            by_name=controller.name,
            entry=f"{quoted(voice.name)} is not shared here any more: {person(controller.id, controller.name)} {did}.",
            now=now,
            look_until=now + STRAY_WINDOW,
            news=news,
        )
        if deleted is None:
            raise GoneAlready
        return voice

    async def revoke(self, voice_id: str, speaker: Member) -> Voice:
        """End a voice everywhere, as the person who is heard in it. Raises NotYours for everybody else."""
        voice = await self.controlled(voice_id, speaker.id)
        if voice.speaker_id != speaker.id:
            raise NotYours
        return await self.delete(voice_id, speaker)

    async def drop_old(self) -> None:
        """Delete samples and retired names whose time is over."""
        now = self._clock.now()
        await self._store.drop_old_samples(now)
        await self._retired_names.forget(now - RETIRED_NAMES_KEPT)

    async def _set_default(self, voice: Voice, member_id: int) -> Voice:
        if (obstacle := why_silent(voice, member_id)) is not None:
            raise VoiceNotUsable(obstacle)
        await self._store.set_default(member_id, voice.id)
        return voice

    async def _details_of(self, voice: Voice, member_id: int) -> VoiceDetails:
        mine, now = voice.owner_id == member_id, self._clock.now()
        request = await self._requests.of_voice(voice.id) if voice.state is VoiceState.DRAFT else None
        failed = mine and voice.state is VoiceState.FAILED
        shares = await self._shares.of_voice(voice.id) if voice.is_controlled_by(member_id) else []
        return VoiceDetails(
            voice=voice,
            is_default=await self._store.default_of(member_id) == voice.id,
            shares=tuple(share for share in shares if not share.is_over(now)),
            retry_until=await self._store.sample_kept_until(voice.id, now) if failed else None,
            asked_until=request.expires_at if request else None,
            untold=mine and await self._notices.is_undelivered(voice.id, member_id),
        )
