"""A process knows when it opens a database whether another one has it open."""

from pathlib import Path

from bot.storage.engine.sqlite.presence import Presence


def test_only_the_first_process_is_alone(tmp_path: Path) -> None:
    path = tmp_path / "mynah.db"
    first = Presence(path)
    second = Presence(path)
    assert first.is_alone
    assert not second.is_alone

    first.close()
    third = Presence(path)
    assert not third.is_alone  # the second is still there

    second.close()
    third.close()
    fourth = Presence(path)
    assert fourth.is_alone
    fourth.close()
