"""Files named by their SHA-256."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from app.domain.errors import StorageFull
from app.storage.blobs import FolderBlobs


def test_bytes_come_back_under_their_hash(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    data = os.urandom(100_000)
    name = blobs.put(data)
    assert name == hashlib.sha256(data).hexdigest()
    assert blobs.get(name) == data


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    name = blobs.put(b"same")
    before = (tmp_path / name[:2] / name).stat()
    assert blobs.put(b"same") == name
    after = (tmp_path / name[:2] / name).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_full_disk_is_said_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    blobs = FolderBlobs(tmp_path)
    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(StorageFull):
        blobs.put(b"bytes")
    monkeypatch.undo()
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
    assert blobs.get(blobs.put(b"bytes")) == b"bytes"


def test_a_blob_is_kept_only_once_file_and_folders_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No kill shows this, since what was written outlives a process; only a power cut would."""
    synced: list[Path] = []
    really = os.fsync

    def seen(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        really(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    folder = tmp_path / "blobs"
    name = FolderBlobs(folder).put(b"bytes")
    assert [each.name[1:65] for each in synced if each.name.startswith(".")] == [name]
    assert synced[-2:] == [folder / name[:2], folder]
    assert tmp_path in synced

    synced.clear()
    FolderBlobs(folder).put(b"bytes")
    assert synced == [folder / name[:2], folder]


def test_a_missing_blob_is_no_empty_blob(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FolderBlobs(tmp_path).get("0" * 64)


def test_a_folder_that_cannot_be_written_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert FolderBlobs(tmp_path / "blobs").writable()
    assert not FolderBlobs(tmp_path / "file").writable()
