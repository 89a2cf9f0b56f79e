"""Files named by their SHA-256, durable before anyone is told they are kept."""

import contextlib
import errno
import filecmp
import functools
import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from app.domain.errors import BlobsUnreachable, StorageFull

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, no quota left, or more than the account may write into one file."""
_AWAY = frozenset(
    {
        errno.EACCES,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENOTCONN,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
"""What a share says that cannot be asked now; a bad sector (EIO) is another matter."""
CHUNK_BYTES = 1024 * 1024
ABANDONED_SECONDS = 24 * 3600.0
"""A temporary file untouched for so long was left by a process that is gone."""
MARKER = "ikenbako-store"
"""A file that says that this is the folder, and not the empty place of a share that is away."""
_MARKED = "Large originals of Ikenbako. Without this file nothing is kept here.\n"
_SWEEP_SECONDS = 3600.0
_SHA256 = re.compile("[0-9a-f]{64}")


class BlobDamaged(OSError):
    """What lies under a name is not what was kept there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """Something that lies in a blob store.

    Attributes:
        path: Where, inside the store.
        sha256: The blob it is; None where it is none.
        is_temporary: Whether it is what an interrupted write left.
    """

    path: str
    sha256: str | None
    is_temporary: bool


class Register(Protocol):
    """Remembers, apart from the store, that blobs were kept in it."""

    def is_begun(self) -> bool:
        """Say whether any were."""

    def begin(self) -> None:
        """Note that some are from now on."""


