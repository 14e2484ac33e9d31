"""A typed name with a slip finds the one voice that was surely meant, and never another one in silence."""

import pytest

from bot.models import Member, Voice, VoicesInReach, VoiceState
from bot.services.sharing.known_voices import KnownVoices, VoiceNotUsable

ANN = Member(id=1, name="Ann")


def known(*names: str) -> KnownVoices:
    voices = [
        Voice(
            id=f"{number:016x}",
            owner_id=ANN.id,
            owner_name=ANN.name,
            name=name,
            state=VoiceState.TRAINED,
            guild_id=None,
            channel_id=1,
            since=0,
            created_at=0,
        )
        for number, name in enumerate(names)
    ]
    return KnownVoices(VoicesInReach(controlled=tuple(voices)), ANN, 0)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Grandap", "Grandpa"),  # swapped
        ("GRNDPA", "Grandpa"),
        ("grandppa", "Grandpa"),
        ("Gramdpa", "Grandpa"),
        ("Night raido", "Night radio"),
        ("Nigth raido", "Night radio"),
        ("Robot 23a", "Robot 23"),
    ],
)
def test_one_slip_in_a_short_name_and_two_in_a_long_one_are_forgiven(typed: str, meant: str) -> None:
    voice = known("Grandpa", "Night radio", "Robot 23", "Ann").nearly_named(typed)
    assert voice is not None
    assert voice.name == meant


@pytest.mark.parametrize(
    ("typed", "similar"),
    [
        ("Grandba", "“Grandpa”, “Grandma”"),  # could be both
        ("Bunny", "“Sunny”"),  # another first letter, so more likely another name
        ("Robot 24", "“Robot 23”"),  # another number
        ("Anne", "“Ann”"),  # too short to be sure
        ("Sonni", "“Sunny”"),  # two slips
    ],
)
def test_a_name_that_could_mean_others_is_asked_about(typed: str, similar: str) -> None:
    voices = known("Grandpa", "Grandma", "Sunny", "Robot 23", "Ann")
    with pytest.raises(VoiceNotUsable) as refused:
        voices.nearly_named(typed)
    assert f"Similar names: {similar}." in str(refused.value)


@pytest.mark.parametrize("typed", ["", "An", "Xavier", "Grandfather", "0" * 16, "Grandpa" * 800])
def test_what_is_like_no_name_means_none(typed: str) -> None:
    assert known("Grandpa", "Ann", "Sunny").nearly_named(typed) is None
