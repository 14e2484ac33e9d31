"""Shares voices with servers, roles and members. A voice is private until a member who controls it shares it."""

from bot.clock import Clock
from bot.errors import UserError
from bot.models.common import Member
from bot.models.sharing import WHOLE_SERVER, Audience, AudienceKind, Cause, Share
from bot.models.voices import Voice
from bot.services.common.ownership import controlled
from bot.services.common.wording import audience_words, moment, person, plain, quoted
from bot.services.servers import ServerServices
from bot.services.servers.rules import check_manager
from bot.services.sharing.deadlines import deadline
from bot.services.sharing.known_voices import VoiceNotUsable, why_silent
from bot.services.sharing.membership import Membership
from bot.services.sharing.share_expiry import ShareExpiry
from bot.services.sharing.usable_voices import UsableVoices
from bot.storage.engine.database import Guard, Session
from bot.storage.servers.rules import rules_of
from bot.storage.sharing.sharing import ShareEnd, ShareStore, TooManyShares
from bot.storage.voices.voices import VoiceStore, is_consent_spoken

MOST_SHARES = 25  # of one voice in one server; a larger group can have one of Discord's roles


class NeedsServer(UserError):
    def __init__(self) -> None:
        super().__init__("A voice is shared with a server: use this command in the server that you mean.")


class NotShared(UserError):
    def __init__(self) -> None:
        super().__init__("Something has changed meanwhile, so nothing was shared. Please try again.")


class SharingService:
    def __init__(
        self,
        shares: ShareStore,
        voices: VoiceStore,
        usable_voices: UsableVoices,
        server: ServerServices,
        membership: Membership,
        share_expiry: ShareExpiry,
        clock: Clock,
    ) -> None:
        self._shares = shares
        self._voices = voices
        self._usable_voices = usable_voices
        self._guards = server.guards
        self._membership = membership
        self._share_expiry = share_expiry
        self._clock = clock

    async def share(
        self,
        typed: str,
        controller: Member,
        guild_id: int | None,
        *,
        audience: Audience = WHOLE_SERVER,
        until: str | None = None,
    ) -> Share:
        """Let an audience use a voice, for ever if `until` is None. Raises a UserError that says what to change."""
        if guild_id is None:
            raise NeedsServer
        began_at = self._clock.now()
        voice = await self._usable_voices.find_controlled(typed, controller, guild_id)
        await self._voices.note_name(controller.id, controller.name)
        self._membership.seen(controller.id, guild_id)
        end = None if until is None else deadline(until, began_at)
        return await self._share(voice, controller, guild_id, audience, end, since=began_at)

    async def share_where_it_began(self, voice_id: str, controller: Member) -> Share:
        """Share the voice behind a button with the whole server in which it was made. Raises a UserError."""
        began_at = self._clock.now()
        voice = controlled(await self._voices.controlled(voice_id, controller.id))
        if voice.guild_id is None:
            raise NeedsServer
        if await self._membership.has_left(controller.id, voice.guild_id):
            raise VoiceNotUsable(
                f"You are not in that server any more, so {quoted(voice.name)} can't be shared there. "
                "Use `/voice share` in a server where you want it."
            )
        return await self._share(voice, controller, voice.guild_id, WHOLE_SERVER, None, since=began_at)

    async def unshare(
        self, typed: str, controller: Member, guild_id: int | None, audience: Audience | None = None
    ) -> tuple[Voice, list[Share]]:
        """Take a voice back from an audience, or from everybody in the server.

        Returns the voice and the shares that are left there. Raises VoiceNotUsable if it was not shared so.
        """
        if guild_id is None:
            raise NeedsServer
        voice = await self._usable_voices.find_controlled(typed, controller, guild_id)
        await self._voices.note_name(controller.id, controller.name)
        there = [share for share in await self._shares.of_voice(voice.id) if share.guild_id == guild_id]
        meant = [share for share in there if audience in (None, share.audience)]
        if not await self._shares.end([_taken_back(share, controller) for share in meant], self._clock.now()):
            raise VoiceNotUsable(_not_shared(voice, audience, is_shared=bool(there)))
        return voice, [share for share in there if share not in meant]

    async def remove_from_server(self, voice_id: str, guild_id: int, manager: Member) -> Voice:
        """End every share of a voice in a server, for its manager. Raises NotManager, or UserError if there is none."""
        check_manager(manager)
        guard = self._guards.using(manager.id, guild_id=None, since=self._clock.now())
        there = [share for share in await self.in_server(guild_id) if share.voice.id == voice_id]
        if not await self._shares.end([_removed(share, manager) for share in there], self._clock.now(), guard=guard):
            raise UserError("That voice is not shared with this server any more. `/server voices` shows what is.")
        return there[0].voice

    async def in_server(self, guild_id: int) -> list[Share]:
        """Return every share that holds in a server, the oldest voices first."""
        now = self._clock.now()
        return [share for share in await self._shares.in_server(guild_id) if not share.is_over(now)]

    async def end_what_is_over(self) -> None:
        await self._share_expiry.end_what_is_over()

    async def _share(
        self, voice: Voice, controller: Member, guild_id: int, audience: Audience, until: int | None, *, since: int
    ) -> Share:
        _check_right(voice, controller, guild_id)
        if voice.heard_id != controller.id and await self._membership.has_left(voice.heard_id, guild_id):
            raise VoiceNotUsable(
                f"{plain(voice.heard_name)}, who is heard in {quoted(voice.name)}, is not in this server any more, so "
                "it can't be shared here."
            )
        if audience.kind is AudienceKind.MEMBER and voice.is_controlled_by(audience.target_id):
            raise VoiceNotUsable(f"They can use {quoted(voice.name)} anyway: it is theirs. Choose somebody else.")
        share = Share(
            voice=voice,
            guild_id=guild_id,
            audience=audience,
            until=until,
            shared_by=controller.id,
            shared_at=self._clock.now(),
        )
        try:
            guard = self._permitted(share, controller, since)
            added = await self._shares.add(share, guard=guard, entry=_shared(share, controller), most=MOST_SHARES)
        except TooManyShares:
            raise VoiceNotUsable(
                f"{quoted(voice.name)} is shared with {MOST_SHARES} roles and members here, which is the most. "
                "Share it with a role that they all have, or take it back from some with `/voice unshare`."
            ) from None
        if not added:
            raise VoiceNotUsable(
                why_silent(voice, controller.id) or f"{quoted(voice.name)} can't speak any more, so it can't be shared."
            )
        return share

    def _permitted(self, share: Share, controller: Member, since: int) -> Guard:
        """Return a guard for a share that was asked for at `since`.

        It raises VoiceNotUsable if the server asks for spoken consent and the voice was made elsewhere without it.
        """
        allowed = self._guards.sharing(controller, share.guild_id, since=since)
        voice, audience = share.voice, share.audience

        async def guard(db: Session) -> None:
            await allowed(db)
            if audience.kind is AudienceKind.MEMBER and await self._guards.is_erased(
                db, audience.target_id, since=since
            ):
                raise NotShared
            if voice.guild_id == share.guild_id or not (await rules_of(db, share.guild_id)).spoken_consent:
                return
            if not await is_consent_spoken(db, voice.id):
                raise VoiceNotUsable(
                    f"This server asks for spoken consent, which nobody has given for {quoted(voice.name)}: it was "
                    "made elsewhere. Create a voice here with `/voice create` to share it."
                )

        return guard


