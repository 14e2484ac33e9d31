"""The rules of sharing, on a real database: who may share where, when shares end, and what the server's log says."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import HOUR
from bot.errors import UserError
from bot.models.common import Member
from bot.models.samples import Clip, Sample
from bot.models.sharing import WHOLE_SERVER, Audience, AudienceKind
from bot.models.voices import Voice, VoiceState
from bot.services import servers, sharing
from bot.services.common.signing import Signer
from bot.services.members.erasures import ErasureService, NothingToErase
from bot.services.servers.rules import NotManager
from bot.services.sharing.sharing import MOST_SHARES
from bot.storage import build_stores
from bot.storage.engine.database import Database
from bot.storage.voices.voices import VoiceStore
from tests.storage.guards import unguarded
from tests.stories.running import TravelClock

HERE, ELSEWHERE = 7, 8
ANN, BEA, BEN = (Member(id=number, name=name) for number, name in enumerate(("Ann", "Bea", "Ben"), start=1))
MANAGER = Member(id=9, name="Max", is_manager=True)


class TickingClock(TravelClock):
    """A clock that shows another millisecond whenever somebody looks, so that the log has an order."""

    def now(self) -> int:
        self.forward(seconds=0.001)
        return super().now()


class World:
    """The services of one bot, and what Discord would answer about who is where."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = TickingClock()
        self.left: set[tuple[int, int]] = set()  # server, member
        self.meanwhile: Callable[[], Awaitable[object]] | None = None  # happens while Discord is asked for a member
        self.voices = VoiceStore(database)
        stores = build_stores(database)
        server = servers.build(stores, Signer(b"h" * 32, b"p" * 32), self.clock)
        shared = sharing.build(stores, server, self.clock, allowed_servers=())
        shared.membership.connect(self._is_member)
        self.rules, self.usable_voices, self.sharing = server.rules, shared.usable_voices, shared.sharing
        self.erasures = ErasureService(stores.erasures, server.guards, self.clock)

    async def _is_member(self, guild_id: int, member_id: int) -> bool:
        if self.meanwhile is not None:
            await self.meanwhile()
        return (guild_id, member_id) not in self.left

    def leaves(self, member: Member, guild_id: int = HERE) -> None:
        self.left.add((guild_id, member.id))
        self.clock.forward(seconds=6 * 60)

    async def voice(self, *, speaker: Member | None = None) -> Voice:
        """Make a trained voice of Ann's here; `speaker` is heard in it, if given."""
        now = self.clock.now()
        voice = Voice(
            id="0123456789abcdef",
            owner_id=ANN.id,
            owner_name=ANN.name,
            name="Grandpa",
            state=VoiceState.DRAFT,
            guild_id=HERE,
            channel_id=70,
            next_attempt_at=now + HOUR,
            since=now,
            created_at=now,
        )
        await self.voices.add_draft(voice, Sample((Clip("sample.wav", b"RIFF"),)), max_voices=0, guard=unguarded)
        await self.voices.consent(voice.id, wording="I agree", guard=unguarded, now=now)
        async with self.database.writing() as db:
            query = "UPDATE voice SET state = 'trained', fish_id = 'f1', speaker_id = $1, speaker_name = $2"
            await db.execute(query, speaker.id if speaker else None, speaker.name if speaker else None)
        return voice

    async def log(self) -> list[str]:
        """Return the entries in the log of HERE, without the greeting."""
        async with self.database.reading() as db:
            rows = await db.fetch_all("SELECT sentence FROM log_entry ORDER BY created_at")
        return [row["sentence"] for row in rows][1:]

    async def obstacle(self, member: Member, guild_id: int = HERE) -> str:
        """Return why a member cannot speak in the voice; empty if they can."""
        try:
            known = await self.usable_voices.known_to(member, guild_id)
            await self.usable_voices.find_speaking("Grandpa", known, member, guild_id)
        except UserError as error:
            return str(error)
        return ""


@pytest.fixture
async def world(database: Database) -> World:
    world = World(database)
    await world.rules.log_to(MANAGER, HERE, 71)
    return world


async def test_the_owner_shares_a_voice_in_its_own_server_and_the_person_heard_anywhere(world: World) -> None:
    await world.voice(speaker=BEA)
    await world.sharing.share("Grandpa", ANN, HERE)
    with pytest.raises(UserError, match="you can share it only in the server where you asked for it"):
        await world.sharing.share("Grandpa", ANN, ELSEWHERE)
    assert (await world.obstacle(BEN, ELSEWHERE)).startswith("There is no voice")
    await world.sharing.share("Grandpa", BEA, ELSEWHERE)
    world.leaves(ANN, ELSEWHERE)
    assert await world.obstacle(BEN, ELSEWHERE) == "", "Bea shared it, and Bea is there"
    with pytest.raises(UserError, match="belongs to Ann"):
        await world.sharing.unshare("Grandpa", BEN, HERE)
    await world.sharing.unshare("Grandpa", BEA, HERE)
    assert await world.obstacle(BEN) == "Bea no longer shares “Grandpa” with this server."


