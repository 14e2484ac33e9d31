"""Lets people act: writes what somebody does, does it, and shows the answer as they see it."""

import asyncio
import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.demo.markdown import Line, as_read
from sandbox.demo.saved_sounds import SavedSounds
from sandbox.demo.screen import Screen
from sandbox.discord import Discord, Member, Reply, Seen, Upload
from sandbox.discord.people.replies import look_at
from sandbox.discord.world.model import MessageFlag
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from sandbox.recorder import Recording
from sandbox.sound import NotAudioError

_LONGEST_WAIT = 30  # seconds
_BARS = "▁▂▃▄▅▆▇█"
_COLUMNS = 48


class WentWrong(Exception):
    """The story did not go as it is told; the sentence says where."""


class Narrator:
    def __init__(self, discord: Discord, fish: FishAudio, screen: Screen, sounds: SavedSounds) -> None:
        self.fish = fish
        self._discord = discord
        self._screen = screen
        self._sounds = sounds

    async def waits_for_bot(self) -> None:
        """Wait until the bot is online."""
        began = time.monotonic()
        self._screen.begins("Mynah", "starts …")
        await self._discord.until_ready()
        self._screen.ends(f" and is online after {time.monotonic() - began:.1f} seconds")

    def chapter(self, heading: str, about: str) -> None:
        self._screen.heading(heading)
        self._screen.paragraph(about)

    async def uses(self, who: Member, command: str, **options: Any) -> Reply:
        typed = "".join(f"  {name}: {_typed(value)}" for name, value in options.items())
        self._does(who, f"uses {command}{typed}")
        return self._answered(await who.uses(command, wait=True, **options), who)

    def records(self, who: Member, recording: Recording) -> Seen:
        """Have `who` send a voice message."""
        seen = look_at(who.sends_voice_message(recording))
        self._screen.gap()
        self._screen.says(who.name, [Line(_waveform(seen), mark="▶ "), Line("(a voice message)", is_small=True)])
        return seen

    async def uses_on(self, who: Member, entry: str, seen: Seen) -> Reply:
        """Have `who` use an entry of the menu of a message."""
        self._does(who, f"uses {entry} in the menu of that message")
        return self._answered(await who.uses_on(entry, seen).reply(), who)

    async def presses(self, who: Member, seen: Seen, label: str) -> Reply:
        self._does(who, f"presses [{label}]")
        return self._answered(await who.clicks(seen, label), who)

    async def speaks(self, who: Member, text: str) -> Seen:
        """Have `who` ask for a voice message, and show it with the reply below it. Returns the voice message."""
        options: dict[str, Any] = {"text": text, "as": "voice message"}
        self._does(who, f"uses /say  text: {text}  as: voice message")
        use = await who.uses("/say", wait=False, **options)
        async with asyncio.timeout(_LONGEST_WAIT):
            await use.interaction.changes.until(lambda: (use.interaction.answered and not use.thinking) or None)
        there = [message for message in use.interaction.channel.messages.values() if not message.deleted]
        spoken = [message for message in there if MessageFlag.IS_VOICE_MESSAGE in message.flags]
        captions = [message for message in there if spoken and message.replied_to is spoken[-1]]
        if len(captions) != 1:
            raise WentWrong("There is no voice message with one caption.")
        seen = look_at(spoken[-1])
        self._screen.says("Mynah", [Line(_waveform(seen), mark="▶ "), Line("(a voice message)", is_small=True)])
        self._shows(look_at(captions[0]), "a reply to it, which everybody in the channel sees")
        return seen

    async def waits(self, who: Member, voice: str) -> Seen:
        """Show a dot each time the bot asks about the training, then the message that `who` gets."""
        self._screen.gap()
        self._screen.begins("Fish Audio", f"trains “{voice}” ")
        stop = self.fish.subscribe(self._dots_for(voice))
        try:
            notice = await who.is_told(f"“{voice}”")
        finally:
            stop()
        self._shows(notice, f"direct message to {who.name}")
        return notice

    def saves(self, seen: Seen, name: str) -> None:
        """Save the sound beside a message. Raises WentWrong if there is none that can be played."""
        if not seen.files:
            raise WentWrong("There is no sound where there should be one.")
        try:
            sound = self._sounds.add(name, seen.audio, suffix=Path(seen.files[0].filename).suffix)
        except NotAudioError as error:
            raise WentWrong(f"That sound cannot be played: {error}.") from None
        self._screen.says("", [Line(f"(saved as {sound.path.name})", is_small=True)])

    def checks(self, what: bool, otherwise: str) -> None:
        """Raise WentWrong with the sentence `otherwise` if `what` is false."""
        if not what:
            raise WentWrong(otherwise)

    def _does(self, who: Member, what: str) -> None:
        self._screen.gap()
        self._screen.says(who.name, [Line(what)])

    def _answered(self, reply: Reply, who: Member) -> Reply:
        if reply.failed:
            raise WentWrong(f"Discord says: {reply.failed}.")
        if reply.interaction.channel.recipient is not None:
            where = f"direct message to {who.name}"
        elif reply.ephemeral:
            where = f"only {who.name} can see this"
        else:
            where = "everybody in the channel sees this"
        self._shows(reply, where)
        return reply

    def _shows(self, seen: Seen, where: str) -> None:
        names = {member_id: user.name for member_id, user in self._discord.world.users.items()}
        lines = as_read(seen.text, names=names, now=self._discord.clock.now())
        lines += [Line(file.filename, mark="♪ ") for file in seen.files]
        if seen.buttons:
            lines.append(Line(" ".join(f"[{label}]" for label in seen.buttons)))
        lines.append(Line(f"({where})", is_small=True))
        self._screen.says("Mynah", lines)

    def _dots_for(self, voice: str) -> Callable[[Request], None]:
        began = time.monotonic()

        def on_answer(request: Request) -> None:
            if request.method != "GET" or not request.path.startswith("/model"):
                return
            self._screen.grows(".")
            try:
                state = self.fish.voice(voice).state
            except LookupError:  # the bot asks about another voice before this one is uploaded
                return
            if state in {"trained", "failed"}:
                self._screen.ends(f" {state} after {time.monotonic() - began:.1f} seconds")

        return on_answer


def _waveform(seen: Seen) -> str:
    """Draw how loud a voice message is, in a line."""
    [file] = seen.files
    points = base64.b64decode(file.waveform or "")
    drawn = [points[index * len(points) // _COLUMNS] for index in range(min(_COLUMNS, len(points)))]
    return "".join(_BARS[point * len(_BARS) // 256] for point in drawn) + f" {file.duration_secs or 0:.1f} s"


def _typed(value: object) -> str:
    return f"{value.filename} ({_size(len(value.data))})" if isinstance(value, Upload) else str(value)


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.1f} kB"
