"""Files named by their SHA-256, in a folder and in buckets of two servers."""

import contextlib
import errno
import hashlib
import io
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import obstore
import pytest

from app.domain.errors import BlobsUnreachable, StorageFull
from app.storage.blobs import MARKER, BlobDamaged, BlobStore, FolderBlobs
from app.storage.s3 import PART_BYTES, S3Blobs, S3Settings
from tests.servers.cutting_proxy import CuttingProxy
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.s3 import S3Server

NO_BLOB = "0" * 64


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and each.name != MARKER]


@dataclass(frozen=True, slots=True)
class Kept:
    """A store and the folder in which its blobs can be seen."""

    blobs: BlobStore
    folder: Path

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def files(self) -> list[Path]:
        return files_in(self.folder)


def s3_settings(server: S3Server, bucket: str) -> S3Settings:
    return S3Settings(
        bucket=bucket,
        prefix="意見箱/blobs",
        endpoint=server.endpoint,
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
    )


@pytest.fixture(params=["folder", "localbucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """An empty store of each kind."""
    if request.param == "folder":
        return Kept(FolderBlobs(tmp_path / "blobs"), tmp_path / "blobs")
    server: S3Server = request.getfixturevalue(request.param)
    bucket = server.lend_bucket()
    blobs = S3Blobs(s3_settings(server, bucket))
    return Kept(blobs, server.root / bucket / "意見箱" / "blobs")


@contextlib.contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Let the kernel refuse files above a size, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def as_file(data: bytes) -> io.BytesIO:
    file = io.BytesIO(data)
    file.seek(len(data) // 2)  # wherever it stood, all of it is kept
    return file


def test_bytes_come_back_under_their_hash(kept: Kept) -> None:
    for size in (0, 100_000, PART_BYTES + 1):
        data = os.urandom(size)
        name = hashlib.sha256(data).hexdigest()
        assert kept.blobs.put(data) == name
        assert kept.blobs.get(name) == data
        assert b"".join(kept.blobs.chunks(name)) == data
        assert kept.path(name).read_bytes() == data


def test_pieces_and_files_are_kept_as_one_blob(kept: Kept) -> None:
    data = os.urandom(2 * PART_BYTES + 5)
    name = kept.blobs.put_chunks([data[:7], b"", data[7:]])
    before = kept.path(name).stat()
    assert kept.blobs.put_file(as_file(data)) == name == kept.blobs.put(data)
    assert kept.path(name).stat().st_mtime_ns == before.st_mtime_ns
    assert kept.blobs.get(name) == data
    assert [each.sha256 for each in kept.blobs.files()] == [name]


def test_the_same_bytes_are_kept_once(kept: Kept) -> None:
    name = kept.blobs.put(b"same")
    before = kept.path(name).stat()
    assert kept.blobs.put(b"same") == name
    after = kept.path(name).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_many_who_bring_the_same_at_once_are_all_told_it_is_kept(kept: Kept) -> None:
    data = os.urandom(200_000)
    start = threading.Barrier(8)

    def bring(_number: int) -> str:
        start.wait()
        return kept.blobs.put(data)

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(bring, range(8)))
    assert names == {hashlib.sha256(data).hexdigest()}
    assert kept.blobs.get(names.pop()) == data
    assert [each.is_temporary for each in kept.blobs.files()] == [False]


def test_a_bucket_that_heeds_conditions_overwrites_nothing(
    localbucket: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one wrote between our question and our answer: the condition of the PUT holds."""
    bucket = localbucket.lend_bucket()
    blobs = S3Blobs(s3_settings(localbucket, bucket))
    name = blobs.put(b"first")
    kept = Kept(blobs, localbucket.root / bucket / "意見箱" / "blobs")
    before = kept.path(name).stat()
    really, asked = obstore.head, []

    def unseen_at_first(*words: object) -> object:
        asked.append(words)
        if len(asked) == 1:
            raise FileNotFoundError
        return really(*words)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(obstore, "head", unseen_at_first)
    assert blobs.put(b"first") == name
    after = kept.path(name).stat()
    assert len(asked) == 2
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_was_changed_is_not_given_out_as_what_was_kept(kept: Kept) -> None:
    name = kept.blobs.put(b"as it came")
    kept.path(name).write_bytes(b"as it cane")
    with pytest.raises(BlobDamaged):
        kept.blobs.get(name)
    with pytest.raises(BlobDamaged):
        list(kept.blobs.chunks(name))


def test_a_blob_that_was_cut_off_is_made_whole_when_the_same_comes_again(kept: Kept) -> None:
    data = os.urandom(100_000)
    name = kept.blobs.put(data)
    for again in (kept.blobs.put, lambda _data: kept.blobs.put_chunks([data])):
        kept.path(name).write_bytes(data[:-1])
        assert again(data) == name
        assert kept.blobs.get(name) == data


def test_a_damaged_blob_of_the_right_size_is_healed_when_the_same_comes_again(kept: Kept) -> None:
    for size in (100_000, PART_BYTES + 1):
        data = os.urandom(size)
        name = kept.blobs.put(data)
        for again in (kept.blobs.put, lambda data: kept.blobs.put_chunks([data])):
            kept.path(name).write_bytes(bytes(size))
            assert again(data) == name
            assert kept.blobs.get(name) == data


@dataclass(slots=True)
class Notes:
    """What a database remembers of a folder."""

    begun: bool = False

    def is_begun(self) -> bool:
        return self.begun

    def begin(self) -> None:
        self.begun = True


@pytest.mark.parametrize("left", ["nothing", "an empty folder"])
def test_a_share_that_went_away_is_not_made_anew(tmp_path: Path, left: str) -> None:
    folder, away, notes = tmp_path / "mount" / "blobs", tmp_path / "away", Notes()
    running = FolderBlobs(folder, notes)
    name = running.put(b"an original")
    assert notes.begun
    folder.rename(away)
    if left != "nothing":
        folder.mkdir()
    for blobs in (running, FolderBlobs(folder, notes)):
        assert not blobs.writable()
        for attempt in (
            lambda blobs=blobs: blobs.put(b"another"),
            lambda blobs=blobs: blobs.put_chunks([b"another"]),
            lambda blobs=blobs: blobs.get(name),
            lambda blobs=blobs: list(blobs.chunks(name)),
        ):
            with pytest.raises(BlobsUnreachable):
                attempt()
    assert files_in(tmp_path / "mount") == []
    if folder.exists():
        folder.rmdir()
    away.rename(folder)
    assert running.writable()
    assert running.get(name) == b"an original"
    assert running.get(running.put(b"another")) == b"another"
    with pytest.raises(FileNotFoundError):
        running.get(NO_BLOB)


@pytest.mark.parametrize("said", [errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT])
def test_a_share_that_answers_with_an_error_is_away_and_no_blob_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: int
) -> None:
    blobs = FolderBlobs(tmp_path, Notes())
    name = blobs.put(b"an original")

    def refuse(*_: object, **__: object) -> bytes:
        raise OSError(said, "away")

    with monkeypatch.context() as away:
        away.setattr(Path, "read_bytes", refuse)
        away.setattr(Path, "open", refuse)
        away.setattr(Path, "exists", refuse)
        with pytest.raises(BlobsUnreachable):
            blobs.get(name)
        with pytest.raises(BlobsUnreachable):
            list(blobs.chunks(name))
        assert not blobs.writable()
    assert blobs.get(name) == b"an original"


def test_a_folder_of_an_earlier_version_is_told_by_what_it_holds(tmp_path: Path) -> None:
    name = FolderBlobs(tmp_path).put(b"an original")
    (tmp_path / MARKER).unlink()
    blobs = FolderBlobs(tmp_path, Notes(begun=True))
    assert blobs.writable()
    assert blobs.get(blobs.put(b"another")) == b"another"
    assert (tmp_path / MARKER).exists()
    assert {each.path.rpartition("/")[2] for each in blobs.files()} >= {name}
    assert MARKER not in {each.path for each in blobs.files()}


def test_looking_whether_a_folder_can_be_written_begins_nothing(tmp_path: Path) -> None:
    notes = Notes()
    assert FolderBlobs(tmp_path / "blobs", notes).writable()
    assert not notes.begun


def test_a_server_that_looks_at_signatures_keeps_small_and_large(rclone: S3Server) -> None:
    blobs = S3Blobs(s3_settings(rclone, rclone.lend_bucket()))
    assert blobs.writable()
    for data in (b"small", os.urandom(PART_BYTES + 1)):
        assert blobs.get(blobs.put(data)) == data
    assert sorted(each.is_temporary for each in blobs.files()) == [False, False]


def test_a_missing_blob_is_no_empty_blob(kept: Kept) -> None:
    with pytest.raises(FileNotFoundError):
        kept.blobs.get(NO_BLOB)
    kept.blobs.put(b"another")
    with pytest.raises(FileNotFoundError):
        list(kept.blobs.chunks(NO_BLOB))


def test_a_store_that_takes_bytes_is_ready_however_often_it_is_asked(kept: Kept) -> None:
    assert kept.blobs.writable()
    assert kept.blobs.writable()
    assert list(kept.blobs.files()) == []


def test_files_that_are_none_of_ours_are_told_apart(kept: Kept) -> None:
    name = kept.blobs.put(b"ours")
    (kept.folder / "notes.txt").write_bytes(b"theirs")
    found = {each.path: each.sha256 for each in kept.blobs.files()}
    assert found == {f"{name[:2]}/{name}": name, "notes.txt": None}


@pytest.mark.parametrize(
    "wrong", [{"secret_access_key": "another"}, {"bucket": "none-such"}, {"endpoint": "closed"}]
)
def test_a_bucket_that_cannot_be_used_is_said(rclone: S3Server, wrong: dict[str, str]) -> None:
    if "endpoint" in wrong:
        wrong = {"endpoint": f"http://{LOOPBACK}:{free_port()}"}
    settings = replace(s3_settings(rclone, rclone.lend_bucket()), **wrong)
    assert settings.secret_access_key is not None
    assert settings.secret_access_key not in repr(settings)
    blobs = S3Blobs(settings)
    assert not blobs.writable()
    for attempt in (
        lambda: blobs.put(b"bytes"),
        lambda: blobs.put(bytes(PART_BYTES + 1)),
        lambda: blobs.put_chunks([b"by", b"tes"]),
        lambda: blobs.get(NO_BLOB),
    ):
        with pytest.raises(BlobsUnreachable):
            attempt()
    assert [
        each for each in rclone.root.joinpath(settings.bucket).rglob("*") if each.is_file()
    ] == []


def test_a_wire_cut_in_mid_upload_leaves_nothing_half_kept(localbucket: S3Server) -> None:
    bucket = localbucket.lend_bucket()
    proxy = CuttingProxy(localbucket.port, seed=1, longest=400_000)
    settings = s3_settings(localbucket, bucket)
    blobs = S3Blobs(replace(settings, endpoint=f"http://{LOOPBACK}:{proxy.port}"))
    data = os.urandom(PART_BYTES + 1)
    name = hashlib.sha256(data).hexdigest()
    try:
        with pytest.raises(BlobsUnreachable):
            blobs.put(data)
        with pytest.raises(BlobsUnreachable):
            blobs.put(data[:PART_BYTES])
        assert proxy.cuts
        # A PUT of this server may leave half an object; nobody was told that it is kept.
        assert name not in {each.sha256 for each in S3Blobs(settings).files()}
        proxy.heal()
        for bytes_ in (data, data[:PART_BYTES]):
            assert blobs.get(blobs.put(bytes_)) == bytes_
    finally:
        proxy.close()


@pytest.mark.parametrize("way", ["put", "put_chunks", "put_file"])
def test_a_full_disk_is_said_and_leaves_nothing_behind(kept: Kept, way: str) -> None:
    data = os.urandom(200_000)
    given = {"put": data, "put_chunks": [data], "put_file": as_file(data)}[way]
    kept.blobs.put(b"there already")
    if isinstance(kept.blobs, S3Blobs) and way != "put_chunks":
        return  # nothing of ours is written: the server's disk is another test's
    with file_limit(100_000), pytest.raises(StorageFull):
        getattr(kept.blobs, way)(given)
    assert [each.read_bytes() for each in kept.files()] == [b"there already"]
    assert kept.blobs.get(kept.blobs.put(data)) == data


def test_a_full_disk_below_the_server_is_said(
    localbucket: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = S3Blobs(s3_settings(localbucket, localbucket.lend_bucket()))

    def no_room(*_words: object, **_more: object) -> None:
        raise obstore.exceptions.GenericError("status 507 Insufficient Storage: <Error/>")

    monkeypatch.setattr(obstore, "put", no_room)
    with pytest.raises(StorageFull):
        blobs.put(b"bytes")


def test_no_space_is_told_apart_from_other_faults_of_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = FolderBlobs(tmp_path)
    for number, refusal in ((errno.ENOSPC, StorageFull), (errno.EIO, BlobsUnreachable)):

        def fail(_descriptor: int, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(refusal):
                blobs.put(b"bytes")
    assert files_in(tmp_path) == []
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


def test_what_a_killed_writer_left_goes_after_a_day_and_is_not_told_before(tmp_path: Path) -> None:
    old, young = tmp_path / ".incoming.0123", tmp_path / f".{NO_BLOB}.4567"
    for each in (old, young):
        each.write_bytes(b"half")
    long_ago = time.time() - 90_000
    os.utime(old, (long_ago, long_ago))
    blobs = FolderBlobs(tmp_path)
    assert [each.path for each in blobs.files()] == [old.name]
    blobs.put(b"the next")
    assert not old.exists()
    assert young.exists()
    assert not any(each.is_temporary for each in blobs.files())


def test_a_folder_that_cannot_be_written_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert FolderBlobs(tmp_path / "blobs").writable()
    blobs = FolderBlobs(tmp_path / "file")
    assert not blobs.writable()
    with pytest.raises(BlobsUnreachable):
        blobs.put(b"bytes")


def peak_memory() -> int:
    """Give the most memory held since it was last forgotten, in bytes."""
    status = Path("/proc/self/status").read_text("ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def test_memory_does_not_grow_with_a_file(kept: Kept) -> None:
    size = 48 * 1024 * 1024
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        # Else what an earlier test held would hide what this one does.
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = peak_memory()
        name = kept.blobs.put_file(file)
        grown = peak_memory() - before
    assert kept.path(name).stat().st_size == size
    assert grown < size * 3 // 4
