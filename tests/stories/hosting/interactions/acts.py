"""Prepares one of each thing that people can do with a command, a button, a menu or a form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.discord import Discord, Member, Reply, Seen, Use
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, has_voice, make_voice, set_speaker, wav


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person can do now, once."""

    name: str
    do: Callable[[], Awaitable[Use]]
    done: str | None = None  # a query that finds a row once it is done; None if nothing is stored


def command(member: Member, name: str, done: str | None = None, /, **options: Any) -> Act:
    return Act(name, lambda: member.uses(name, wait=False, **options), done)


def click(member: Member, seen: Seen, label: str, done: str | None = None) -> Act:
    return Act(label, lambda: member.clicks(seen, label, wait=False), done)


def choice(member: Member, seen: Seen, custom_id: str, value: str, done: str) -> Act:
    async def choose() -> Use:
        return member.operates(seen, custom_id, value)

    return Act(custom_id, choose, done)


def form(member: Member, opened: Reply, done: str, **values: str) -> Act:
    async def submit() -> Use:
        return member.submits(opened, values)

    return Act("Limits and words, filled in", submit, done)


async def every_act(bot: BotHere | BotProcess, discord: Discord, fish: FishAudio) -> list[Act]:
    """Prepare everything but `/say`. No act prevents those after it."""
    ann, bea = discord.member("Ann"), discord.member("Bea")
    for name in ("Default", "Gone", "Kept", "Named", "Lent", "Borrowed", "Removed", "Revoked"):
        await has_voice(bot, fish, ann, name)
    await set_speaker(bot.place, "Revoked", bea)
    said = [await ann.uses("/say", text=text) for text in ("one", "two")]
    for name in ("Borrowed", "Removed"):
        await ann.uses("/voice share", voice=name)
    ready = await make_voice(ann, "Ready")
    fish.fails("POST", "/model", status=422)
    await ask_for_voice(ann, "Failed")
    failure = await ann.is_told("“Failed” could not be made.")
    fish.trains = "slowly"
    return [
        *_of_voices(ann, ready, failure),
        *await _of_questions(ann),
        *await _of_consent(discord, ann, bea),
        *await _of_messages(ann, said),
        *await _of_members(discord, bot, fish),
        *await _of_managers(discord, ann),
    ]


def _of_voices(ann: Member, ready: Seen, failure: Seen) -> list[Act]:
    shared = "SELECT 1 FROM share JOIN voice ON voice.id = voice_id WHERE name = '{}'"
    default = "SELECT 1 FROM preference JOIN voice ON voice.id = default_voice_id WHERE voice.name = '{}'"
    return [
        command(ann, "/voice list"),
        command(ann, "/voice show", voice="Default"),
        command(ann, "/voice rename", "SELECT 1 FROM voice WHERE name = 'Renamed'", voice="Named", name="Renamed"),
        command(ann, "/voice share", shared.format("Lent"), voice="Lent"),
        command(ann, "/voice unshare", _nothing(shared.format("Borrowed")), voice="Borrowed"),
        command(ann, "/voice default", default.format("Lent"), voice="Lent"),
        command(ann, "/voice delete", voice="Kept"),
        command(ann, "/usage"),
        click(ann, ready, "Share in Aviary", shared.format("Ready")),
        click(ann, ready, "Say something"),
        click(ann, ready, "Another preview"),
        click(ann, ready, "Make default"),
        click(ann, ready, "Delete voice"),
        click(ann, failure, "Retry", "SELECT 1 FROM voice WHERE name = 'Failed' AND state <> 'failed'"),
    ]


async def _of_questions(ann: Member) -> list[Act]:
    gone, kept = [await ann.uses("/voice delete", voice=name) for name in ("Gone", "Kept")]
    drafts = [await ann.uses("/voice create", name=name, sample=wav()) for name in ("Made", "Cancelled")]
    return [
        click(ann, gone, "Delete it for good", _ended("Gone")),
        click(ann, kept, "Keep it"),
        click(ann, drafts[0], "Create my voice", "SELECT 1 FROM voice WHERE name = 'Made' AND state <> 'draft'"),
        click(ann, drafts[1], "Cancel", _ended("Cancelled")),
    ]


