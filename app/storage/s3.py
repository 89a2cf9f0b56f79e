"""Large files in a bucket that speaks S3, named by their SHA-256.

An object appears whole or not at all (a PUT, or the end of a multipart upload), and S3 answers
only once it is durable. Loaded only where a bucket is configured (ADR 0049).
"""

import contextlib
import errno
import hashlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from app.domain.errors import BlobsUnreachable, StorageFull
from app.storage.blobs import (
    CHUNK_BYTES,
    NO_ROOM,
    BlobDamaged,
    KeptFile,
    blob_name,
    checked,
    pieces,
)

if TYPE_CHECKING:
    from obstore.store import S3Config

PART_BYTES: Final = 8 * 1024 * 1024
"""Up to here in one conditional PUT, above it in parts of this size (S3 wants 5 MiB or more)."""
_PARTS_AT_ONCE = 2
_PROBE = ".probe"
_FULL = re.compile("507 Insufficient Storage|StorageFull|QuotaExceeded")
_NO_BUCKET = "NoSuchBucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """Where a bucket is and how to get in.

    Attributes:
        bucket: Its name.
        prefix: What our keys begin with; empty for none.
        endpoint: The server; None for that of the region at AWS.
        region: The region that is signed for.
        access_key_id: Our name there; None takes what AWS' own environment gives.
        secret_access_key: Our secret there.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)


class S3Blobs:
    """A blob store in a bucket, laid out like the folder: ``ab/ab12…``."""

    def __init__(self, settings: S3Settings) -> None:
        """Prepare to use a bucket; nothing is asked of it yet."""
        config: S3Config = {"region": settings.region}
        if settings.endpoint is not None:
            config["endpoint"] = settings.endpoint
        if settings.access_key_id is not None and settings.secret_access_key is not None:
            config["access_key_id"] = settings.access_key_id
            config["secret_access_key"] = settings.secret_access_key
        self._store = S3Store(
            settings.bucket,
            prefix=settings.prefix or None,
            config=config,
            client_options={
                "allow_http": (settings.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    def put(self, data: bytes) -> str:
        """Keep bytes durably; the same bytes are kept once and never overwritten."""
        sha256 = hashlib.sha256(data).hexdigest()
        with _refusals():
            self._bring(io.BytesIO(data), sha256, len(data))
        return sha256

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """Keep bytes that come piece by piece; their name must be known before they go."""
        with _refusals(), tempfile.TemporaryFile() as file:
            for chunk in chunks:
                file.write(chunk)
            return self.put_file(file)

    def put_file(self, file: BinaryIO) -> str:
        """Keep an open file."""
        digest, size = hashlib.sha256(), 0
        with _refusals():
            for chunk in pieces(file):
                digest.update(chunk)
                size += len(chunk)
            file.seek(0)
            self._bring(file, digest.hexdigest(), size)
        return digest.hexdigest()

    def _bring(self, file: BinaryIO, sha256: str, size: int) -> None:
        key = _key(sha256)
        # Asked first, since not every server heeds the condition of a PUT, and parts know none:
        # then two who bring the same bytes at once may both write, and write the same.
        there = self._size(key)
        if there == size and self._is_sound(sha256):
            return
        if size <= PART_BYTES:
            # An object that was cut off or damaged is made whole again.
            mode: Literal["create", "overwrite"] = "create" if there is None else "overwrite"
            with contextlib.suppress(AlreadyExistsError):
                obstore.put(self._store, key, file.read(), mode=mode, use_multipart=False)
        else:
            obstore.put(
                self._store, key, file, chunk_size=PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
        if self._size(key) != size:
            raise BlobDamaged(errno.EIO, "not what was kept")

    def _is_sound(self, sha256: str) -> bool:
        """Read an object to its end; rare, since the same bytes seldom come again."""
        try:
            for _chunk in self.chunks(sha256):
                pass
        except (FileNotFoundError, BlobDamaged):
            return False
        return True

    def _size(self, key: str) -> int | None:
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            return None

    def get(self, sha256: str) -> bytes:
        """Give the bytes back."""
        return b"".join(self.chunks(sha256))

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes back piece by piece."""
        yield from checked(self._streamed(_key(sha256)), sha256)

    def _streamed(self, key: str) -> Iterator[bytes]:
        with _refusals():
            try:
                answer = obstore.get(self._store, key)
            except FileNotFoundError as error:
                if _NO_BUCKET in str(error):
                    raise BlobsUnreachable from error
                raise FileNotFoundError(errno.ENOENT, "never kept here") from None
        stream = iter(answer.stream(min_chunk_size=CHUNK_BYTES))
        while True:
            with _refusals():
                chunk = next(stream, None)
            if chunk is None:
                return
            yield bytes(chunk)

    def files(self) -> Iterator[KeptFile]:
        """Give everything under the prefix; what is not whole is no object."""
        with _refusals():
            for page in obstore.list(self._store):
                for each in page:
                    if each["path"] != _PROBE:
                        path = each["path"]
                        yield KeptFile(path=path, sha256=blob_name(path), is_temporary=False)

    def begin(self) -> None:
        """Do nothing: a bucket that is away is no empty bucket."""

    def writable(self) -> bool:
        """Say whether an object can be written now.

        One that is there already is refused after rights were looked at, which is as good.
        """
        try:
            obstore.put(self._store, _PROBE, b"probe", mode="create", use_multipart=False)
        except AlreadyExistsError:
            return True
        except (BaseError, OSError, ValueError):
            return False
        return True


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Tell what goes wrong with a bucket as what it means; the library's words stay out.

    Raises:
        StorageFull: There is no room, there or in the temporary folder.
        BlobsUnreachable: No connection, no bucket, no right.
    """
    try:
        yield
    except BaseError as error:
        if _FULL.search(str(error)):
            raise StorageFull from None
        raise BlobsUnreachable from None
    except FileNotFoundError as error:
        if _NO_BUCKET in str(error) or error.errno is None:
            raise BlobsUnreachable from None
        raise
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull from error
        raise BlobsUnreachable from error