async def test_a_voice_from_elsewhere_needs_spoken_consent_where_it_is_asked_for(world: World) -> None:
    voice = await world.voice()
    for guild_id in (HERE, ELSEWHERE):
        await world.rules.ask_for_spoken_consent(MANAGER, guild_id, asked_for=True)
    with pytest.raises(UserError, match="asks for spoken consent, which nobody has given for “Grandpa”"):
        await world.sharing.share("Grandpa", ANN, ELSEWHERE)
    await world.sharing.share("Grandpa", ANN, HERE)
    async with world.database.writing() as db:
        await db.execute("UPDATE consent SET sentence = 'I agree' WHERE voice_id = $1", voice.id)
    await world.sharing.share("Grandpa", ANN, ELSEWHERE)


@pytest.mark.parametrize("leaver", [ANN, BEA], ids=["who shared it", "who is heard"])
async def test_a_share_ends_when_its_sharer_or_the_person_heard_leaves(world: World, leaver: Member) -> None:
    await world.voice(speaker=BEA)
    await world.sharing.share("Grandpa", ANN, HERE)
    await world.sharing.share("Grandpa", BEA, HERE, audience=Audience(kind=AudienceKind.MEMBER, target_id=BEN.id))
    world.leaves(leaver)
    stays = leaver is ANN
    gone = f"{leaver.name} is not in this server any more, so “Grandpa” can't be used here."
    assert await world.obstacle(BEN) == ("" if stays else gone)
    assert await world.obstacle(MANAGER) == gone, "the share with everybody was Ann's, of Bea's voice"
    assert len(await world.sharing.in_server(HERE)) == (1 if stays else 0)
    who = f"{leaver.name} (<@{leaver.id}>)"
    assert (await world.log())[
        2
    ] == f"“Grandpa” is no longer shared with this server: {who} is not in this server any more."


async def test_every_share_and_its_end_are_logged(world: World) -> None:
    voice = await world.voice()
    role = Audience(kind=AudienceKind.ROLE, target_id=5)
    await world.sharing.share("Grandpa", ANN, HERE)
    share = await world.sharing.share("Grandpa", ANN, HERE, audience=role, until="1 hour")
    await world.sharing.unshare("Grandpa", ANN, HERE, WHOLE_SERVER)
    world.clock.forward(seconds=3600)
    await world.sharing.end_what_is_over()
    await world.sharing.end_what_is_over()
    await world.sharing.share("Grandpa", ANN, HERE)
    with pytest.raises(NotManager):
        await world.sharing.remove_from_server(voice.id, HERE, ANN)
    await world.sharing.remove_from_server(voice.id, HERE, MANAGER)
    with pytest.raises(UserError, match="not shared with this server any more"):
        await world.sharing.remove_from_server(voice.id, HERE, MANAGER)
    assert await world.log() == [
        "Ann (<@1>) shared “Grandpa” with this server.",
        f"Ann (<@1>) shared “Grandpa” with <@&5> until <t:{(share.until or 0) // 1000}:f>.",
        "Ann (<@1>) took “Grandpa” back from this server.",
        "“Grandpa” is no longer shared with <@&5>: the time for which Ann (<@1>) shared it is over.",
        "Ann (<@1>) shared “Grandpa” with this server.",
        "Max (<@9>) removed “Grandpa”, which Ann (<@1>) had shared with this server.",
    ]
    assert await world.obstacle(BEN) == "Those who manage this server have ended the sharing of “Grandpa” here."


async def test_a_server_may_forbid_sharing_and_a_share_ends_once(world: World) -> None:
    await world.voice()
    await world.rules.allow_shares(MANAGER, HERE, allowed=False)
    with pytest.raises(UserError, match="don't allow voices to be shared here"):
        await world.sharing.share("Grandpa", ANN, HERE)
    await world.rules.allow_shares(MANAGER, HERE, allowed=True)
    await world.sharing.share("Grandpa", ANN, HERE)
    ends = await asyncio.gather(
        *(world.sharing.unshare("Grandpa", ANN, HERE) for _ in range(4)), return_exceptions=True
    )
    assert len([end for end in ends if not isinstance(end, UserError)]) == 1
    assert len(await world.log()) == 4  # two about the rule, then one share and one end


async def test_a_voice_has_a_maximum_of_shares_in_a_server(world: World) -> None:
    await world.voice()
    roles = [Audience(kind=AudienceKind.ROLE, target_id=number) for number in range(100, 101 + MOST_SHARES)]
    for role in roles[:-1]:
        await world.sharing.share("Grandpa", ANN, HERE, audience=role)
    with pytest.raises(UserError, match=f"is shared with {MOST_SHARES} roles and members here, which is the most"):
        await world.sharing.share("Grandpa", ANN, HERE, audience=roles[-1])
    await world.sharing.share("Grandpa", ANN, HERE, audience=roles[0], until="1 day")
    assert len(await world.sharing.in_server(HERE)) == MOST_SHARES


async def test_a_voice_is_not_shared_with_somebody_who_is_erased_meanwhile(world: World) -> None:
    await world.voice(speaker=BEA)

    async def erase() -> None:
        with pytest.raises(NothingToErase):
            await world.erasures.erase(BEN.id, asked_by=BEN.id)

    world.meanwhile = erase
    with pytest.raises(UserError, match="nothing was shared"):
        await world.sharing.share("Grandpa", ANN, HERE, audience=Audience(kind=AudienceKind.MEMBER, target_id=BEN.id))
    assert (await world.log(), await world.sharing.in_server(HERE)) == ([], [])
