"""The size of a file is known well enough before anything is paid."""

import pytest

from bot.services.speech.synthesis.sizes import Size, TooLargeForDiscord, size_of

ENGLISH = "The quick brown fox jumps over the lazy dog, and nobody minds. "
CHINESE = "今天天气很好，我们去公园散步吧。"
MIB = 2**20


def of_length(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def test_a_usual_text_keeps_the_usual_bitrate_and_time() -> None:
    for piece in (ENGLISH, CHINESE):
        assert size_of(of_length(piece, 400), speed=1, most_bytes=10 * MIB) == Size(bitrate=128, extra_seconds=0)
    assert size_of(of_length(ENGLISH, 1000), speed=1, most_bytes=10 * MIB) == Size(bitrate=128, extra_seconds=0)


def test_what_might_pass_the_limit_gets_half_the_bitrate() -> None:
    long = of_length(ENGLISH, 6000)
    assert size_of(long, speed=1, most_bytes=10 * MIB).bitrate == 128
    assert size_of(long, speed=0.5, most_bytes=10 * MIB).bitrate == 64
    assert size_of(long, speed=0.5, most_bytes=50 * MIB).bitrate == 128
    assert size_of(long, speed=0.5, most_bytes=None).bitrate == 128


def test_what_fits_at_no_bitrate_is_refused_with_its_length() -> None:
    with pytest.raises(TooLargeForDiscord) as refusal:
        size_of(of_length(CHINESE, 6000), speed=0.5, most_bytes=10 * MIB)
    assert str(refusal.value) == (
        "That would sound for about 45 minutes, and a file has at most 10 MiB here. Please say it in shorter pieces, "
        "or faster."
    )


def test_a_long_text_gets_more_time() -> None:
    assert 100 < size_of(of_length(ENGLISH, 6000), speed=1, most_bytes=None).extra_seconds < 300
    assert size_of(of_length(CHINESE, 6000), speed=0.5, most_bytes=None).extra_seconds <= 600


def test_the_estimate_is_longer_than_speech_usually_is() -> None:
    """People read about 15 English letters or 4.5 Chinese ones in a second."""
    for piece, in_a_second in ((ENGLISH, 15), (CHINESE, 4.5)):
        text = of_length(piece, 3000)
        usual = len(text) / in_a_second * 128_000 / 8
        assert size_of(text, speed=1, most_bytes=int(usual)).bitrate == 64
        assert size_of(text, speed=1, most_bytes=int(1.6 * usual)).bitrate == 128
