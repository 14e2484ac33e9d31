"""A typed name with a slip finds the one voice that was surely meant, and never another one in silence."""

import pytest

from bot.models.common import Member
from bot.models.sharing import VoicesInReach
from bot.models.voices import Voice, VoiceState
from bot.services.sharing.known_voices import KnownVoices, NameNotKnown, VoiceNotUsable, labelled

ANN = Member(id=1, name="Ann")


def voices_called(*names: str) -> tuple[Voice, ...]:
    return tuple(
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
    )


def known(*names: str) -> KnownVoices:
    return KnownVoices(VoicesInReach(controlled=voices_called(*names)), ANN, 0)


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


@pytest.mark.parametrize(
    "lookalike",
    ["Gr\u0430ndpa", "\uff27randpa", "Gra\ua4e0dpa", "GR\u0391NDPA", "\U0001d4d6\U0001d4fb\u0430ndp\u0430"],
)
def test_names_that_look_the_same_count_as_the_same(lookalike: str) -> None:
    labels = [choice.label for choice in labelled(voices_called("Grandpa", lookalike), beside=[])]
    assert labels == ["Grandpa (Ann)", f"{lookalike} (Ann) 2"]
    for typed in (lookalike, "grandpa"):
        assert known("Grandma", lookalike).named(typed).name == lookalike
    for name in ("Grandpa", lookalike):
        assert known("Grandpa", lookalike).named(name).name == name, "their own, as they called it"
    with pytest.raises(VoiceNotUsable, match="Several voices here have that name: “Grandpa”, “"):
        known("Grandpa", lookalike).named("Gr\u0430n\u217epa")


@pytest.mark.parametrize(
    "names", [("Mail", "Mall"), ("José", "Jose"), ("Вова", "Вера"), ("ναι", "nai"), ("Robot 1", "Robot l")]
)
def test_names_that_look_different_stay_as_they_are(names: tuple[str, str]) -> None:
    assert [choice.label for choice in labelled(voices_called(*names), beside=[])] == [*names]
    for name in names:
        assert known(*names).named(name).name == name


@pytest.mark.parametrize("typed", ["Bi\u2223\u2223", "B\u0456ll", "\u0392ill"])
def test_a_character_that_looks_like_several_letters_counts_as_each(typed: str) -> None:
    assert known("Bill").named(typed).name == "Bill"


def test_what_is_longer_than_any_name_is_not_looked_for() -> None:
    assert known("Grandpa").named("Grandpa" + "\ufe0f" * 100).name == "Grandpa"
    with pytest.raises(NameNotKnown):
        known("Grandpa").named("Grandpa" + "\ufe0f" * 200)
