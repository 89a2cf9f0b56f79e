"""What a backup is: a plain tar file that other tools can read and check.

It holds, in this order, ``ikenbako.json`` (what it is), ``ikenbako.db`` (the database at one
moment), ``blobs/…`` (every large file the database names) and ``SHA256SUMS``, which comes last, so
an archive that was cut off has none. ``sha256sum -c SHA256SUMS`` checks an unpacked one.
"""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

FORMAT: Final = 1
ABOUT: Final = "ikenbako.json"
DATABASE: Final = "ikenbako.db"
SUMS: Final = "SHA256SUMS"
_BLOB = re.compile("blobs/([0-9a-f]{2})/(\\1[0-9a-f]{62})")
_CHUNK_BYTES = 1024 * 1024
_ABOUT_BYTES = 64 * 1024


class BadArchive(Exception):
    """It is no backup of ours, not a whole one, or not what was written; the words say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an archive says of itself.

    Attributes:
        version: The program that wrote it.
        revision: The version of its tables.
        created_at: When it was begun, in ISO 8601.
    """

    version: str
    revision: str
    created_at: str


class ArchiveWriter:
    """Writes one archive; memory does not grow with what is put in."""

    def __init__(self, file: IO[bytes], sums: IO[bytes], about: About) -> None:
        """Begin an archive.

        Args:
            file: Where it goes.
            sums: An empty file in which its list of hashes grows.
            about: What it says of itself.
        """
        self._tar = tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by end()
        self._sums = sums
        said = {
            "format": FORMAT,
            "version": about.version,
            "revision": about.revision,
            "created_at": about.created_at,
        }
        data = json.dumps(said, indent=2).encode() + b"\n"
        self.add(ABOUT, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())

    def add(self, name: str, file: IO[bytes], size: int, sha256: str) -> None:
        """Put a file in."""
        self._put(name, file, size)
        self._sums.write(sum_line(sha256, name))

    def add_blob(self, sha256: str, chunks: Iterable[bytes], size: int) -> None:
        """Put a large file in, piece by piece."""
        name = f"blobs/{sha256[:2]}/{sha256}"
        self.add(name, io.BufferedReader(_Chunks(iter(chunks))), size, sha256)

    def end(self) -> None:
        """Put the list of hashes in; without it an archive is not whole."""
        size = self._sums.tell()
        self._sums.seek(0)
        self._put(SUMS, self._sums, size)
        self._tar.close()

    def _put(self, name: str, file: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, file)
        self._tar.members.clear()  # type: ignore[attr-defined]  # it would remember each


def sum_line(sha256: str, name: str) -> bytes:
    """Write a line as ``sha256sum`` does."""
    return f"{sha256}  {name}\n".encode("ascii")


def members(file: IO[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Give name and bytes of each file of an archive, in order, and check what was written.

    Only names of ours are let through, so an archive of another make cannot write elsewhere.

    Raises:
        BadArchive: It is not whole, or not what was written; raised at the latest after the end.
    """
    seen = hashlib.sha256()
    last = ""
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # as above
                content = tar.extractfile(member)
                if content is None or not _is_next(member.name, last):
                    raise BadArchive(f"it holds {member.name!r}, which no backup does there")
                last = member.name
                digest = hashlib.sha256()
                yield member.name, _hashed(content, digest)
                sha256 = digest.hexdigest()
                if last == SUMS:
                    continue
                if (blob := _BLOB.fullmatch(last)) and blob[2] != sha256:
                    raise BadArchive(f"{last} is not what was written")
                seen.update(sum_line(sha256, last))
            if last != SUMS:
                raise BadArchive("it is cut off")
            if sha256 != seen.hexdigest():
                raise BadArchive("it is not what was written")
    except (tarfile.TarError, EOFError) as error:
        raise BadArchive("it is no archive, or cut off") from error


def about(chunks: Iterable[bytes]) -> About:
    """Read what an archive says of itself.

    Raises:
        BadArchive: It is no backup, or one of another format.
    """
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) > _ABOUT_BYTES:
            raise BadArchive("it is no backup")
    try:
        said = json.loads(data)
        if said["format"] != FORMAT:
            raise BadArchive("a newer version wrote it")
        return About(
            version=str(said["version"]),
            revision=str(said["revision"]),
            created_at=str(said["created_at"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadArchive("it is no backup") from error


def _is_next(name: str, last: str) -> bool:
    """Say whether a file may follow another: each of ours once, in the one order there is."""
    if name == ABOUT:
        return not last
    if name == DATABASE:
        return last == ABOUT
    if _BLOB.fullmatch(name):
        return last == DATABASE or (last.startswith("blobs/") and last < name)
    return name == SUMS and (last == DATABASE or last.startswith("blobs/"))


def _hashed(content: IO[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    try:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
            yield chunk
    except (tarfile.TarError, EOFError) as error:
        raise BadArchive("it is cut off") from error


class _Chunks(io.RawIOBase):
    """Chunks as a file that is read from beginning to end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what it is called with
        if not self._left:
            self._left = next(self._chunks, b"")
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
