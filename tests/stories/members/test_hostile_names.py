"""Whatever members type into names and texts, nothing of it is live in anything that the bot sends.

Each hostile name or text holds a letter code. What the bot sends is read as Discord's clients read it: where the code
stands, all that was typed around it must be seen, and nothing with it can be clicked, pings, or turns other words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from sandbox.discord import Discord, Member, Role, Upload
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.discord.markdown import read
from tests.stories.running import BotHere
from tests.stories.speech.delivery.voice_messages import AS_VOICE, until_thought
from tests.stories.steps import as_, has_voice, set_speaker, until_later, wav, with_
from tests.stories.stored import stored

# With `{}` for the code. A display name has at most 32 characters.
HOSTILE = (
    *("https://{}.ai", "**{}**", "# {}", "<@666>{}", "\u202e{}", "discord.gg/{}", "{}\r# b", "||{}||", "> {}"),
    *("[{}](https://a.ai)", "a_{}_ \u00e9", "-# {}", "@everyone {}", "HTTPS://{}.ai/x", "`{}`", "<:{}:666>", "- {}"),
    *("<https://{}.ai>", "{}\u2028# b", "</{}:666>", "__{}__", "{}\\", "\u2067{}\u2069", "DISCORD.gift/{}", "1. {}"),
    *("<#666>{}", "~~{}~~", "ht\u200btps://{}.ai", ">>> {}", "<t:666:R>{}", "WwW.{}.ai", "``` {}```", "<@&666>{}"),
    *("https:\f//{}.ai", "*{}*", "discord.com/invite/{}", "\u3000# {}", "<a:{}:6>", "](https://{}.ai)", "_{}_\u00e9"),
    *("https:\u2066//{}.ai", "12345678901. {}", "\\{}*", "<id:home>{}", "steam://{}/1", "@here {}", "{}\n# b", "+ {}"),
    *("dlscord.gift/{}", "\uff48ttps\uff1a\uff0f\uff0f{}.ai", "**{}", "{}\u202a"),
)
ENDS = ("", "\u202e", "\u2028")  # of the texts, one in each round, in which other places get other texts
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
BREAKING = "\n\r\v\f\x85\u2028\u2029"
NEVER_IN_NAMES = dict.fromkeys(map(ord, TURNING + BREAKING), " ")  # of voices
UNREAD = {"custom_id", "url", "nonce", "value", "filename", "waveform"}  # what nobody reads, or who typed it
PLAIN = re.compile(
    r"\.(?:components(?!.*\.content$)|choices|footer|author|(?<!embeds\.)title$)"
)  # where Discord reads no markdown
OUR_FILES = re.compile(r"“[\w.-]+\.mp3”")  # of letters and digits of a voice's name


@dataclass(frozen=True, slots=True)
class Typed:
    """Something that a member typed, with a code that nothing else holds."""

    code: str
    text: str

    @property
    def seen(self) -> str:
        """What its readers see, however blank; only the code if some of it is read as a mention or cut off."""
        return _unturned(self.text) if self.code in self.text and not self.text.startswith("<") else self.code


class Typist:
    """Types a hostile text wherever a member can."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.typed: list[Typed] = []

    def types(self, *, most: int | None = None, is_cleaned: bool = False) -> str:
        """Type the next text, at most so long. `is_cleaned` if the bot, or Discord, takes some signs out."""
        code = f"q{self._number}{len(self.typed):02}z"
        hostile = HOSTILE[(self._number * len(HOSTILE) // len(ENDS) + len(self.typed)) % len(HOSTILE)]
        text = (hostile.format(code) + ENDS[self._number])[:most]
        self.typed.append(Typed(code, code if is_cleaned else text))
        return text


Types: TypeAlias = Callable[..., str]


def _unturned(text: str) -> str:
    return " ".join(text.translate(dict.fromkeys(map(ord, TURNING), "")).replace("\f", " ").split())


def texts_in(payload: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in an answer of the bot that somebody reads, after the fields in which it stands."""
    if isinstance(payload, list):
        for each in payload:
            yield from texts_in(each, where)
    elif isinstance(payload, dict):
        for key, value in payload.items():
            if key not in UNREAD:
                yield from texts_in(value, f"{where}.{key}")
    elif isinstance(payload, str):
        yield where, payload


def faults_in(where: str, text: str, typed: list[Typed]) -> Iterator[str]:
    """Yield what is live in a text."""
    yield from (f"turns words with {sign!r}" for sign in TURNING if sign in text)
    here = [each for each in typed if each.code in text]
    if PLAIN.search(where):
        yield from (f"has a break {sign!r}" for sign in BREAKING if here and sign in text)
        return
    reading = read(text)
    codes = "|".join((r"\D6(?:66)?\D", r"\ba\.ai", *(each.code for each in here)))
    yield from (f"{live} is live" for live in reading.live if re.search(codes, live))
    shown = _unturned(OUR_FILES.sub("", reading.shown))
    yield from (f"{each.text!r} is not seen" for each in here if shown.count(each.code) != shown.count(each.seen))


def pings_in(request: Request) -> Iterator[str]:
    """Yield how a message could call people."""
    message = request.json.get("data", request.json)
    if isinstance(message, dict) and "content" in message:
        allowed = message.get("allowed_mentions", {})
        yield from (f"may ping {allowed}" for _ in "1" if allowed.get("parse") != [] or allowed.get("roles"))


async def everything_is_typed(bot: BotHere, discord: Discord, fish: FishAudio, typist: Typist) -> None:
    """Have the hostile text typed wherever a member can type, and have the bot repeat it wherever it does."""
    types = typist.types
    home = discord.add_server(types())
    channel, role = discord.add_channel(types(), server=home), discord.add_role(types(), server=home)
    mia = discord.manager(types(), server=home)
    ann, bea, ben = (discord.member(types(), server=home) for _ in range(3))
    ann.user.username = types()
    home.members[ben.id].nick = types()

    panel = await mia.uses("/server settings")
    await mia.chooses(panel, channel, menu="mynah-server:log")
    await _creates(ann, bea, types)
    lent, kept, heard = (types(most=40).translate(NEVER_IN_NAMES) for _ in range(3))
    for name in (lent, kept, heard):  # as it would have been stored before addresses were refused in names
        await has_voice(bot, fish, ann, name)
    await set_speaker(bot.place, heard, bea)
    await _is_shared_and_spoken(ann, ben, lent, role, types)
    await _is_looked_at(ann, bea, ben, mia, (lent, kept, heard))
    await _is_managed(fish, ann, ben, mia, lent, types)
    await _ends(ann, bea, mia, heard, kept)
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=0.1)


async def _creates(ann: Member, bea: Member, types: Types) -> None:
    """Ask somebody for their voice, who agrees, and attach files that cannot be used."""
    name = types()
    await ann.uses("/voice create", name=name, sample=wav(filename=types(is_cleaned=True)))
    report = await ann.uses("/voice create", name="Asked", sample=wav(filename=types(is_cleaned=True)), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("asks for your voice.")
    await bea.uses("/voice list")
    await ann.uses("/voice list")
    await bea.clicks(question, "Approve")
    await ann.is_told("“Asked”")
    await ann.uses("/voice create", name="Asked", sample=wav())
    await ann.uses("/voice rename", voice="Asked", name=types())
    await ann.uses("/voice show", voice="Asked")
    await ann.uses("/verify", file=Upload(types(is_cleaned=True), b"no sound"))


async def _is_shared_and_spoken(ann: Member, ben: Member, lent: str, role: Role, types: Types) -> None:
    for audience in ({}, with_(role), with_(ben)):
        await ann.uses("/voice share", voice=lent, **audience)
    text = f"Hello {types()}"
    said = await ben.uses("/say", voice=lent, text=f"{types()}\n{text} <@{ben.id}> <@&{role.id}>")
    assert said.files, said.text
    if "Again" in said.buttons:  # not below a text that is not shown as it was typed
        await ann.clicks(said, "Again")
    await ann.uses_on("Who said this?", said).reply()
    await ann.uses("/verify", file=Upload("a.mp3", said.audio))
    await ben.uses_on("Say this in my voice", ann.says(f"Hello {types()}")).reply()
    await ann.uses_on("Say this in my voice", ben.says(f"{types()}\nHello")).reply()
    await ben.uses("/say", voice=types(), text="Hello")
    await ben.uses("/say", voice=lent, text="Hello", emotion=types(most=40, is_cleaned=True))
    await until_thought(await ann.uses("/say", voice=lent, text=f"Hello {types()}", wait=False, **AS_VOICE))
    once = await ben.uses(
        "/say", text=f"Hello {types()}", sample=Upload(types(is_cleaned=True), sample_wav(seconds=12))
    )
    await ben.clicks(once, "Say it")
    await ann.uses("/voice pronounce", word=types(), **as_("hello"))
    await ann.uses("/voice pronounce", word="hello", **as_(types()))
    for typed in ("", lent[:3], lent):
        await ben.completes("/say", "voice", typed)
    await ben.clicks(said, "Delete")


async def _is_looked_at(ann: Member, bea: Member, ben: Member, mia: Member, names: tuple[str, ...]) -> None:
    for member in (ann, bea, ben, mia):
        for command in ("/voice list", "/usage", "/privacy show"):
            await member.uses(command)
        for name in names:
            card = await member.uses("/voice show", voice=name)
            for button in card.buttons:
                if button in {"Rename", "Say something", "Another preview", "Make default", "Delete voice"}:
                    await member.clicks(card, button)
            await member.uses("/voice default", voice=name)
    await ann.uses("/voice default", voice=names[0], here=True)
    await ann.uses("/privacy export")


async def _is_managed(fish: FishAudio, ann: Member, ben: Member, mia: Member, lent: str, types: Types) -> None:
    for command in ("/server settings", "/server voices"):
        await mia.uses(command)
    await mia.completes("/server voices", "remove", "")
    for command in ("/server block", "/server block", "/server unblock", "/server unblock"):
        await mia.uses(command, member=ben)
    word, wrong = types(), types()
    await mia.fills(await mia.uses("/server pronunciations"), words=f"{word} = hello\n{wrong}")
    limits = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    await mia.fills(limits, longest_text=types(most=10), forbidden_words="hello")
    await mia.fills(limits, forbidden_words=f"goodbye\n{types()}")
    await ann.uses("/say", text=f"Goodbye {types()}", voice=lent)
    await mia.uses("/server voices", remove=lent)
    await mia.clicks(await mia.uses("/server settings"), "Ask for spoken consent")
    await ann.uses("/voice create", name="Read aloud", sample=wav())
    fish.hears(types())
    await ann.uses("/voice create", name="Read aloud", sample=wav())


async def _ends(ann: Member, bea: Member, mia: Member, heard: str, kept: str) -> None:
    shown = await bea.uses("/voice show", voice=heard)
    await bea.clicks(shown, "Revoke")
    await ann.clicks(await ann.uses("/voice delete", voice=kept), "Delete it for good")
    await ann.uses("/say", text="Hello", voice=kept)
    await bea.clicks(await bea.uses("/privacy erase"), "Delete everything")


@pytest.mark.slow
@pytest.mark.lasting
async def test_nothing_that_a_member_typed_is_live(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    faults = set[str]()
    for number in range(len(ENDS)):
        typist, begun, repeated = Typist(number), len(discord.requests), 0
        await everything_is_typed(bot, discord, fish, typist)
        await bot.rests()
        for request in discord.requests[begun:]:
            if request.method not in {"POST", "PATCH"} or request.json is None:
                continue
            faults.update(f"{request.route_template}: {each}" for each in pings_in(request))
            for where, text in texts_in(request.json):
                repeated += any(each.code in text for each in typist.typed)
                faults.update(f"{where} {each}: {text!r}" for each in faults_in(where, text, typist.typed))
        assert repeated > 100, "so many texts of the bot repeat what somebody typed"
    assert not faults, "\n".join(sorted(faults))