async def _of_consent(discord: Discord, ann: Member, bea: Member) -> list[Act]:
    report = await ann.uses("/voice create", name="Asked", sample=wav(), speaker=bea)
    questions: list[Seen] = []
    for asker, name in ((discord.member("Ben"), "Approved"), (discord.member("Cleo"), "Refused")):
        await asker.clicks(await asker.uses("/voice create", name=name, sample=wav(), speaker=bea), "Ask for consent")
        questions.append(await bea.is_told(f"{asker.name} asks for your voice."))
    approved = "SELECT 1 FROM consent JOIN voice ON voice.id = voice_id WHERE name = 'Approved'"
    request = "SELECT 1 FROM request JOIN voice ON voice.id = voice_id WHERE name = '{}'"
    return [
        click(ann, report, "Ask for consent", request.format("Asked")),
        click(bea, questions[0], "Approve", approved),
        click(bea, questions[1], "Refuse", _nothing(request.format("Refused"))),
        click(bea, await bea.uses("/voice show", voice="Revoked"), "Revoke", _ended("Revoked")),
    ]


async def _of_messages(ann: Member, said: list[Reply]) -> list[Act]:
    card = await ann.uses("/voice show", voice="Default")
    assert card.message is not None
    [menu] = [each for row in card.message.components for each in row["components"] if "options" in each]
    use_ids = [option["value"] for option in menu["options"]]  # newest first
    deleted = "SELECT 1 FROM utterance WHERE deleted_at IS NOT NULL AND id = '{}'"
    return [
        choice(ann, card, "mynah-uses:delete", use_ids[0], deleted.format(use_ids[0])),
        click(ann, said[0], "Delete", deleted.format(use_ids[1])),
    ]


async def _of_members(discord: Discord, bot: BotHere | BotProcess, fish: FishAudio) -> list[Act]:
    dan, eve = discord.member("Dan"), discord.member("Eve")
    await has_voice(bot, fish, eve, "Eve's")
    never = f"SELECT 1 FROM preference WHERE member_id = {dan.id} AND cloning = 'never'"  # noqa: S608 - a number
    return [
        command(eve, "/privacy show"),
        command(eve, "/privacy export"),
        command(dan, "/privacy cloning", never, choice="never"),
        command(eve, "/privacy erase"),
        click(eve, await eve.uses("/privacy erase"), "Delete everything", _ended("Eve's")),
    ]


async def _of_managers(discord: Discord, ann: Member) -> list[Act]:
    mia, singers, channel = discord.manager("Mia"), discord.add_role("Singers"), discord.server.channels[0]
    panel = await mia.uses("/server settings")
    voices = await mia.uses("/server voices")
    opened = await mia.clicks(panel, "Limits and words")
    zoe = discord.member("Zoe")
    [(_, removed)] = await mia.completes("/server voices", "remove", "removed")
    rule = "SELECT 1 FROM server WHERE {}"
    return [
        command(mia, "/server settings"),
        command(mia, "/server voices"),
        command(mia, "/server block", f"SELECT 1 FROM block WHERE member_id = {zoe.id}", member=zoe),  # noqa: S608
        click(mia, panel, "Limits and words"),
        form(mia, opened, rule.format("longest_text = 321"), longest_text="321"),
        choice(mia, panel, "mynah-server:log", str(channel.id), rule.format("log_channel_id IS NOT NULL")),
        choice(mia, panel, "mynah-server:speakers", str(singers.id), "SELECT 1 FROM server_grant"),
        click(mia, panel, "Ask for spoken consent", rule.format("spoken_consent = 1")),
        click(mia, panel, "Speak the same words anew", rule.format("sounds_reused = 0")),
        click(mia, panel, "Forbid speaking messages", rule.format("messages_spoken = 0")),
        choice(
            mia,
            voices,
            "mynah-server:remove",
            removed,
            _nothing("SELECT 1 FROM share JOIN voice ON voice.id = voice_id WHERE name = 'Removed'"),
        ),
        click(mia, panel, "Forbid sharing", rule.format("sharing_allowed = 0")),
    ]


def _nothing(query: str) -> str:
    return f"SELECT 1 WHERE NOT EXISTS ({query})"


def _ended(name: str) -> str:
    quoted = name.replace("'", "''")
    return _nothing(f"SELECT 1 FROM voice WHERE name = '{quoted}' AND state <> 'deleting'")  # noqa: S608 - our own words
