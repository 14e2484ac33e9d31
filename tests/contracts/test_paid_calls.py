"""Every call that the host pays for is listed in docs/security.md with its bound, and the code makes no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "bot/fish_audio/client.py"

# Calls of the SDK that cost nothing, on the page "Pricing" of Fish Audio's documentation.
FREE = {"voices.list", "voices.get", "voices.delete", "account.get_credits"}
# What makes paid calls for others, so that their callers stand in the table as well.
MADE_FOR_OTHERS = {"bot/services/speech/synthesis/synthesis.py": "unlabelled_mp3"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def paid_methods(tree: ast.Module) -> set[str]:
    """Return the methods of the client that use a call of the SDK which is not known to be free."""
    [client] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "FishAudio"]
    methods = [node for node in client.body if isinstance(node, ast.AsyncFunctionDef)]
    return {method.name for method in methods if set(sdk_calls(method)) - FREE}


def sdk_calls(method: ast.AST) -> Iterator[str]:
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and (call := re.fullmatch(r"self\._sdk\.(\w+\.\w+)", ast.unparse(node))):
            yield call[1]


def uses(names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield every place outside the client that calls or passes on something with one of these names."""
    for folder in ("bot", "cogs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path != CLIENT:
                for node in ast.walk(parsed(path)):
                    if isinstance(node, ast.Attribute) and node.attr in names:
                        yield node.attr, path.relative_to(ROOT).as_posix()


def table() -> list[list[str]]:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8").partition("\n## What costs money\n")[2]
    rows = [line.strip("|").split("|") for line in text.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.slow
def test_the_table_names_every_place_from_which_a_paid_call_is_made() -> None:
    paid = paid_methods(parsed(CLIENT))
    assert paid == {"speak", "transcribe", "create_voice"}
    named = {(call.strip("`"), place.strip("`")) for call, place, *_ in table()}
    assert named == set(uses(paid | set(MADE_FOR_OTHERS.values())))
    assert {place for call, place in named if call == "speak"} == set(MADE_FOR_OTHERS), (
        "all that speaks goes through it"
    )


def test_each_bound_has_a_test_that_is_there() -> None:
    for call, place, who, bound, tests in table():
        assert who, (call, place)
        assert bound, (call, place)
        named = re.findall(r"`([^`]+)`", tests)
        assert named, (call, place)
        for test in named:
            path, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


@pytest.mark.parametrize(
    ("method", "is_paid"),
    [
        ("async def listen(self):\n    await self._exchange.done(lambda: self._sdk.asr.transcribe(audio=b''))", True),
        ("async def dub(self):\n    await self._exchange.done(self._sdk.dubbing.create)", True),
        ("async def look(self):\n    await self._exchange.done(lambda: self._sdk.voices.get('a'))", False),
    ],
)
def test_a_method_is_paid_unless_all_that_it_calls_is_known_to_be_free(method: str, is_paid: bool) -> None:
    source = "class FishAudio:\n" + "\n".join(f"    {line}" for line in method.splitlines())
    assert bool(paid_methods(ast.parse(source))) is is_paid
