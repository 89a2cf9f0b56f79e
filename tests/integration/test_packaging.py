"""What is built from this repository: the wheel, and the notices that go with it."""

import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def wheel_names(tmp_path: Path) -> set[str]:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_of(folder: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_whole_service_and_its_migrations(wheel_names: set[str]) -> None:
    assert files_of("app") <= wheel_names
    assert {f"app/{name}" for name in files_of("alembic")} <= wheel_names
    assert "app/alembic/env.py" in wheel_names


def test_every_locked_runtime_package_has_its_notice() -> None:
    lock = (ROOT / "requirements/runtime.txt").read_text("utf-8")
    page = (ROOT / "THIRD_PARTY_NOTICES.md").read_text("utf-8")
    noticed = {canonical(name) for name in re.findall(r"^\| (\S+) \| \d", page, re.MULTILINE)}
    pins = re.findall(r"^(\S+)==(.*)", lock, re.MULTILINE)
    # What is only for another operating system is neither installed here nor shipped.
    shipped = {canonical(name) for name, rest in pins if "sys_platform == 'win32'" not in rest}
    assert shipped == noticed


def test_no_lock_file_names_a_host_or_a_path() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        lines = lock.read_text("utf-8").splitlines()
        assert [line for line in lines if re.search(r"^-|://| @ |file:", line)] == []


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
