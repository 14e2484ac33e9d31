"""Steps that most stories share: how they begin, and how they look at the outcome."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Protocol, TypedDict

import numpy as np

from bot.clock import Clock
from bot.services.voices.drafts import CONSENT
from sandbox.changes import Changes
from sandbox.discord import Channel, Discord, Member, Reply, Role, Seen, Upload, Use
from sandbox.faults import Hold, Request
from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound
from sandbox.speech import sample_wav
from tests.audio.waves import Signal
from tests.stories.running import LONGEST_WAIT, BotHere
from tests.stories.stored import Connection, Place, add_row, change_stored, stored


def speech(seconds: float, *, rate: int = 16_000, level: float = -6) -> Signal:
    """Return somebody who speaks; `level` is the peak in dBFS."""
    spoken = Sound.decode(sample_wav(seconds=seconds)).at(rate).samples.astype(np.float64)
    return 10 ** (level / 20) * spoken / np.abs(spoken).max()


def wav(*, seconds: float = 12, filename: str = "sample.wav") -> Upload:
    """Return a WAV in which one person speaks."""
    return Upload(filename, sample_wav(seconds=seconds))


async def ask_for_voice(member: Member, name: str) -> Reply:
    """Attach a good sample and consent. Returns the reply to the consent."""
    report = await member.uses("/voice create", name=name, sample=wav())
    return await member.clicks(report, "Create my voice")


async def make_voice(member: Member, name: str) -> Seen:
    """Make a voice. Returns the notice that it is ready."""
    await ask_for_voice(member, name)
    return await member.is_told(f"“{name}” is ready.")


class Running(Protocol):
    """A bot that has opened its database."""

    @property
    def place(self) -> Place: ...
    @property
    def clock(self) -> Clock: ...


async def has_voice(bot: Running, fish: FishAudio, member: Member, name: str) -> None:
    """Write a trained voice into the database, as `make_voice` would leave it, but in much less time.

    Its notice counts as sent, though no message shows it.
    """
    fish_id = fish.adds_voice(name).id
    await change_stored(bot.place, lambda connection: _keep_voice(connection, member, name, fish_id, bot.clock.now()))


def _keep_voice(connection: Connection, member: Member, name: str, fish_id: str, now: int) -> None:
    query = "SELECT COALESCE(MAX(slot), -1) + 1, COALESCE(MAX(created_at), 0) + 1 FROM voice WHERE owner_id = ?"
    slot, after_the_others = connection.execute(query, (member.id,)).fetchone()
    voice_id, made_at = secrets.token_hex(8), max(now, after_the_others)
    place = {"guild_id": member.home.id, "channel_id": member.home.channels[0].id}
    voice = {"id": voice_id, "owner_id": member.id, "owner_name": member.name, "name": name, "slot": slot, **place}
    voice |= {"name_key": name.casefold(), "state": "trained", "fish_id": fish_id}
    add_row(connection, "voice", {**voice, "since": made_at, "created_at": made_at})
    consent = {"voice_id": voice_id, "member_id": member.id, "wording": CONSENT, "given_at": made_at}
    add_row(connection, "consent", consent)
    notice = {"id": secrets.token_hex(8), "recipient_id": member.id, "kind": "trained", "voice_id": voice_id, **place}
    add_row(connection, "notice", {**notice, "created_at": made_at, "first_tried_at": made_at, "sent_at": made_at})
    query = """
        INSERT INTO preference (member_id, default_voice_id) VALUES (?, ?)
        ON CONFLICT (member_id) DO UPDATE SET default_voice_id = excluded.default_voice_id
        WHERE preference.default_voice_id IS NULL
    """
    connection.execute(query, (member.id, voice_id))


With = TypedDict("With", {"with": Role | Member})


def with_(audience: Role | Member) -> With:
    """Return the option `with` of `/voice share` and `unshare`: the word is a keyword in Python."""
    return {"with": audience}


As = TypedDict("As", {"as": str})


def as_(spoken: str) -> As:
    """Return the option `as` of `/voice pronounce`: the word is a keyword in Python."""
    return {"as": spoken}


async def sees_in_list(bot: BotHere, member: Member, text: str) -> None:
    """Wait until `/voice list` shows the text."""
    await bot.until_seen(lambda: _lists(member, text))


async def sees_no_more(bot: BotHere, member: Member, text: str, *, in_: Channel | None = None) -> None:
    """Wait until `/voice list` no longer shows the text."""

    async def is_gone() -> bool:
        return not await _lists(member, text, in_)

    await bot.until_seen(is_gone)


async def _lists(member: Member, text: str, place: Channel | None = None) -> bool:
    return text in (await member.uses("/voice list", in_=place)).text


async def until_later(bot: BotHere, condition: Callable[[], object], *, minutes: float) -> None:
    """Let this much time pass, and let the bot do what is due then, again and again until the condition holds."""
    async with asyncio.timeout(LONGEST_WAIT):
        while not condition():
            bot.time_passes(minutes=minutes)
            await bot.rests()


async def is_taken_back(bot: BotHere, discord: Discord, use: Use, posting: Hold) -> None:
    """Let Discord take a sound that may not be posted any more, and see that neither it nor its record stays."""
    posting.release()
    await use.reply()
    await bot.rests()
    assert stored(bot.place, "SELECT id FROM utterance") == []
    messages = discord.messages(discord.server.channels[0], viewer=discord.member("Witness"))
    assert not [seen for seen in messages if seen.files]


def asked(fish: FishAudio, method: str, *, template: str = "/model") -> list[Request]:
    """Return the requests to an address of Fish Audio, oldest first."""
    return [request for request in fish.requests if (request.method, request.route_template) == (method, template)]


def sentence_of(reply: Seen) -> str:
    """Return a refusal without the text that it gives back."""
    return reply.text.partition("\n-# Your text:")[0]


def callback_of(use: Use) -> str:
    """Return the path of the first response to a command or a click."""
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


async def set_speaker(place: Place, name: str, speaker: Member) -> None:
    """Make somebody else the person heard in a voice, as if they had agreed to it."""
    query, values = "UPDATE voice SET speaker_id = ?, speaker_name = ? WHERE name = ?", (speaker.id, speaker.name, name)
    await change_stored(place, lambda connection: connection.execute(query, values))


async def copy_voice(place: Place, name: str, copies: list[str]) -> None:
    """Give the owner of a voice copies of it, in the same state."""

    def copy(connection: Connection) -> None:
        row = dict(connection.execute("SELECT * FROM voice WHERE name = ?", (name,)).fetchone())
        for slot, copied in enumerate(copies, start=row["slot"] + 1):
            row |= {"id": f"{slot:016x}", "name": copied, "name_key": copied.casefold(), "slot": slot}
            row["fish_id"] = row["fish_id"] and f"{slot:032x}"
            row["created_at"] += 1
            add_row(connection, "voice", row)

    await change_stored(place, copy)
