"""What a voice may be called."""

import pytest

from bot.services.common.names import UnusableName, clean_name, name_key

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    "name",
    [
        "Grandpa",
        "می\u200cخواهم",
        "क\u094d\u200dष",
        "👨\u200d👩\u200d👧",
        SCOTLAND,
        f"Ann {SCOTLAND}!",
        "Mr.Smith",
        "J.R.R. Tolkien",
        "and/or 3.5",
        "Ann @ home",
        "12:30",
        "Version 1.2.3",
        "v1.2.3.4",
        "山田。花子",
        "Св. Николай",
        "д.Вася",
        "St.Jo",
        "Dr.No, Mr.Ed and Prof.Li",
        "St. Ann",
        "Ann.Is.Here",
        "B.Sc. Ann",
        "Vol.II",
        "Henry.IV",
        "Sgt. Al",
        "Ann v1.ai2",
        "john.smith",
        "Hello. It is me",
    ],
)
def test_a_name_that_can_be_seen_is_kept(name: str) -> None:
    assert clean_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "a\u200cb",
        "\u200dم",
        "م\u200c",
        "a\U000e0067\U000e007f",
        SCOTLAND[1:],
        SCOTLAND[:-1],
        "Ann\U000e0001",
        "a\u202eb",
        "\u3164",
        " ",
        "x" * 41,
    ],
)
def test_a_name_with_invisible_characters_is_refused(name: str) -> None:
    with pytest.raises(UnusableName):
        clean_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "https://dlscord.gift/claim",
        "HTTPS://a.example",
        "steam://run/1",
        "dlscord.gift/claim",
        "nitro.vi",
        "discord.gg/abc",
        "discord.gg",
        "evil.ai",
        "claim.to",
        "EVIL.AI.",
        "x.ai",
        "go to free-nitro.st now",
        "drno.st",
        "claim.zip",
        "nitro.claims",
        "evil．ａｉ",
        "www.example",
        "free at evil.com!",
        "пример.рф/x",
        "ann@example.org",
        "ｈｔｔｐｓ：／／ａ．example",
        "dlscord。gift/claim",
        "dlscord｡gift",
        "dlscord．gift",
        "dlscord.\u0421\u041e\u041c",  # in Cyrillic letters
        "d\u0456scord.g\u0456ft",
        "пример.рф",
        "例え.公司",
        "a\u0338.gift",
        "xn--dlscord-123",
        "at 10.0.0.1",
    ],
)
def test_a_name_that_holds_an_address_is_refused(name: str) -> None:
    with pytest.raises(UnusableName, match=r"can't look like a web or mail address.*blank behind each full stop"):
        clean_name(name)


def test_a_name_is_compared_however_it_was_typed() -> None:
    assert name_key("Sunny \u00a0\u2003day") == name_key("sunny day")
    assert name_key("Sunny\ufe0f") == name_key("sunny\U000e0100") == name_key("Sunny")
    assert name_key("TI\u1ebeNG") == name_key("tie\u0302\u0301ng")
