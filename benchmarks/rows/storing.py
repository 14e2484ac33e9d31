"""The database: what a `/say` asks of it, and how long a read and a write take when it is large."""

import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from sqlite3 import Connection, connect
from tempfile import TemporaryDirectory

from benchmarks.bench import Bench
from benchmarks.bots import PROBED_MYNAH
from benchmarks.figures import Figure, Line, quantile
from benchmarks.stage import open_stage
from benchmarks.stored import StoredVoice, make_database
from bot.models.common import Charge
from bot.models.speech import Utterance
from bot.storage import Stores, build_stores
from bot.storage.engine.database import Session
from bot.storage.engine.opening import open_database

GUILDS, VOICES_OF_A_MEMBER = 5_000, 5
DAYS, DAY = 90, 86_400_000  # milliseconds


async def statements(bench: Bench) -> Sequence[Line]:
    """Count the blocks and statements of a `/say`."""
    async with open_stage(speech_seconds=0.05) as stage:
        await stage.prepare(stage.add_members(1))
        bot = await stage.start(PROBED_MYNAH)
        await stage.say(stage.members[0])
        await bot.probe()
        said = bench.pick(2, 5, 10)
        for _ in range(said):
            await stage.say(stage.members[0])
        counted = await bot.probe()
    return [
        Line(what="blocks of the database per `/say`", unit="", mynah=Figure((counted["blocks"] / said,)), limit=3),
        Line(
            what="statements per `/say`, BEGIN and COMMIT included",
            unit="",
            mynah=Figure((counted["statements"] / said,)),
        ),
    ]


async def large_database(bench: Bench) -> Sequence[Line]:
    """Read what permits a `/say`, and write its record, among many others."""
    voices, records = bench.pick(500, 10_000, 100_000), bench.pick(1_000, 50_000, 1_000_000)
    with TemporaryDirectory(prefix="mynah-bench-") as folder:
        path = Path(folder) / "mynah.db"
        await make_database(path, (_voice(number) for number in range(voices)))
        _add_records(path, records, voices)
        async with open_database(f"sqlite:///{path}") as database:
            took = await _measure(build_stores(database), bench.pick(20, 200, 1_000), voices)
    what = f"among {voices:,} voices and {records:,} records"
    return [
        _p95(f"one read {what}: a voice", took.one_read, limit=0.3),
        _p95("one write there: the message of a record", took.one_write, limit=2),
        _p95("all that permits a `/say`, read as one block", took.read),
        _p95("charge, record and log entry of a `/say`, written as one block", took.write),
    ]


def _p95(what: str, seconds: Sequence[float], *, limit: float | None = None) -> Line:
    return Line(
        what=f"{what}, p95",
        unit="ms",
        mynah=Figure((1000 * quantile(seconds, 0.95),)),
        limit=limit,
        note=f"median {1000 * quantile(seconds, 0.5):.2f} ms",
    )


@dataclass(frozen=True, slots=True)
class _Took:
    """Seconds of single blocks: of one statement each, and of all that a `/say` reads or writes at once."""

    one_read: list[float] = field(default_factory=list[float])
    one_write: list[float] = field(default_factory=list[float])
    read: list[float] = field(default_factory=list[float])
    write: list[float] = field(default_factory=list[float])


async def _measure(stores: Stores, times: int, voices: int) -> _Took:
    async def permitted(db: Session) -> None:
        """Permit everything: what a guard reads is measured as the read."""

    took = _Took()
    for number in range(times):
        voice = _voice(number * 7919 % voices)
        with _timed(took.one_read):
            await stores.voices.by_id(voice.id)
        with _timed(took.read):
            await stores.speech_permits.of(voice.owner_id, voice.guild_id, pseudonym="nobody", since=0)
        charge = Charge(id=token_hex(8), day="2026-11-28", characters=60, charged_at=0)
        await stores.budgets.spend(charge, {f"member {voice.owner_id}": None})
        utterance = replace(_utterance(voice), made_at=int(time.time() * 1000))
        with _timed(took.write):
            await stores.utterances.begin(
                utterance, charge_id=charge.id, guard=permitted, log="Somebody spoke.", log_not_before=0
            )
        with _timed(took.one_write):
            await stores.utterances.complete(utterance, number, log="", now=0)
    return took


@contextmanager
def _timed(seconds: list[float]) -> Generator[None]:
    began = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - began)


def _voice(number: int) -> StoredVoice:
    owner = number // VOICES_OF_A_MEMBER
    return StoredVoice(
        id=f"{number:016x}",
        owner_id=10**6 + owner,
        owner_name=f"Member {owner}",
        name=f"Voice {number}",
        fish_id=f"{number:032x}",
        guild_id=1 + owner % GUILDS,
        channel_id=1,
        slot=number % VOICES_OF_A_MEMBER,
        is_shared=number % VOICES_OF_A_MEMBER == 0,
    )


def _utterance(voice: StoredVoice) -> Utterance:
    return Utterance(
        id=token_hex(8),
        made_at=0,
        voice_id=voice.id,
        voice_name=voice.name,
        owner_id=voice.owner_id,
        owner_name=voice.owner_name,
        asker_id=voice.owner_id,
        asker_name=voice.owner_name,
        guild_id=voice.guild_id,
        channel_id=1,
        characters=60,
        sound_hash=token_hex(32),
        file_hash=token_hex(32),
    )


def _add_records(path: Path, count: int, voices: int) -> None:
    """Add records of posted sounds, spread over the days for which they are kept."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")  # KiB
        with connection:
            indexes = "FROM sqlite_master WHERE type = 'index' AND tbl_name = 'utterance' AND sql IS NOT NULL"
            made = connection.execute(f"SELECT name, sql {indexes}").fetchall()
            for name, _ in made:
                connection.execute(f"DROP INDEX {name}")
            _insert_records(connection, count, voices, int(time.time() * 1000))
            for _, query in made:  # one by one at the end, which takes half of the time
                connection.execute(query)


def _insert_records(connection: Connection, count: int, voices: int, now: int) -> None:
    query = """
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :count)
        INSERT INTO utterance (id, made_at, voice_id, voice_name, owner_id, owner_name, asker_id, asker_name,
                               guild_id, channel_id, message_id, characters, sound_hash, file_hash)
        SELECT printf('r%015x', n), :now - n * :step, printf('%016x', n % :voices), 'Voice',
               :owners + n % :voices / :each, 'Member', :owners + n % :voices / :each, 'Member',
               1 + n % :voices / :each % :guilds, 1, n, 60,
               lower(hex(randomblob(32))), lower(hex(randomblob(32)))
        FROM number
    """
    values = {"count": count, "now": now, "step": DAYS * DAY // count, "voices": voices, "owners": 10**6}
    connection.execute(query, {**values, "each": VOICES_OF_A_MEMBER, "guilds": GUILDS})
