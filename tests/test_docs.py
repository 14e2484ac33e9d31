"""The pages name files that exist, list every module, and link to places that exist."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ARCHITECTURE = ROOT / "docs/architecture.md"

SECURITY = ROOT / "docs/security.md"

TOPS = ("bot", "cogs", "sandbox", "benchmarks", "tests")
MOST_ROOMS = {"bot": 14, "bot/audio": 13, "tests": 13}  # anywhere else 12

# A path from the project's folder, anywhere in a sentence.
PATH = re.compile(r"(?<![\w./-])(?:bot|cogs|sandbox|tests|script|docs|\.ci|\.github)/[\w./-]*\w/?")
LINK = re.compile(r"""(?:\]\(|(?:src|href)=")(?!https?:|mailto:)([^)"\s]+)[)"]""")
FOLDER = re.compile(r"#+ `((?:bot|cogs)[\w/]*)/`")
# A function, class or constant, and the file that has it.
NAMED = re.compile(r"`(\w+)`\s(?:in|of)\s`([\w/]+\.py)`")
MODULE = re.compile(r"\| `(\w+\.py)` \| \S")


def in_prose(text: str) -> str:
    """Return the text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.+)$", in_prose(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def listed_modules() -> list[str]:
    folder, modules = "", list[str]()
    for line in ARCHITECTURE.read_text().splitlines():
        if heading := FOLDER.match(line):
            folder = heading[1]
        elif row := MODULE.match(line):
            modules.append(f"{folder}/{row[1]}")
    return modules


def test_the_architecture_lists_every_module_once() -> None:
    files = [file for folder in ("bot", "cogs") for file in (ROOT / folder).rglob("*.py")]
    modules = {str(file.relative_to(ROOT)) for file in files if file.name != "__init__.py"}
    listed = listed_modules()
    assert sorted(modules - set(listed)) == [], "these modules need a line in docs/architecture.md"
    assert sorted(set(listed) - modules) == [], "these lines of docs/architecture.md name no module"
    assert len(listed) == len(set(listed))


def test_a_folder_holds_no_more_modules_and_packages_than_one_can_take_in() -> None:
    files = [file.relative_to(ROOT) for top in TOPS for file in (ROOT / top).rglob("*.py")]
    rooms = {file for file in files if not file.stem.startswith("__")}
    rooms |= {folder for file in files for folder in file.parents if folder.name}
    floors = Counter(str(room.parent) for room in rooms if room.name != "conftest.py" and str(room) not in TOPS)
    assert {floor: count for floor, count in floors.items() if count > MOST_ROOMS.get(floor, 12)} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    assert [path for path in PATH.findall(page.read_text()) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_name_that_a_page_finds_in_a_file_is_there(page: Path) -> None:
    for name, file in NAMED.findall(page.read_text()):
        is_there = rf"^\s*((async )?def |class |from |import )?{name}\b"
        assert re.search(is_there, (ROOT / file).read_text(), flags=re.MULTILINE), f"{file} has no {name}"


def test_each_row_about_security_cites_tests_that_exist() -> None:
    _, *attempts = re.split(r"^## Somebody else's voice$", SECURITY.read_text(), flags=re.MULTILINE)
    rows = [line for line in attempts[0].splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    for cells in ([cell.strip() for cell in row.strip("|").split("|")] for row in rows):
        if cells[-1] == "test":
            continue
        cited = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", cells[-1])
        assert cited, f"no test shows this: {cells[0]}"
        for file, name in cited:
            source = (ROOT / file).read_text()
            assert not name or re.search(rf"^(async )?def {name}\(", source, flags=re.MULTILINE), (
                f"{file} has no {name}"
            )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    lost: list[str] = []
    for link in LINK.findall(in_prose(page.read_text())):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_the_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name.upper() for name in Settings.model_fields if f"`{name.upper()}`" not in readme] == []
