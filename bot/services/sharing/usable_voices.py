"""Finds the voice that a member means in a place, and explains a name that means none any more."""

from typing import assert_never

from bot.clock import Clock
from bot.errors import UserError
from bot.models.common import Member
from bot.models.sharing import WHOLE_SERVER, Cause, RetiredName
from bot.models.voices import Voice
from bot.services.common.names import LONGEST_NAME
from bot.services.common.wording import plain, quoted
from bot.services.sharing.known_voices import KnownVoices, NameNotKnown, VoiceNotUsable, why_silent
from bot.services.sharing.share_expiry import ShareExpiry
from bot.storage.sharing.retired_names import RetiredNameStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore


class VoiceNotFound(UserError):
    def __init__(self, typed: str) -> None:
        shown = typed if len(typed) <= LONGEST_NAME else f"{typed[:LONGEST_NAME]}…"
        super().__init__(
            f"There is no voice called {quoted(shown)} for you here. `/voice list` shows the ones you can use."
        )


class BelongsToAnother(VoiceNotUsable):
    def __init__(self, voice: Voice) -> None:
        super().__init__(f"{quoted(voice.name)} belongs to {plain(voice.owner_name)}; only they can do that.")


class UsableVoices:
    def __init__(
        self, reach: VoicesInReachStore, retired_names: RetiredNameStore, share_expiry: ShareExpiry, clock: Clock
    ) -> None:
        self._reach = reach
        self._retired_names = retired_names
        self._share_expiry = share_expiry
        self._clock = clock

    async def known_to(self, member: Member, guild_id: int | None) -> KnownVoices:
        return KnownVoices(await self._reach.of(member.id, guild_id), member, self._clock.now())

    async def find(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        """Return the voice that a member means here, in any state. Raises a UserError if there is none."""
        return await self._named(typed, await self.known_to(member, guild_id), member, guild_id)

    async def find_controlled(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        """Return the voice that is meant if the member controls it. Raises BelongsToAnother otherwise."""
        voice = await self.find(typed, member, guild_id)
        if not voice.is_controlled_by(member.id):
            raise BelongsToAnother(voice)
        return voice

    async def find_owned(self, typed: str, member: Member, guild_id: int | None) -> Voice:
        voice = await self.find(typed, member, guild_id)
        if voice.owner_id != member.id:
            raise BelongsToAnother(voice)
        return voice

    async def find_speaking(self, typed: str | None, known: KnownVoices, member: Member, guild_id: int | None) -> Voice:
        """Return the voice that is to speak: the one named, else the member's default, else their only one.

        Somebody else's voice may be used only while its owner and the person who is heard are still here. Raises a
        UserError if none can speak.
        """
        voice = known.unnamed() if typed is None else await self._named(typed, known, member, guild_id)
        obstacle = why_silent(voice, member.id)
        if obstacle is not None and not voice.can_speak(self._clock.now()):
            raise VoiceNotUsable(obstacle)
        if voice.is_controlled_by(member.id):
            return voice
        for share in known.shares_of(voice):
            if not await self._share_expiry.end_what_went(share):
                return voice
        raise await self.not_found(voice.id, member, guild_id)

    async def _named(self, typed: str, known: KnownVoices, member: Member, guild_id: int | None) -> Voice:
        """Return the voice that is meant. A slip is forgiven, unless the typed name could be used here before."""
        try:
            return known.named(typed)
        except NameNotKnown as unknown:
            typed = unknown.typed
        error = await self.not_found(typed, member, guild_id)
        if isinstance(error, VoiceNotFound) and (voice := known.nearly_named(typed)) is not None:
            return voice
        raise error

    async def not_found(self, typed: str, member: Member, guild_id: int | None) -> UserError:
        """Return the error that explains a name that means no voice here."""
        await self._share_expiry.end_what_is_over()  # so that a share that is over is among the retired names
        retired = await self._retired_names.latest(typed, member=member, guild_id=guild_id)
        return VoiceNotFound(typed) if retired is None else what_became(retired, member, typed)


def what_became(retired: RetiredName, member: Member, typed: str) -> UserError:
    """Return the error that explains why a name that this member could use means nothing any more."""
    name, who, own = quoted(retired.name), plain(retired.by_name), retired.owner_id == member.id
    with_whom = "this server" if retired.audience == WHOLE_SERVER else "you"
    match retired.cause:
        case Cause.DELETED if own:
            return VoiceNotUsable(f"You deleted {name}. `/voice create` makes a new one.")
        case Cause.DELETED:
            return VoiceNotUsable(f"{name} was deleted by {who}.")
        case Cause.REVOKED if retired.by_id == member.id:
            return VoiceNotUsable(f"You are heard in {name} and took it back, so nobody can use it any more.")
        case Cause.REVOKED:
            return VoiceNotUsable(f"{who}, who is heard in {name}, has taken it back, so nobody can use it any more.")
        case _ if own:
            return VoiceNotFound(typed)
        case Cause.UNSHARED:
            return VoiceNotUsable(f"{who} no longer shares {name} with {with_whom}.")
        case Cause.EXPIRED:
            return VoiceNotUsable(
                f"The time for which {who} shared {name} with {with_whom} is over. Ask them to share it again."
            )
        case Cause.LEFT:
            return VoiceNotUsable(f"{who} is not in this server any more, so {name} can't be used here.")
        case Cause.REMOVED:
            return VoiceNotUsable(f"Those who manage this server have ended the sharing of {name} here.")
        case _:
            assert_never(retired.cause)