def _check_right(voice: Voice, controller: Member, guild_id: int) -> None:
    """Raise VoiceNotUsable if the member may not share the voice in this server.

    The person who is heard shares it anywhere; an owner who is not heard, only in the server where they asked for it.
    """
    if controller.id != voice.heard_id and guild_id != voice.guild_id:
        heard = plain(voice.heard_name)
        raise VoiceNotUsable(
            f"{quoted(voice.name)} is {heard}'s voice: you can share it only in the server where you asked for it. "
            f"{heard} can share it anywhere."
        )


def _not_shared(voice: Voice, audience: Audience | None, *, is_shared: bool) -> str:
    if audience is not None and is_shared:
        whom = audience_words(audience, whole_server="this whole server")
        return f"{quoted(voice.name)} is not shared with {whom}. `/voice show` says who may use it."
    return f"{quoted(voice.name)} is not shared with this server, so nobody else can use it here."


def _shared(share: Share, controller: Member) -> str:
    until = "" if share.until is None else f" until {moment(share.until)}"
    whom = audience_words(share.audience)
    return f"{person(controller.id, controller.name)} shared {quoted(share.voice.name)} with {whom}{until}."


def _taken_back(share: Share, controller: Member) -> ShareEnd:
    whom = audience_words(share.audience)
    entry = f"{person(controller.id, controller.name)} took {quoted(share.voice.name)} back from {whom}."
    return ShareEnd(share=share, cause=Cause.UNSHARED, by_id=controller.id, by_name=controller.name, entry=entry)


def _removed(share: Share, manager: Member) -> ShareEnd:
    name, whom = quoted(share.voice.name), audience_words(share.audience)
    sharer = person(share.shared_by, share.sharer_name)
    entry = f"{person(manager.id, manager.name)} removed {name}, which {sharer} had shared with {whom}."
    return ShareEnd(share=share, cause=Cause.REMOVED, by_id=share.shared_by, by_name=share.sharer_name, entry=entry)
