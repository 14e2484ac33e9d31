"""`python -m bot verify`: tells without a network whether the bot made a file.

The host checks with the database, everybody else with the key that the host publishes.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeAlias

from bot.audio.refusals import MAX_SAMPLE_BYTES
from bot.database_url import engine_of, file_of
from bot.errors import UserError
from bot.services.common.signing import Signer, open_signer
from bot.services.common.wording import utc
from bot.services.provenance.marks import MarkChecker, is_old
from bot.services.provenance.tracing import Looks, Trace, genuine_mark, look_at, traced
from bot.services.provenance.verdicts import Verdict, verdict_card
from bot.settings import read_database_settings
from bot.storage.common.secrets import SecretStore
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite.private_files import is_there
from bot.storage.speech.utterances import UtteranceStore

Judge: TypeAlias = Callable[[Looks], Coroutine[Any, Any, tuple[Trace, str]]]

KEY = re.compile(r"[0-9a-fA-F]{64}")


class Outcome(IntEnum):
    """The exit code: the highest one of all files."""

    MADE = 0  # the bot made each file, and its sound is as it was made
    NOT_MADE = 1  # at least one file is something else
    NOT_CHECKED = 2  # at least one file could not be read


class NoDatabase(UserError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no database at {path}. Run this where the bot runs, set DATABASE_URL, or give the bot's public "
            "key with --key."
        )


class WrongKey(UserError):
    def __init__(self) -> None:
        super().__init__(
            "--key takes the 64 hexadecimal letters that the bot's host gets from `python -m bot verify --public-key`."
        )


async def print_public_key() -> None:
    """Print the key with which others can check this bot's marks."""
    async with _opened_database() as (_, signer):
        print(signer.public_key.hex())


async def verify(files: Sequence[Path], key: str | None) -> Outcome:
    """Print what is known about each file. With `key`, only marks are checked; else also the database's records.

    Raises WrongKey or NoDatabase.
    """
    if key is not None:
        if not KEY.fullmatch(key):
            raise WrongKey
        return await _tell(files, _judge_by_key(MarkChecker(bytes.fromhex(key))))
    async with _opened_database() as (database, signer):
        return await _tell(files, _judge_by_database(UtteranceStore(database), signer))


async def _tell(files: Sequence[Path], judge: Judge) -> Outcome:
    outcome = Outcome.MADE
    for file in files:
        try:
            looks = await asyncio.to_thread(_look_at, file)
        except OSError as error:
            print(f"{file}: could not be read ({error.strerror}).")
            outcome = Outcome.NOT_CHECKED
            continue
        trace, sentence = await judge(looks) if looks else (Trace.NONE, _TOO_LARGE)
        print(f"{file}: {sentence}")
        if trace not in {Trace.GENUINE, Trace.RETAGGED}:
            outcome = max(outcome, Outcome.NOT_MADE)
    return outcome


def _look_at(file: Path) -> Looks | None:
    """Read a file. Returns None if it is larger than `/verify` takes."""
    with file.open("rb") as opened:
        data = opened.read(MAX_SAMPLE_BYTES + 1)
    return look_at(data) if len(data) <= MAX_SAMPLE_BYTES else None


def _judge_by_database(utterances: UtteranceStore, signer: Signer) -> Judge:
    checker = MarkChecker(signer.public_key, signer)

    async def judge(looks: Looks) -> tuple[Trace, str]:
        trace, _ = await traced(looks, checker, utterances)
        return trace, _told(trace, looks, checker)

    return judge


def _judge_by_key(checker: MarkChecker) -> Judge:
    async def judge(looks: Looks) -> tuple[Trace, str]:
        if genuine_mark(looks, checker) is not None:
            return Trace.GENUINE, _told(Trace.GENUINE, looks, checker)
        if looks.sound_hash is not None and any(map(is_old, looks.marks)):
            return Trace.NONE, _OLD_MARK
        if looks.marks:
            return Trace.CHANGED, _NOT_BY_KEY
        return Trace.NONE, _NO_MARK

    return judge


def _told(trace: Trace, looks: Looks, checker: MarkChecker) -> str:
    """Return what `/verify` tells a stranger, without Discord's markup, and the time of the mark."""
    words = verdict_card(Verdict(trace)).replace("**", "").replace("\n", " ")
    mark = genuine_mark(looks, checker)
    return f"{words} It was made on {utc(mark.made_at)}." if mark and mark.made_at is not None else words


@asynccontextmanager
async def _opened_database() -> AsyncGenerator[tuple[Database, Signer]]:
    """Open the bot's database. Raises NoDatabase if there is none: a new one would have another key."""
    url = read_database_settings().database_url
    if engine_of(url) == "sqlite" and not is_there(path := file_of(url)):
        raise NoDatabase(path)
    async with open_database(url) as database:
        yield database, await open_signer(SecretStore(database))


_TOO_LARGE = f"it is larger than {MAX_SAMPLE_BYTES // 2**20} MiB, and I post nothing that large."
_OLD_MARK = (
    "it carries a mark from before marks could be checked with a key. Only the bot that made it can check that one: "
    "use its /verify."
)
_NOT_BY_KEY = (
    "this was not made with that key, or it was changed since. It carries a mark, but not for this sound: another bot "
    "made it, the sound was cut, changed or swapped, something was added, or the mark was copied from another file."
)
_NO_MARK = (
    "nothing is known about this file: it carries no mark. A recording or a conversion of something that the bot made, "
    "or a clip without its tags, would look like this, too."
)
