"""Reading a sample as AudioReader does, but here: for tests of what is said rather than of who says it."""

from bot.audio.confined.worker import read
from bot.audio.exchange import figures_in
from bot.audio.kinds import refuse_at_sight
from bot.audio.tips import report
from bot.models import SampleReport


def read_here(data: bytes) -> SampleReport:
    refuse_at_sight(data)
    return report(figures_in(read(data)))
