"""What most stories begin with, and what they look at."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypedDict

from sandbox.discord import Channel, Discord, Member, Reply, Role, Seen, Upload, Use
from sandbox.discord.clock import Changes
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.stories.running import BotHere


def wav(*, seconds: float = 12, filename: str = "sample.wav") -> Upload:
    """Somebody speaking alone, as a WAV."""
    return Upload(filename, sample_wav(seconds=seconds))


async def ask_for_voice(member: Member, name: str) -> Reply:
    """Attach a good sample and consent; the reply to the consent."""
    report = await member.uses("/voice create", name=name, sample=wav())
    return await member.clicks(report, "Create my voice")


async def make_voice(member: Member, name: str) -> Seen:
    """From the sample to the notice that the voice is ready; the notice."""
    await ask_for_voice(member, name)
    return await member.is_told(f"“{name}” is ready.")


With = TypedDict("With", {"with": Role | Member})


def with_(audience: Role | Member) -> With:
    """The option `with` of `/voice share` and `unshare`, which is a word of Python's."""
    return {"with": audience}


async def sees_in_list(member: Member, text: str) -> None:
    """Wait until `/voice list` shows the text."""
    await _until_list(member, lambda listed: text in listed)


async def sees_no_more(member: Member, text: str, *, in_: Channel | None = None) -> None:
    """Wait until `/voice list` does not show the text any more."""
    await _until_list(member, lambda listed: text not in listed, in_)


async def _until_list(member: Member, fits: Callable[[str], bool], place: Channel | None = None) -> None:
    async with asyncio.timeout(30):
        while not fits((await member.uses("/voice list", in_=place)).text):
            pass  # each look takes its time: it goes through Discord


async def until_later(bot: BotHere, member: Member, condition: Callable[[], object], *, minutes: float) -> None:
    """Let this much time pass again and again until the condition holds."""
    async with asyncio.timeout(30):
        while not condition():
            bot.time_passes(minutes=minutes)
            await member.uses("/voice list")


async def until_recorded(bot: BotHere, member: Member) -> None:
    """Wait until every message that was spoken is on record as posted."""
    unposted = "SELECT id FROM utterance WHERE message_id IS NULL"
    await until_later(bot, member, lambda: not stored(bot.database, unposted), minutes=0)


async def gives_time_for_a_turn(member: Member, name: str) -> None:
    """Use the bot for as long as it would take to do something that is due, in case it does so too early."""
    for _ in range(3):
        await member.uses("/voice rename", voice=name, name=name)  # waits its turn to write, behind any claim of work


def asked(fish: FishAudio, method: str, *, template: str = "/model") -> list[Request]:
    """What Fish Audio was asked for at an address, oldest first."""
    return [request for request in fish.requests if (request.method, request.route_template) == (method, template)]


def callback_of(use: Use) -> str:
    """Where the bot sends its first response to a command or a click."""
    return f"/interactions/{use.interaction.id}/{use.interaction.token}/callback"


async def until_answered(discord: Discord, method: str, path: str, *, status: int, times: int = 1) -> None:
    """Wait until Discord has answered such a request of the bot's with `status` so many times."""

    def enough() -> bool:
        found = [each for each in discord.requests if (each.method, each.path, each.status) == (method, path, status)]
        return len(found) >= times

    changes = Changes()
    end = discord.subscribe(lambda _: changes.announce())
    try:
        async with asyncio.timeout(30):
            await changes.until(lambda: enough() or None)
    finally:
        end()


def stored(database: Path, query: str) -> list[tuple[Any, ...]]:
    """What the bot keeps, read past it."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def let_be_heard(database: Path, name: str, speaker: Member) -> None:
    """Make it somebody else's voice, as if they had agreed to it."""
    with closing(sqlite3.connect(database)) as connection, connection:
        query = "UPDATE voice SET speaker_id = ?, speaker_name = ? WHERE name = ?"
        connection.execute(query, (speaker.id, speaker.name, name))


def copy_voice(database: Path, name: str, copies: list[str]) -> None:
    """Give the owner of a voice more of the kind, which takes half a second each in the usual way."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM voice WHERE name = ?", (name,)).fetchone())
        for slot, copy in enumerate(copies, start=row["slot"] + 1):
            row |= {"id": f"{slot:016x}", "name": copy, "name_key": copy.casefold(), "slot": slot}
            row["created_at"] += 1
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO voice VALUES ({places})", tuple(row.values()))  # noqa: S608 - question marks
