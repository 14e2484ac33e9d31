"""Lists, renames and deletes the voices that a member controls, and sets which one speaks by default."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.clock import DAY, Clock
from bot.errors import UserError
from bot.models.common import Member
from bot.models.sharing import Cause, Share
from bot.models.sounds import PostAs
from bot.models.voices import Voice, VoiceState
from bot.services.common.names import clean_name
from bot.services.common.ownership import NotYours, controlled
from bot.services.common.wording import person, plain, quoted
from bot.services.servers.guards import Guards
from bot.services.sharing.known_voices import Choice, KnownVoices, VoiceNotUsable, why_silent
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.voices.drafts import NameInUse
from bot.services.voices.removals import STRAY_WINDOW
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.voices.voice_details import StoredDetails, VoiceDetailsStore
from bot.storage.voices.voices import NameTaken, VoiceStore

RETIRED_NAMES_KEPT = 30 * DAY


class NoServerHere(UserError):
    def __init__(self) -> None:
        super().__init__("A default for one server is set in that server: use `/voice default` there.")


class GoneAlready(UserError):
    def __init__(self) -> None:
        super().__init__("That voice is gone. `/voice list` shows the ones you have.")


@dataclass(frozen=True, slots=True)
class VoiceDetails:
    """A voice with everything that a list says about it."""

    voice: Voice
    is_default: bool
    other_default: str | None  # the name of the voice that speaks instead if none is named, as far as that is certain
    shares: tuple[Share, ...]  # in all servers; none for a member who does not control the voice
    speaks_early: bool  # not trained, but its sample can be imitated
    retry_until: int | None  # while a failed voice's sample is kept
    untold: bool  # its news could not be delivered yet
    asked_until: int | None  # while the person who is heard has not answered
    unsharing: frozenset[int]  # servers whose managers let the member share nothing
    is_updating: bool  # a new sample for it is being trained
    default_in: frozenset[int]  # servers in which it is the member's default
    other_defaults: Mapping[int, str]  # the names of their own voices that are the default in single servers


class VoiceService:
    def __init__(
        self,
        store: VoiceStore,
        details: VoiceDetailsStore,
        retired_names: RetiredNameStore,
        usable_voices: UsableVoices,
        guards: Guards,
        clock: Clock,
    ) -> None:
        self._store = store
        self._details = details
        self._retired_names = retired_names
        self._usable_voices = usable_voices
        self._guards = guards
        self._clock = clock

    async def overview(self, member: Member, guild_id: int | None) -> tuple[list[VoiceDetails], list[Choice]]:
        """Return the voices that a member controls, and the voices of others that they may use here."""
        now = self._clock.now()
        stored = await self._details.of(member.id, guild_id, now=now)
        known = KnownVoices(stored.reach, member, now)
        return [_details_of(choice.voice, member.id, stored, now) for choice in known.controlled], known.shared

    async def show(self, typed: str, member: Member, guild_id: int | None) -> VoiceDetails:
        """Return one voice that the member may use here, with what they may know of it."""
        voice, now = await self._usable_voices.find(typed, member, guild_id), self._clock.now()
        return _details_of(voice, member.id, await self._details.of(member.id, guild_id, now=now), now)

    async def details(self, voice_id: str, member_id: int) -> VoiceDetails:
        """Return everything about a voice, for those who control it. Raises NotYours."""
        now = self._clock.now()
        stored = await self._details.of(member_id, None, now=now)
        voice = next((voice for voice in stored.reach.controlled if voice.id == voice_id), None)
        return _details_of(controlled(voice), member_id, stored, now)

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

    async def make_default(
        self, typed: str, member: Member, guild_id: int | None, *, only_here: bool, post_as: PostAs | None = None
    ) -> Voice:
        """Let a voice that the member may use here speak when they name none: in every server, or only in this one.

        `post_as`, if given, is the form in which the member's sounds are posted from now on, in whatever voice.
        """
        began_at = self._clock.now()
        if only_here and guild_id is None:
            raise NoServerHere
        voice = await self._usable_voices.find(typed, member, guild_id)
        return await self._set_default(
            voice, member.id, guild_id=guild_id, only_here=only_here, since=began_at, post_as=post_as
        )

    async def make_controlled_default(self, voice_id: str, member_id: int, guild_id: int | None) -> Voice:
        began_at = self._clock.now()
        voice = await self.controlled(voice_id, member_id)
        return await self._set_default(voice, member_id, guild_id=guild_id, only_here=False, since=began_at)

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
            by_id=controller.id,
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

    async def _set_default(
        self,
        voice: Voice,
        member_id: int,
        *,
        guild_id: int | None,
        only_here: bool,
        since: int,
        post_as: PostAs | None = None,
    ) -> Voice:
        if (obstacle := why_silent(voice, member_id)) is not None:
            raise VoiceNotUsable(obstacle)
        guard = self._guards.using(member_id, guild_id=guild_id, since=since)
        if only_here and guild_id is not None:
            is_set = await self._store.set_default_in(guild_id, member_id, voice.id, guard=guard, post_as=post_as)
        else:
            is_set = await self._store.set_default(member_id, voice.id, guild_id=guild_id, guard=guard, post_as=post_as)
        if not is_set:
            raise GoneAlready
        return voice


def _details_of(voice: Voice, member_id: int, stored: StoredDetails, now: int) -> VoiceDetails:
    mine, default_id = voice.owner_id == member_id, stored.reach.default_id
    failed = mine and voice.state is VoiceState.FAILED
    others = [each for each in stored.reach.controlled if each.id != voice.id and each.state is VoiceState.TRAINED]
    return VoiceDetails(
        voice=voice,
        is_default=default_id == voice.id,
        # Somebody else's voice speaks in some places only.
        other_default=next((each.name for each in others if each.id == default_id), None),
        shares=tuple(share for share in stored.shares.get(voice.id, ()) if not share.is_over(now)),
        speaks_early=voice.state is not VoiceState.TRAINED and voice.can_speak(now),
        retry_until=stored.samples_kept_until.get(voice.id) if failed else None,
        asked_until=stored.asked_until.get(voice.id) if voice.state is VoiceState.DRAFT else None,
        untold=mine and voice.id in stored.untold,
        unsharing=stored.unsharing,
        is_updating=voice.id in stored.updating,
        default_in=frozenset(guild_id for guild_id, id_ in stored.defaults_in.items() if id_ == voice.id),
        other_defaults={
            guild_id: each.name for guild_id, id_ in stored.defaults_in.items() for each in others if each.id == id_
        },
    )
