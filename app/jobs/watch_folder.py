"""A folder into which an office machine saves its scans or faxes, posted file by file.

A file is posted once it is whole, and moved away only on the server's word that it is synced.
Whatever is refused stays where it is, for a person.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import httpx

from app.domain.envelope import in_japan

SUFFIXES = frozenset({".tif", ".tiff", ".pdf", ".jpg", ".jpeg", ".png", ".heic"})
DONE = "done"
"""Sub-folder of what was taken; emptying it is for whoever keeps the machine."""
_TIMEOUT = httpx.Timeout(30.0, read=300.0, write=300.0)
_TAKEN = frozenset({200, 202})
_PDF_END = b"%%EOF"
_PDF_TAIL_BYTES = 2048
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 60.0, 3600.0
_log = logging.getLogger(__name__)

_Look = tuple[int, int]
"""Size and time of change of a file, as it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRule:
    """What the files of a folder are.

    Attributes:
        folder: Where they appear.
        channel: ``fax``, ``mail`` (paper) or ``drop_box``.
        delivery: For paper mail, ``post`` or ``hand``.
        name: The machine, as the ledger calls it.
        settle_seconds: How long a file must have stopped growing.
    """

    folder: Path
    channel: Literal["fax", "mail", "drop_box"]
    delivery: Literal["post", "hand"] | None = None
    name: str = "folder"
    settle_seconds: float = 10.0


@dataclass(slots=True)
class _Seen:
    """A file that waits: how it looked, since when, and how often it was refused."""

    look: _Look
    since: float
    failures: int = 0
    not_before: float = field(default=0.0)


class WatchFolder:
    """Posts what appears in one folder."""

    def __init__(
        self,
        rule: FolderRule,
        api_url: str,
        api_key: str,
        *,
        monotonic: Callable[[], float],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare to watch; ``transport`` carries the posts.

        Args:
            rule: The folder and what its files are.
            api_url: The server.
            api_key: A key with the scope ``intake:fax`` or ``intake:scan``.
            monotonic: A clock for waiting.
            transport: Carries the posts; None for the network.
        """
        self._rule = rule
        self._monotonic = monotonic
        self._seen: dict[Path, _Seen] = {}
        self._client = httpx.Client(
            base_url=f"{api_url}/api/v1/intake",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=_TIMEOUT,
            # Not through whatever proxy the environment names: what is posted is personal data.
            trust_env=False,
            transport=transport,
        )

    def run(self, stop: threading.Event, *, poll_seconds: float) -> None:
        """Look again and again until told to stop."""
        while not stop.is_set():
            try:
                self.look()
            except OSError:
                _log.exception("The folder cannot be read.", extra={"action": "watch_folder"})
            stop.wait(poll_seconds)
        self._client.close()

    def look(self) -> int:
        """Make one pass: post every file that is whole.

        Returns:
            How many were taken.

        Raises:
            OSError: The folder cannot be read.
        """
        now = self._monotonic()
        files = sorted(each for each in self._rule.folder.iterdir() if _is_wanted(each))
        self._seen = {path: seen for path, seen in self._seen.items() if path in files}
        taken = 0
        for path in files:
            if self._is_whole(path, now):
                taken += self._post(path, now)
        return taken

    def _is_whole(self, path: Path, now: float) -> bool:
        """Say whether a file has stopped growing; machines save page by page, some over minutes."""
        facts = path.stat()
        look = (facts.st_size, facts.st_mtime_ns)
        seen = self._seen.get(path)
        if seen is None or seen.look != look:
            self._seen[path] = _Seen(look, now)
            return False
        settled = now - seen.since >= self._rule.settle_seconds and now >= seen.not_before
        return settled and facts.st_size > 0 and _has_its_end(path)

    def _post(self, path: Path, now: float) -> bool:
        seen = self._seen[path]
        reason = self._sent(path, seen.look)
        if reason is None:
            _put_away(path)
            del self._seen[path]
            _log.info("A file was taken.", extra={"action": "file_taken"})
            return True
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(seen.failures, 10))
        seen.failures += 1
        seen.not_before = now + pause
        # The name may be a person's; only the reason is told.
        _log.warning("A file stays.", extra={"action": "file_stays", "reason": reason})
        return False

    def _sent(self, path: Path, look: _Look) -> str | None:
        """Post one file; give the reason why it was not taken, None where it was."""
        rule = self._rule
        received_at = datetime.fromtimestamp(look[1] / 1e9, tz=UTC)
        fields = {"received_at": in_japan(received_at).isoformat()}
        is_fax = rule.channel == "fax"
        if is_fax:
            # The same each time it is tried, and another for other bytes under the same name.
            fields |= {"job_id": f"{path.name} {look[1]}", "gateway": rule.name}
        else:
            fields["channel"] = rule.channel
            fields |= {"delivery": rule.delivery} if rule.delivery else {}
        try:
            with path.open("rb") as file:
                answer = self._client.post(
                    "faxes" if is_fax else "scans",
                    data=fields,
                    files={"file" if is_fax else "files": (path.name, file)},
                )
        except httpx.HTTPError:
            return "api_unreachable"
        return None if answer.status_code in _TAKEN else f"http_{answer.status_code}"


def _is_wanted(path: Path) -> bool:
    hidden = path.name.startswith((".", "~"))
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _has_its_end(path: Path) -> bool:
    """Say whether a PDF has its last line; other kinds do not say where they end."""
    if path.suffix.lower() != ".pdf":
        return True
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _PDF_TAIL_BYTES))
        return _PDF_END in file.read()


def _put_away(path: Path) -> None:
    """Move a file that was taken; one of the same name there is kept as well."""
    folder = path.parent / DONE
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem} ({number}){path.suffix}"
    path.rename(target)
