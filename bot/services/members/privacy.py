"""Shows members what is stored about them: as counts, or all of it as a file."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from bot.clock import SECOND, Clock
from bot.models.samples import Clip
from bot.services.common.turns import Turns
from bot.services.members.others import Others
from bot.services.servers.guards import Guards
from bot.services.speech.allowances import AllowanceService
from bot.storage.engine.database import Row
from bot.storage.members.personal_data import PersonalDataStore

# Discord's limit for a whole request (its reference, Create Message), whatever a server's limit for files is.
LARGEST_EXPORT = 25 * 2**20  # bytes
MOST_BESIDE_SAMPLES = 2**16  # bytes: names and headers inside the ZIP

_ABOUT = (
    "Everything that this bot has stored about you. Times are in UTC, ids are Discord's. "
    "What you had spoken is not here, since it is never stored. Other people appear as “another member” with a letter. "
    "A sound that you have not posted yet is here only in your own voice, since another one says in itself whose it is."
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that may go into an export."""

    row: Row
    name: str
    path: str  # before its name
    read: Callable[[], Awaitable[Clip | None]]


@dataclass(frozen=True, slots=True)
class Export:
    """A ZIP with one JSON file, and the samples and takes that fit."""

    data: bytes = field(repr=False)
    left_out: tuple[str, ...]  # names of files that were too large for it
    check: Callable[[], Awaitable[None]]  # raises ErasedMeanwhile once the member had everything deleted


class PrivacyService:
    def __init__(self, store: PersonalDataStore, allowances: AllowanceService, guards: Guards, clock: Clock) -> None:
        self._store = store
        self._guards = guards
        self._allowances = allowances
        self._clock = clock
        self._turns = Turns(1, "exports")  # one export at a time: each holds its samples in memory

    async def holdings(self, member_id: int) -> Mapping[str, int]:
        """Count the rows of each table that are about a member."""
        return await self._store.counts(member_id)

    async def export(self, member_id: int, room: int) -> Export:
        """Pack everything that is stored about a member into at most `room` bytes, the smallest samples first.

        Raises ErasedMeanwhile, or TooManyAtOnce.
        """
        began_at = self._clock.now()
        async with self._turns.turn(member_id):
            found = await self._store.everything(member_id)
            today = await self._allowances.today(member_id, None)
            others = await asyncio.to_thread(Others, member_id, found)
            document = {
                "about": _ABOUT,
                "made_at": _readable("made_at", self._clock.now()),
                "member_id": str(member_id),
                "characters_spoken_today": today.everywhere.spent,
                **await asyncio.to_thread(_tables, found, others),
            }
            text = await asyncio.to_thread(_packed, document, {})
            room = min(room, LARGEST_EXPORT) - len(text) - MOST_BESIDE_SAMPLES
            files, left_out = await self._files(member_id, found, others, room)
            check = partial(self._store.check, self._guards.using(member_id, guild_id=None, since=began_at))
            export = Export(await asyncio.to_thread(_packed, document, files), left_out, check)
            await check()
            return export

    async def _files(
        self, member_id: int, found: Mapping[str, Sequence[Row]], others: Others, room: int
    ) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """Return the recordings and the member's own takes that fit, by their paths, and the names of the others."""
        own_voices = {
            row["id"]
            for row in found["voice"]
            if row["owner_id"] == member_id and row["speaker_id"] in {None, member_id}
        }
        kept = [
            _Kept(row, row["filename"], f"samples/{row['voice_id']}-", partial(self._store.clip, row["voice_id"], 1))
            for row in found["sample"]
        ]
        kept += [
            _Kept(
                *(row, row["filename"], f"samples/{row['voice_id']}-{row['number']}-"),
                partial(self._store.clip, row["voice_id"], row["number"]),
            )
            for row in found["further_clip"]
        ]
        kept += [
            _Kept(row, f"{row['id']}.wav", "once/", partial(self._store.one_off, row["id"])) for row in found["one_off"]
        ]
        kept += [
            _Kept(row, f"{row['id']}.mp3", "takes/", partial(self._store.take, row["id"]))
            for row in found["take"]
            if row["member_id"] == member_id and row["voice_id"] in own_voices
        ]
        files: dict[str, bytes] = {}
        left_out: list[str] = []
        for each in sorted(kept, key=lambda each: each.row["bytes"]):
            room -= each.row["bytes"]
            if room < 0:
                left_out.append(others.hidden(each.name))
            elif (file := await each.read()) is not None:
                files[f"{each.path}{others.hidden(file.filename)}"] = file.data
        return files, tuple(left_out)


def _packed(document: Mapping[str, object], files: Mapping[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mynah.json", json.dumps(document, ensure_ascii=False, indent=2))
        for path, data in files.items():
            # Not compressed: so the size is known beforehand, and sound would hardly get smaller.
            archive.writestr(path, data, ZIP_STORED)
    return packed.getvalue()


def _tables(found: Mapping[str, Sequence[Row]], others: Others) -> dict[str, object]:
    return {table: [_readable_row(others.without(row)) for row in rows] for table, rows in found.items()}


def _readable_row(row: Row) -> dict[str, object]:
    return {column: _readable(column, value) for column, value in row.items()}


def _readable(column: str, value: object) -> object:
    """Write times in ISO 8601 and Discord's ids as text, since many programs round numbers of that size."""
    if not isinstance(value, int):
        return value
    if column.endswith(("_at", "until")) or column == "since":
        return datetime.fromtimestamp(value / SECOND, UTC).isoformat(timespec="seconds")
    return str(value) if column.endswith(("_id", "_by")) else value
