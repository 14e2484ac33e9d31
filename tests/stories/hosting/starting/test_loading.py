"""While the bot is loaded, and never later, garbage is looked for among new objects only."""

import gc

from bot.hosting.memory import loading


def test_garbage_is_collected_as_before_once_the_bot_is_loaded() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with loading():
        kept: list[list[object]] = [[]]
        assert gc.get_threshold()[:2] == before[:2]
        assert gc.get_threshold()[2] > 1000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() > frozen
    assert kept
