"""What a sound costs before its voice is trained, when the sample is sent along, and afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.bench import Bench
from benchmarks.bots import MYNAH
from benchmarks.figures import Figure, Line
from benchmarks.stage import VOICE, Said, Stage, open_stage
from benchmarks.stored import StoredVoice
from sandbox.discord import Member, Upload
from sandbox.faults import Request
from sandbox.speech import sample_wav

SAMPLE_SECONDS = 12


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of the sounds of one kind, each beyond what Fish Audio takes to speak."""

    requests: float
    megabytes: float  # 10^6 bytes that are sent to Fish Audio
    seconds: float


async def imitation(bench: Bench) -> Sequence[Line]:
    """Speak in a new voice, first without a transcript of its sample, then with it, then as a trained one."""
    texts = bench.pick(1, 5, 15)
    sample = Upload("sample.wav", sample_wav(seconds=SAMPLE_SECONDS))
    async with open_stage(speech_seconds=bench.speech_seconds) as stage:
        await stage.prepare(list[StoredVoice]())
        await stage.start(MYNAH, training_timeout_seconds=86_400, training_poll_seconds=1)
        stage.fish.trains = "slowly"
        member = stage.discord.member("Ann")
        report = await member.uses("/voice create", name=VOICE, sample=sample)
        await member.clicks(report, "Create my voice")
        await stage.fish.until(lambda: stage.fish.voices)
        first = await _cost(stage, member, 1)
        imitated = await _cost(stage, member, texts)
        stage.fish.finishes_training(VOICE)
        await member.is_told(f"“{VOICE}” is ready.")
        trained = await _cost(stage, member, texts)
    lines: list[Line] = []
    new = f"a new voice with a sample of {SAMPLE_SECONDS} s"
    for name, cost in ((f"first sound of {new}", first), ("its further sounds", imitated), ("once trained", trained)):
        lines += [
            Line(what=f"{name}: requests to Fish Audio", unit="", mynah=Figure((cost.requests,))),
            Line(what=f"{name}: sent to Fish Audio", unit="kB", mynah=Figure((1000 * cost.megabytes,))),
            Line(what=f"{name}: beyond Fish Audio's time", unit="ms", mynah=Figure((1000 * cost.seconds,))),
        ]
    return lines


async def _cost(stage: Stage, member: Member, texts: int) -> _Cost:
    """Return the means of requests and bytes, and the median of the times."""
    stage.fish.requests.clear()
    said: list[Said] = [await stage.say(member) for _ in range(texts)]
    asked = [request for request in stage.fish.requests if request.method == "POST"]
    return _Cost(
        requests=len(asked) / texts,
        megabytes=sum(map(_size, asked)) / texts / 1e6,
        seconds=median(each.overhead for each in said),
    )


def _size(request: Request) -> int:
    return len(request.body.raw) + sum(len(part.data) for part in request.body.parts)