class BlobStore(Protocol):
    """Keeps bytes under the name of their SHA-256; nothing whole is ever overwritten."""

    def put(self, data: bytes) -> str:
        """Keep bytes durably and give their SHA-256 in hex.

        Raises:
            StorageFull: There is no room.
            BlobsUnreachable: The store does not take them now.
        """

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """Keep bytes that come piece by piece, never all of them in memory.

        Raises:
            StorageFull: There is no room.
            BlobsUnreachable: The store does not take them now.
        """

    def put_file(self, file: BinaryIO) -> str:
        """Keep an open file from its beginning to its end, never all of it in memory.

        Raises:
            StorageFull: There is no room.
            BlobsUnreachable: The store does not take it now.
        """

    def get(self, sha256: str) -> bytes:
        """Give the bytes back, held against their name.

        Raises:
            FileNotFoundError: They were never kept here.
            BlobDamaged: They are not what was kept.
            BlobsUnreachable: The store does not answer now.
        """

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece; after the last they are held against their name.

        Raises:
            FileNotFoundError: They were never kept here.
            BlobDamaged: They are not what was kept.
            BlobsUnreachable: The store does not answer now.
        """

    def files(self) -> Iterator[KeptFile]:
        """Give everything that lies here, in no order, but what may still be written.

        Raises:
            BlobsUnreachable: The store does not answer now.
        """

    def writable(self) -> bool:
        """Say whether bytes could be kept now."""

    def begin(self) -> None:
        """Make an empty store, where none is yet."""


class FolderBlobs:
    """A blob store in a folder, local or shared: written beside, synced, renamed, folder synced."""

    def __init__(self, folder: Path, register: Register | None = None) -> None:
        """Use a folder; it is created when the first blob comes.

        Args:
            folder: Where.
            register: Knows whether there must be blobs already; then a folder without its marker
                is a share that is away, and nothing is kept in its place.
        """
        self._folder = folder
        self._register = register
        self._is_registered = False
        self._sweeping = threading.Lock()
        self._swept_at: float | None = None

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Keep bytes durably; the same bytes are kept once, and healed where the disk lost some."""
        sha256 = hashlib.sha256(data).hexdigest()
        with _refusals():
            if self._holds(sha256, data):
                self._settle(sha256)
            else:
                self._write((data,), beside=f".{sha256}.{secrets.token_hex(8)}")
        return sha256

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """Keep bytes that come piece by piece; their name is known only at their end."""
        with _refusals():
            return self._write(chunks, beside=f".incoming.{secrets.token_hex(8)}")

    def put_file(self, file: BinaryIO) -> str:
        """Keep an open file."""
        return self.put_chunks(pieces(file))

    def begin(self) -> None:
        """Make the folder and its marker."""
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder.parent)
        marker = self._folder / MARKER
        if not marker.exists():
            with marker.open("w", encoding="utf-8") as file:
                file.write(_MARKED)
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(self._folder)

    def _is_away(self) -> bool:
        """Say whether blobs were kept here and nothing of it is left: a share is not mounted.

        A folder of an earlier version has no marker; it is told by what it holds.
        """
        if self._register is None or (self._folder / MARKER).exists():
            return False
        if not self._is_registered and not self._register.is_begun():
            return False
        return not any(self._folder.glob("[0-9a-f][0-9a-f]"))

    def _open(self) -> None:
        """See that it is the folder, before something is kept in it.

        Raises:
            BlobsUnreachable: It is not there, and must not be made anew.
        """
        if self._is_away():
            raise BlobsUnreachable
        self.begin()
        if self._register is not None and not self._is_registered:
            self._register.begin()
            self._is_registered = True

    def _write(self, chunks: Iterable[bytes], *, beside: str) -> str:
        self._open()
        self._sweep()
        # All of them lie at the top, where those left behind are found without a long walk.
        part = self._folder / beside
        digest = hashlib.sha256()
        try:
            with part.open("xb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            target = self._path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            if not _alike(part, target):  # none there, or one that somebody cut off or damaged
                part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        self._settle(target.name)
        return target.name

    def _holds(self, sha256: str, data: bytes) -> bool:
        """Say whether these very bytes lie here: a disk may have damaged what it was given."""
        path = self._path(sha256)
        try:
            return path.stat().st_size == len(data) and path.read_bytes() == data
        except OSError:  # not there, or a bad sector: it is written anew, or that is refused
            return False

    def _settle(self, sha256: str) -> None:
        """See that the name of a blob is on disk, whoever brought it."""
        target = self._path(sha256)
        # Whoever made the folder or renamed the file may not have synced what holds the name.
        _sync_folder(target.parent)
        _sync_folder(self._folder)

    def _sweep(self) -> None:
        """Remove, once an hour, what writers left that died long ago."""
        now = time.monotonic()
        with self._sweeping:
            if self._swept_at is not None and now - self._swept_at < _SWEEP_SECONDS:
                return
            self._swept_at = now
        for each in self._folder.iterdir():
            with contextlib.suppress(OSError):  # another process sweeps as well
                if each.name.startswith(".") and _is_abandoned(each) and each.is_file():
                    each.unlink()

    def get(self, sha256: str) -> bytes:
        """Give the bytes back."""
        with self._found():
            data = self._path(sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobDamaged(errno.EIO, "not what was kept")
        return data

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece."""
        with self._found():
            file = self._path(sha256).open("rb")
        with file:
            yield from checked(iter(functools.partial(self._piece, file), b""), sha256)

    def _piece(self, file: BinaryIO) -> bytes:
        with self._found():
            return file.read(CHUNK_BYTES)

    @contextlib.contextmanager
    def _found(self) -> Iterator[None]:
        """Tell a blob that is missing or damaged from a folder that is away."""
        try:
            yield
        except OSError as error:
            lost = isinstance(error, FileNotFoundError) and self._is_away()
            if lost or error.errno in _AWAY:
                raise BlobsUnreachable from error
            raise

    def files(self) -> Iterator[KeptFile]:
        """Give everything that lies in the folder."""
        for folder, _, names in os.walk(self._folder):
            within = Path(folder).relative_to(self._folder)
            for name in names:
                if name == MARKER:
                    continue
                is_temporary = name.startswith(".")
                if is_temporary and not _is_abandoned(Path(folder) / name):
                    continue
                path = str(within / name)
                yield KeptFile(path=path, sha256=blob_name(path), is_temporary=is_temporary)

    def writable(self) -> bool:
        """Say whether a small file can be written and synced now."""
        probe = self._folder / f".probe-{secrets.token_hex(8)}"
        try:
            if self._is_away():
                return False
            self._folder.mkdir(parents=True, exist_ok=True)
            with probe.open("xb") as file:
                file.write(b"probe")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()
        return True


def _alike(new: Path, old: Path) -> bool:
    try:
        return filecmp.cmp(new, old, shallow=False)
    except OSError:  # not there, or a bad sector
        return False


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Give an open file piece by piece, from its beginning."""
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def checked(chunks: Iterable[bytes], sha256: str) -> Iterator[bytes]:
    """Pass chunks on and hold all of them against a hash.

    Raises:
        BlobDamaged: They are others; raised after the last.
    """
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise BlobDamaged(errno.EIO, "not what was kept")


def blob_name(path: str) -> str | None:
    """Give the hash a path inside a store stands for; None where it is no blob's."""
    name = path.rpartition("/")[2]
    return name if _SHA256.fullmatch(name) and path == f"{name[:2]}/{name}" else None


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Tell what a folder does not take as what it means to somebody who brings something.

    Raises:
        StorageFull: There is no room.
        BlobsUnreachable: A share that is away, a folder that may not be written, a bad disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull from error
        raise BlobsUnreachable from error


def _is_abandoned(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime > ABANDONED_SECONDS
    except FileNotFoundError:  # its writer has just finished
        return False


def _sync_folder(folder: Path) -> None:
    # A rename is durable only once the folder that holds the name is synced.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
