"""Everything of an embedded installation in one file, and back."""

import hashlib
import io
import os
import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main
from app.intake.desk import Desk
from app.intake.documents import bytes_of
from app.intake.receive import receive
from app.main import blob_folder, open_desk
from app.settings import Settings
from tests.builders import ADMIN, a_mail, an_envelope

LARGE = a_mail("意見" * 40_000)
PROGRAM = ("verify", "backup", "restore")


@dataclass(slots=True)
class Installation:
    """A folder with one small and one large mail, reached through the command line."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def run(self, *words: str, folder: Path | None = None) -> int:
        assert words[0] in PROGRAM
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder.parent)
            patch.setenv("IKENBAKO_DATA_DIR", str(folder or self.folder))
            return main(words)

    def blob(self) -> Path:
        [path] = [each for each in (self.folder / "blobs").glob("*/*") if each.is_file()]
        return path


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.delenv("IKENBAKO_DATABASE_URL", raising=False)
    with open_desk(Settings(data_dir=tmp_path / "data")) as desk:
        receive(desk, an_envelope(a_mail("意見")), actor=ADMIN)
        receive(desk, an_envelope(LARGE, source_item="1:2"), actor=ADMIN)
    return Installation(tmp_path / "data", monkeypatch)


@pytest.fixture
def archive(installation: Installation, tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar"
    assert installation.run("backup", str(path)) == 0
    return path


def originals(desk: Desk) -> list[bytes]:
    page = desk.queries.submissions.page(limit=100)
    return [
        bytes_of(desk, document)
        for arrival in page.items
        for document in desk.queries.submissions.documents(arrival.id)
    ]


def test_what_was_backed_up_is_there_again(
    installation: Installation,
    archive: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "other"
    assert installation.run("restore", str(archive), "--language", "en", folder=other) == 0
    assert "Nothing is wrong." in capsys.readouterr().out
    restored = Settings(data_dir=other)
    with open_desk(restored) as desk:
        assert sorted(originals(desk)) == sorted([a_mail("意見"), LARGE])
    assert blob_folder(restored) == other / "blobs"


def test_other_tools_can_read_and_check_an_archive(archive: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xf", archive, "-C", tmp_path], check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_an_archive_is_readable_by_its_owner_alone(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    assert [each.name for each in archive.parent.iterdir() if each.name.startswith(".")] == []


def test_a_backup_overwrites_nothing(
    installation: Installation, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = archive.read_bytes()
    assert installation.run("backup", str(archive)) == 1
    assert "is not overwritten" in capsys.readouterr().err
    assert archive.read_bytes() == before


def test_a_restore_overwrites_nothing(
    installation: Installation, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (installation.folder / "ikenbako.db").read_bytes()
    assert installation.run("restore", str(archive)) == 1
    assert "is not overwritten" in capsys.readouterr().err
    assert (installation.folder / "ikenbako.db").read_bytes() == before


def test_a_log_left_by_another_database_is_not_mixed_in(
    installation: Installation, archive: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "ikenbako.db-wal").write_bytes(b"left")
    assert installation.run("restore", str(archive), folder=other) == 1
    assert not (other / "ikenbako.db").exists()


def test_a_restore_that_was_cut_off_goes_on(
    installation: Installation, archive: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "ikenbako.db.restoring").write_bytes(b"half")
    name = installation.blob().name
    (other / "blobs" / name[:2]).mkdir(parents=True)
    (other / "blobs" / name[:2] / name).write_bytes(installation.blob().read_bytes())
    assert installation.run("restore", str(archive), folder=other) == 0
    assert not (other / "ikenbako.db.restoring").exists()


def test_a_missing_blob_is_told_and_the_rest_is_kept(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = installation.blob().name
    installation.blob().unlink()
    path = tmp_path / "backup.tar"
    assert installation.run("backup", str(path)) == 1
    assert name in capsys.readouterr().out
    assert installation.run("restore", str(path), folder=tmp_path / "other") == 1
    assert "blob_missing" in capsys.readouterr().out


@pytest.mark.soak
def test_a_backup_that_is_killed_leaves_no_file_that_looks_whole(
    installation: Installation, tmp_path: Path, *, soak: bool
) -> None:
    chance = random.Random(3)
    environment = {
        **os.environ,
        "IKENBAKO_DATA_DIR": str(installation.folder),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    for number in range(100 if soak else 2):
        path = tmp_path / f"killed-{number}.tar"
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "backup", str(path)],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 1.5))
        process.kill()
        process.wait()
        if path.exists():
            assert installation.run("restore", str(path), folder=tmp_path / str(number)) == 0
    assert installation.run("verify") == 0
    assert installation.run("backup", str(tmp_path / "after.tar")) == 0


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def without_its_end(data: bytes) -> bytes:
    return rebuilt(data, drop="SHA256SUMS")


def with_one_bit_changed(data: bytes) -> bytes:
    # In the middle of the large mail, which follows the database.
    at = data.index("意見意見意見".encode() * 100)
    return data[: at + 5000] + bytes([data[at + 5000] ^ 1]) + data[at + 5001 :]


def with_another_database(data: bytes) -> bytes:
    return rebuilt(data, replace={"ikenbako.db": b"another"})


def with_a_file_elsewhere(data: bytes) -> bytes:
    return rebuilt(data, rename={"ikenbako.db": "../ikenbako.db"})


def of_another_format(data: bytes) -> bytes:
    return rebuilt(data, replace={"ikenbako.json": b'{"format": 2}'})


def of_a_newer_version(data: bytes) -> bytes:
    about = b'{"format": 1, "version": "9", "revision": "unheard", "created_at": ""}'
    return rebuilt(data, replace={"ikenbako.json": about})


def no_archive(_data: bytes) -> bytes:
    return b"something else"


def empty(_data: bytes) -> bytes:
    return b""


def rebuilt(
    data: bytes,
    *,
    drop: str = "",
    replace: dict[str, bytes] | None = None,
    rename: dict[str, str] | None = None,
) -> bytes:
    """Write an archive again with something else in it, its list of hashes made to fit."""
    out, sums = io.BytesIO(), b""
    with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            content = (replace or {}).get(member.name, file.read())
            member.name = (rename or {}).get(member.name, member.name)
            if member.name == drop:
                continue
            if member.name == "SHA256SUMS" and replace is None:
                content = sums
            sums += f"{hashlib.sha256(content).hexdigest()}  {member.name}\n".encode()
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize(
    "harm",
    [
        cut,
        without_its_end,
        with_one_bit_changed,
        with_another_database,
        with_a_file_elsewhere,
        of_another_format,
        of_a_newer_version,
        no_archive,
        empty,
    ],
)
def test_an_archive_that_is_not_sound_puts_no_database_in_place(
    installation: Installation,
    archive: Path,
    tmp_path: Path,
    harm: Callable[[bytes], bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive.write_bytes(harm(archive.read_bytes()))
    other = tmp_path / "inside" / "other"
    assert installation.run("restore", str(archive), folder=other) == 1
    assert "is not restored" in capsys.readouterr().err
    assert list(tmp_path.joinpath("inside").rglob("ikenbako.db")) == []
    assert list(other.glob("*.restoring")) == []


def test_where_there_is_no_database_none_is_made(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"
    assert installation.run("backup", str(tmp_path / "x.tar"), folder=nowhere) == 1
    assert installation.run("verify", folder=nowhere) == 1
    assert "there is no database" in capsys.readouterr().err
    assert not (nowhere / "ikenbako.db").exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_on_postgresql_the_way_is_told(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IKENBAKO_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert main([command, "file.tar"]) == 1
    assert "pg_dump" in capsys.readouterr().err
