"""Files named by their SHA-256, durable before anyone is told they are kept."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.errors import StorageFull

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_CHUNK_BYTES = 1024 * 1024
_SHA256 = re.compile("[0-9a-f]{64}")


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


class BlobStore(Protocol):
    """Keeps bytes under the name of their SHA-256."""

    def put(self, data: bytes) -> str:
        """Keep bytes durably and give their SHA-256 in hex.

        Raises:
            StorageFull: There is no room.
        """

    def get(self, sha256: str) -> bytes:
        """Give the bytes back.

        Raises:
            FileNotFoundError: They were never kept here.
        """

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """Keep bytes that come piece by piece, never all of them in memory.

        Raises:
            StorageFull: There is no room.
        """

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece.

        Raises:
            FileNotFoundError: They were never kept here.
        """

    def files(self) -> Iterator[KeptFile]:
        """Give everything that lies here, in no order."""

    def writable(self) -> bool:
        """Say whether bytes could be kept now."""


class FolderBlobs:
    """A blob store in a local folder: written beside, synced, renamed, folder synced."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; it is created when the first blob comes."""
        self._folder = folder

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Keep bytes durably; the same bytes are kept once and never overwritten."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._path(sha256)
        try:
            if not target.exists():
                self._write(target, data)
            # Whoever made the folder or renamed the file may not have synced what holds the name.
            _sync_folder(target.parent)
            _sync_folder(self._folder)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise StorageFull from error
            raise
        return sha256

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """Keep bytes that come piece by piece; their name is known only at their end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".incoming.{secrets.token_hex(8)}"
        digest = hashlib.sha256()
        try:
            with beside.open("xb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            target = self._path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            if not target.exists():
                beside.replace(target)
            for folder in (target.parent, self._folder, self._folder.parent):
                _sync_folder(folder)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise StorageFull from error
            raise
        finally:
            beside.unlink(missing_ok=True)
        return target.name

    def _write(self, target: Path, data: bytes) -> None:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder.parent)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def get(self, sha256: str) -> bytes:
        """Give the bytes back."""
        return self._path(sha256).read_bytes()

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece."""
        with self._path(sha256).open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def files(self) -> Iterator[KeptFile]:
        """Give everything that lies in the folder."""
        for folder, _, names in os.walk(self._folder):
            within = Path(folder).relative_to(self._folder)
            for name in names:
                path = str(within / name)
                is_blob = _SHA256.fullmatch(name) and path == f"{name[:2]}/{name}"
                yield KeptFile(
                    path=path,
                    sha256=name if is_blob else None,
                    is_temporary=name.startswith("."),
                )

    def writable(self) -> bool:
        """Say whether a small file can be written and synced now."""
        probe = self._folder / f".probe-{secrets.token_hex(8)}"
        try:
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


def _sync_folder(folder: Path) -> None:
    # A rename is durable only once the folder that holds the name is synced.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
