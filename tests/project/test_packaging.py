"""What is installed, shipped and documented agrees with the code."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ["3.11", "3.12", "3.13"]
TOOLS = ["cat", "cksum", "dirname", "grep", "ls", "mkdir", "rm", "rmdir", "sh", "sleep"]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def pinned() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\")) for line in lines if re.match(r"\w", line)]
    return {canonicalize_name(pin.name): pin for pin in pins}


# Each setting of the container in compose.yaml, with the option of `docker run` that means the same.
OPTIONS = {
    "command": "mynah run --stay",
    "env_file": "--env-file .env",
    "restart": "--restart unless-stopped",
    "stop_grace_period": "--stop-timeout 30",
    "mem_limit": "--memory 1g",
    "pids_limit": "--pids-limit 256",
    "read_only": "--read-only",
    "tmpfs": "--tmpfs /tmp",
    "cap_drop": "--cap-drop ALL",
    "security_opt": "--security-opt no-new-privileges:true",
    "logging": "--log-driver local --log-opt max-size=10m --log-opt max-file=3",
}


def test_docker_run_in_the_docs_sets_what_compose_sets() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    own = compose[compose.index("x-mynah:") : compose.index("x-on-postgres:")]
    settings: dict[str, str] = {}
    for name, value in re.findall(r"^  (\w+):(.*(?:\n    .*)*)", own, flags=re.MULTILINE):
        settings[name] = re.sub(r"\s+", " ", re.sub(r"\s#.*", "", value)).strip()
    assert (settings.pop("build"), settings.pop("image")) == (".", "mynah")
    assert settings == {
        "command": "[run, --stay]",
        "env_file": ".env",
        "restart": "unless-stopped",
        "stop_grace_period": "30s",
        "mem_limit": "1g",
        "pids_limit": "256",
        "read_only": "true",
        "tmpfs": "- /tmp",
        "cap_drop": "- ALL",
        "security_opt": "- no-new-privileges:true",
        "logging": '&logging driver: local options: max-size: 10m max-file: "3"',
    }
    documented = re.sub(r"\s+", " ", (ROOT / "docs" / "operations.md").read_text().replace("\\\n", " "))
    assert [option for name in settings if (option := OPTIONS[name]) not in documented] == []
    assert documented.count("docker run --") == 1, "another command would need the same options"


def test_the_docs_name_the_volume_and_the_user_of_the_container() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text()
    [volume] = re.findall(r"^  data:\n    name: (\w+)", (ROOT / "compose.yaml").read_text(), flags=re.MULTILINE)
    [user] = re.findall(r"useradd --uid (\d+)", (ROOT / "Dockerfile").read_text())
    assert f"--volume {volume}:/data" in documented
    assert f"--owner {user} --group {user}" in documented


def test_requirements_satisfy_the_project(project: dict[str, Any], pinned: dict[str, Requirement]) -> None:
    wanted = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["postgres"]]
    for requirement in wanted:
        [pin] = pinned[canonicalize_name(requirement.name)].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), f"run script/requirements: {requirement}"


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_pinned_is_needed_by_a_python_we_support(pinned: dict[str, Requirement], python: str) -> None:
    skipped = {
        pin.name
        for pin in pinned.values()
        if pin.marker and not pin.marker.evaluate({"python_version": python, "sys_platform": "linux"})
    }
    assert skipped == ({"audioop-lts"} if python != "3.13" else set())


def test_requirements_hold_hashes_for_all_and_no_address(pinned: dict[str, Requirement]) -> None:
    text = (ROOT / "requirements.txt").read_text()
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pinned)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_image_uses_the_python_that_requirements_were_resolved_for() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    [first, second] = re.findall(r"^FROM python:([\d.]+)-slim", dockerfile, flags=re.MULTILINE)
    assert first == second
    assert f"Resolved for Python {first}," in (ROOT / "requirements.txt").read_text()


def test_the_base_image_is_pinned_by_its_digest() -> None:
    froms = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert len(set(froms)) == 1
    assert re.fullmatch(r"python:[\d.]+-slim@sha256:[0-9a-f]{64}", froms[0])


@pytest.mark.parametrize(
    ("said", "code"), [("sha256:" + "ab" * 32, 0), ("no such image", 1), ("sha256:abc", 1), ("", 1)], ids=str
)
def test_the_digest_of_the_base_image_can_be_renewed(tmp_path: Path, said: str, code: int) -> None:
    shutil.copytree(ROOT / "script", tmp_path / "script")
    before = (ROOT / "Dockerfile").read_text()
    (tmp_path / "Dockerfile").write_text(before)
    docker = tmp_path / "tools" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\n[ '{said}' ] && echo '{said}'\n")
    docker.chmod(0o755)
    path = f"{docker.parent}:/usr/bin:/bin"
    ran = subprocess.run([tmp_path / "script" / "base-image"], env={"PATH": path}, check=False, capture_output=True)
    assert ran.returncode == code
    after = (tmp_path / "Dockerfile").read_text()
    assert after == (re.sub("sha256:[0-9a-f]{64}", said, before) if code == 0 else before)


def test_the_example_lists_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    defaults = {name.upper(): field.get_default() for name, field in Settings.model_fields.items()}
    assert shown == {
        name: "" if Settings.model_fields[name.lower()].is_required() or default in (None, ()) else str(default)
        for name, default in defaults.items()
    }


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_migration(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for folder in ("bot", "cogs", "sandbox"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, source)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"  # as pip does
    subprocess.run([sys.executable, "-c", build, tmp_path], cwd=source, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    shipped = [file for folder in ("bot", "cogs", "sandbox") for file in (source / folder).rglob("*")]
    assert packed == {str(file.relative_to(source)) for file in shipped if file.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("script", ["setup", "demo", "test"])
def test_without_a_suitable_python_a_script_says_so(script: str, tmp_path: Path) -> None:
    project = tmp_path / "a folder"
    shutil.copytree(ROOT / "script", project / "script")
    shutil.copy(ROOT / "pyproject.toml", project)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))
    too_old = tools / "python3"
    too_old.write_text("#!/bin/sh\nexit 1\n")
    too_old.chmod(0o755)
    ran = subprocess.run(
        [project / "script" / script],
        cwd=tmp_path,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr == (
        "Python 3.11, 3.12 or 3.13 is needed, and none was found as python3, python3.13,\npython3.12 or python3.11.\n"
    )
    assert not (project / ".venv" / "lock").exists()
