"""No column of any table keeps anything of an erased member or of a server that was left."""

from collections.abc import Mapping

from bot.clock import DAY
from bot.models.sharing import WHOLE_SERVER, Cause, Share
from bot.services.common.signing import Signer
from bot.services.members.erasures import ErasureService
from bot.services.servers.guards import Guards
from bot.services.servers.left_servers import LeftServers
from bot.storage.engine.database import Database, Value
from bot.storage.members.erasures import ErasureStore
from bot.storage.servers.left_servers import LeftServerStore
from bot.storage.sharing.sharing import ShareEnd, ShareStore
from bot.storage.voices.voices import VoiceStore
from tests.storage.guards import unguarded
from tests.storage.members.full_tables import Column, Filling
from tests.stories.running import TravelClock

ANN, BEN, SERVER = 700_000_000_000_000_001, 700_000_000_000_000_002, 700_000_000_000_000_003

# Ids that belong to nobody.
NOT_PEOPLE = {"application_id", "caption_id", "channel_id", "guild_id", "log_channel_id", "message_id"}

# An erasure leaves that a server has blocked the member, and their choice never to be asked (`docs/privacy.md`).
KEPT_OF_A_MEMBER = {"block.member_id"}

# Tables of a left server whose rows end by themselves long before: requests after 7 days, sentences after minutes.
GONE_BEFORE = {"request", "sentence"}


def people(columns: list[Column]) -> list[Column]:
    """Return the columns that hold a member's id."""
    return [
        column
        for column in columns
        if column.kind == "BIGINT" and column.name.endswith(("_id", "_by")) and column.name not in NOT_PEOPLE
    ]


def as_somebody(column: Column, columns: list[Column], member_id: int, name: str) -> Mapping[str, Value]:
    """Return values with a member's id in one column, and with their name if the table has a column for it."""
    names = {"by_name", f"{column.name.removesuffix('_id')}_name"} & {each.name for each in columns}
    return {column.name: member_id, **dict.fromkeys(names, name)}


async def live(filling: Filling, member_id: int, name: str) -> set[str]:
    """Add rows with a member in every column that can hold one. Returns these columns."""
    lived: set[str] = set()
    for table, columns in filling.tables.items():
        if table.startswith(("erasure", "server_grant")):  # the one is made by erasing, the other is about roles
            continue
        for column in people(columns):
            await filling.add(table, as_somebody(column, columns, member_id, name))
            lived.add(column.path)
    heard = {
        "owner_id": 1,
        "name_key": f"of {name}",
        "by_id": member_id,
        "by_name": name,
    }  # somebody else's voice, deleted by now
    await filling.add("departure", {**heard, "guild_id": 0, "target_id": member_id})
    await filling.add("departure", {**heard, "audience": "server", "target_id": 0})
    await filling.add("log_entry", {"sentence": f"{name} (<@{member_id}>) has done something."})
    await filling.add("utterance", {"owner_id": member_id, "owner_name": name, "log_entry_id": f"of {name}"})
    await filling.add("log_entry", {"id": f"of {name}", "sentence": f"Somebody used a voice of {name}."})
    await filling.add("notice", {"about_id": member_id, "voice_id": None, "text": f"{name} has taken it back."})
    return lived | {"log_entry.sentence"}


def services(database: Database, clock: TravelClock) -> tuple[ErasureService, LeftServers]:
    return (
        ErasureService(ErasureStore(database), Guards(Signer(b"h" * 32, b"p" * 32)), clock),
        LeftServers(LeftServerStore(database), clock),
    )


async def test_erasing_a_member_removes_all_their_data_and_no_data_of_others(database: Database) -> None:
    filling = Filling(database)
    erasures, _ = services(database, TravelClock())
    lived = await live(filling, ANN, "Ann Annis")
    await live(filling, BEN, "Ben")
    assert lived <= await filling.columns_containing(str(ANN))
    of_ben = await filling.columns_containing(str(BEN), "Ben")

    await erasures.erase(ANN, asked_by=ANN)
    assert await filling.columns_containing(str(ANN), "Ann Annis") == KEPT_OF_A_MEMBER | {"erasure.member_id"}
    await erasures.turn()
    assert await filling.columns_containing(str(ANN), "Ann Annis") == KEPT_OF_A_MEMBER | {"notice.recipient_id"}
    assert await filling.columns_containing(str(BEN), "Ben") == of_ben


async def test_thirty_days_after_a_server_was_left_nothing_of_it_is_kept(database: Database) -> None:
    filling, clock = Filling(database), TravelClock()
    _, left_servers = services(database, clock)
    lived: set[str] = set()
    for table, columns in filling.tables.items():
        here = [column for column in columns if column.name == "guild_id"]
        if table == "voice" or (here and table not in GONE_BEFORE):
            await filling.add(table, dict.fromkeys((column.name for column in here), SERVER))
            lived |= {column.path for column in here}
    assert lived == await filling.columns_containing(str(SERVER))

    await left_servers.left(SERVER)
    clock.forward(seconds=30 * DAY / 1000 - 60)
    await left_servers.forget_old()
    assert "server.guild_id" in await filling.columns_containing(str(SERVER))
    clock.forward(seconds=120)
    await left_servers.forget_old()
    assert await filling.columns_containing(str(SERVER)) == set()


async def test_a_name_under_which_a_voice_was_once_shared_outlives_no_erasure(database: Database) -> None:
    """The person who is heard ends a share, the owner renames the voice and deletes it."""
    filling = Filling(database)
    erasures, _ = services(database, TravelClock())
    voices, shares = VoiceStore(database), ShareStore(database)
    named = {"owner_id": BEN, "speaker_id": ANN, "speaker_name": "Ann Annis", "name": "Old", "name_key": "old"}
    voice_id = str(await filling.add("voice", {**named, "slot": 0, "owner_name": "Ben", "created_at": 1}))
    voice = await voices.by_id(voice_id)
    assert voice is not None
    share = Share(voice=voice, guild_id=SERVER, audience=WHOLE_SERVER, until=None, shared_by=ANN, shared_at=1)
    assert await shares.add(share, guard=unguarded, entry="Shared.", most=9)
    end = ShareEnd(share=share, cause=Cause.UNSHARED, by_id=ANN, by_name="Ann Annis", entry="Taken back.")
    assert await shares.end([end], 2)
    await voices.rename(voice_id, "New")
    await voices.delete(voice_id, Cause.DELETED, by_id=BEN, by_name="Ben", entry="Gone.", now=3, look_until=4)
    assert "departure.by_name" in await filling.columns_containing("Ann Annis")
    await erasures.erase(ANN, asked_by=ANN)
    assert await filling.columns_containing("Ann Annis") == set()
