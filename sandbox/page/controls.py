"""Makes things go wrong as the visitor of the page decides: trainings, speech, credit, connections, the bot."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from sandbox.discord import Discord, Refused
from sandbox.faults import Rule
from sandbox.fish_audio import FishAudio
from sandbox.fish_audio.speech.mpeg import SILENT_FRAME
from sandbox.page.bot_process import BotProcess
from sandbox.page.live_fish import LiveFish

FOREVER = 1_000_000_000  # times
TRAINING_SECONDS = 4.0  # at first: long enough to be seen
LONGEST_TRAINING = 3_600
SLOW_SECONDS = 8.0
LONGEST_HEARING = 500  # characters; ours
FULL_CREDIT, NO_CREDIT = Decimal(10), Decimal(0)  # USD

Decision = Callable[[Any], Awaitable[None] | None]
AnyFish = FishAudio | LiveFish


def break_speech(fish: AnyFish, how: str) -> Rule | None:
    """Break speech from now on. Returns the rule; None for “works”."""
    endpoint = ("POST", "/v1/tts")
    match how:
        case "works":
            return None
        case "slow":
            return fish.delays(*endpoint, seconds=SLOW_SECONDS, times=FOREVER)
        case "unpaid":
            return fish.fails(*endpoint, status=402, times=FOREVER)
        case "busy":
            return fish.fails(*endpoint, status=429, headers={"Retry-After": "2"}, times=FOREVER)
        case "down":
            return fish.fails(*endpoint, status=503, times=FOREVER)
        case "silent":
            headers = {"Content-Type": "audio/mpeg"}
            return fish.fails(*endpoint, status=200, body=SILENT_FRAME, headers=headers, times=FOREVER)
        case _:
            raise Refused("Speech cannot go wrong like that.")


def break_upload(fish: AnyFish, how: str) -> Rule | None:
    """Break the next upload. Returns the rule; None for “works”."""
    match how:
        case "works":
            return None
        case "refused":
            return fish.fails("POST", "/model", status=400, body={"status": 400, "message": "Several people speak"})
        case "down":
            return fish.fails("POST", "/model", status=503)
        case "lost":
            return fish.fails("POST", "/model", after_work=True, hang_up=True)
        case _:
            raise Refused("An upload cannot go wrong like that.")


class Controls:
    """Keeps and carries out the visitor's decisions, and calls `changed` after each.

    With the real Fish Audio, nobody can decide about trainings and credit here.
    """

    def __init__(
        self,
        discord: Discord,
        fish: AnyFish,
        bot: BotProcess | None,
        changed: Callable[[], None],
    ) -> None:
        self._discord = discord
        self._fish = fish
        self._bot = bot
        self._changed = changed
        self._seconds = TRAINING_SECONDS
        self._speech = self._upload = "works"
        self._speech_rule: Rule | None = None
        self._upload_rule: Rule | None = None
        self._decisions: dict[str, Decision] = {
            "speech": self._decide_speech,
            "upload": self._decide_upload,
            "gateway": self._decide_gateway,
            "discord": self._decide_discord,
            "presence": self._decide_presence,
        }
        if isinstance(fish, FishAudio):
            self._decisions |= {
                "training seconds": self._decide_seconds,
                "next training": self._decide_next_training,
                "credit": self._decide_credit,
                "training done": fish.finishes_training,
                "training failed": fish.fails_training,
                "hears": self._decide_hearing,
            }
            fish.trains_in(seconds=TRAINING_SECONDS)
        if bot is not None:
            self._decisions["bot"] = self._decide_bot

    def view(self) -> dict[str, Any]:
        if self._upload_rule is not None and self._upload_rule.times == 0:
            self._upload, self._upload_rule = "works", None
        is_live = isinstance(self._fish, LiveFish)
        bot_present = self._discord.server.bot_present
        shown = {"speech": self._speech, "upload": self._upload, "live": is_live, "bot_present": bot_present}
        if not isinstance(self._fish, FishAudio):
            return shown
        return {
            **shown,
            "training_seconds": self._seconds,
            "next_training": self._fish.next_training_outcome,
            "queued_transcripts": list(self._fish.queued_transcripts),
            "credit": "some" if self._fish.credit > 0 else "none",
            "voices": [{"title": voice.title, "state": voice.state} for voice in self._fish.voices],
        }

    async def decide(self, what: str, value: Any) -> None:
        """Carry out a decision. Raises Refused for an unknown one."""
        decision = self._decisions.get(what)
        if decision is None:
            raise Refused("Nobody can decide that here.")
        happening = decision(value)
        if happening is not None:
            await happening
        self._changed()

    def _decide_speech(self, how: str) -> None:
        rule = break_speech(self._fish, how)
        if self._speech_rule is not None:
            self._speech_rule.withdraw()
        self._speech, self._speech_rule = how, rule

    def _decide_upload(self, how: str) -> None:
        rule = break_upload(self._fish, how)
        if self._upload_rule is not None:
            self._upload_rule.withdraw()
        self._upload, self._upload_rule = how, rule

    def _decide_seconds(self, seconds: float | str) -> None:
        try:
            wanted = float(seconds)
        except ValueError:
            raise Refused("A training takes a number of seconds.") from None
        if not 0 <= wanted <= LONGEST_TRAINING:
            raise Refused(f"A training takes 0 to {LONGEST_TRAINING} seconds.")
        self._seconds = wanted
        fish = self._stand_in
        if wanted:
            fish.trains_in(seconds=wanted)
        else:
            fish.trains = "at once"

    def _decide_next_training(self, how: str) -> None:
        fish = self._stand_in
        fish.lets_next_training_succeed()
        if how == "failure":
            fish.fails_next_training()
        elif how == "standstill":
            fish.gets_stuck()

    def _decide_hearing(self, text: str) -> None:
        if not 0 < len(text.strip()) <= LONGEST_HEARING:
            raise Refused(f"What is heard has 1 to {LONGEST_HEARING} characters.")
        self._stand_in.hears(text.strip())

    def _decide_credit(self, how: str) -> None:
        self._stand_in.credit = NO_CREDIT if how == "none" else FULL_CREDIT

    async def _decide_gateway(self, how: str) -> None:
        await self._discord.drops_gateway(resumable=how != "session lost")

    def _decide_discord(self, times: int) -> None:
        """Fail that many requests to Discord's REST API."""
        self._discord.fails("*", "*", status=503, times=max(0, min(int(times), 20)))

    def _decide_presence(self, how: str) -> None:
        """Remove the bot from the server, or invite it again."""
        server = self._discord.server
        if how == "removed" and server.bot_present:
            self._discord.removes_bot(server)
        elif how == "invited" and not server.bot_present:
            self._discord.invites_bot(server)

    async def _decide_bot(self, how: str) -> None:
        if self._bot is None:
            return
        match how:
            case "kill":
                await self._bot.kill()
            case "stop":
                await self._bot.stop()
            case "start":
                await self._bot.start()
            case _:
                await self._bot.restart()

    @property
    def _stand_in(self) -> FishAudio:
        if not isinstance(self._fish, FishAudio):
            raise Refused("The real Fish Audio decides that.")
        return self._fish
