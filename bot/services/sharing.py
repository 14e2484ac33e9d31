"""Which servers may use a voice. A voice is private until its owner shares it."""

from bot.clock import Clock
from bot.errors import UserError
from bot.models import Member, Voice
from bot.services.ownership import owned
from bot.services.repertoire import Repertoire, VoiceNotUsable, why_silent
from bot.services.wording import quoted
from bot.storage.sharing import ShareStore
from bot.storage.voices import VoiceStore


class NeedsServer(UserError):
    def __init__(self) -> None:
        super().__init__("A voice is shared with a server: use this command in the server that you mean.")


class SharingService:
    def __init__(self, shares: ShareStore, voices: VoiceStore, repertoire: Repertoire, clock: Clock) -> None:
        self._shares = shares
        self._voices = voices
        self._repertoire = repertoire
        self._clock = clock

    async def share(self, typed: str, owner: Member, guild_id: int | None) -> Voice:
        """Let everybody in a server use an own voice."""
        if guild_id is None:
            raise NeedsServer
        voice = await self._repertoire.find_own(typed, member_id=owner.id, guild_id=guild_id)
        await self._voices.note_owner_name(owner.id, owner.name)
        return await self._share(voice, guild_id)

    async def share_where_it_began(self, voice_id: str, member_id: int) -> Voice:
        """Share the voice behind a button with the server in which it was made."""
        voice = owned(await self._voices.by_id(voice_id), member_id)
        if voice.guild_id is None:
            raise NeedsServer
        return await self._share(voice, voice.guild_id)

    async def unshare(self, typed: str, owner: Member, guild_id: int | None) -> Voice:
        """Take an own voice back from a server."""
        if guild_id is None:
            raise NeedsServer
        voice = await self._repertoire.find_own(typed, member_id=owner.id, guild_id=guild_id)
        await self._voices.note_owner_name(owner.id, owner.name)
        if not await self._shares.end(voice, guild_id, self._clock.now()):
            raise VoiceNotUsable(
                f"{quoted(voice.name)} is not shared with this server, so nobody else can use it here."
            )
        return voice

    async def servers(self) -> list[int]:
        """Every server that some voice is shared with."""
        return await self._shares.servers()

    async def server_left(self, guild_id: int) -> int:
        """The bot was removed from a server: its shares end; how many there were."""
        return await self._shares.end_all_in(guild_id)

    async def _share(self, voice: Voice, guild_id: int) -> Voice:
        if not await self._shares.add(voice.id, guild_id, self._clock.now()):
            raise VoiceNotUsable(
                why_silent(voice, voice.owner_id)
                or f"{quoted(voice.name)} can't speak any more, so it can't be shared."
            )
        return voice
