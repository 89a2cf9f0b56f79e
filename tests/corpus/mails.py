"""The corpus as `manifest.json` lists it and `scripts/lay-out-corpus` lays it out.

No mail of it is kept in this project: the manifest names packages, files and digests. A digest of
a text is the first 16 digits of the SHA-256 of the text with its white space drawn together, so
that it says how a mail reads without repeating it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = Path(__file__).parent
_LAID_OUT = _FOLDER.parent.parent / ".cache" / "corpus" / "mails"
_DIGITS = 16
_LONGEST_KEPT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the tests of a mail's own source say of it.

    Attributes:
        by: The file that says it.
        subject: Its subject.
        text: A piece of its text, white space drawn together.
        names: Names of attachments.
        recipients: Digests of the addresses a delivery report says were not reached.
        plain: Fingerprint of its parts of plain text, as ``fingerprint`` makes it.
        html: Fingerprint of its parts of HTML.
    """

    by: str
    subject: str | None = None
    text: str | None = None
    names: tuple[str, ...] = ()
    recipients: tuple[str, ...] | None = None
    plain: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusMail:
    """A mail of the corpus.

    Attributes:
        package: The package it comes with.
        path: Where it lies in it; of a mailbox file also which mail.
        sha256: Its bytes.
        subject: Digest of its subject, where the standard library reads the same.
        text: Digest of its text, where the standard library reads the same.
        files: Digests of the bytes of its attachments, as the standard library decodes them.
        stated: What its source says of it.
    """

    package: str
    path: str
    sha256: str
    subject: str | None = None
    text: str | None = None
    files: tuple[str, ...] = field(default=())
    stated: Stated | None = None

    @property
    def raw(self) -> bytes:
        """Give its bytes.

        Raises:
            AssertionError: The corpus was not laid out, or its bytes are others.
        """
        path = _LAID_OUT / self.sha256
        assert path.is_file(), "the corpus is not laid out: run scripts/lay-out-corpus"
        data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() == self.sha256
        return data


def digest(text: str) -> str:
    """Give the digest under which the manifest keeps a text."""
    return digest_of_bytes(" ".join(text.split()).encode())


def digest_of_bytes(data: bytes) -> str:
    """Give the digest under which the manifest keeps an attachment."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def fingerprint(texts: Sequence[str]) -> str:
    """Give the fingerprint mail-parser keeps of texts: a long one is named by length and SHA-256."""
    named: list[object] = []
    for text in texts:
        data = text.encode()
        long = len(text) > _LONGEST_KEPT
        named.append(
            {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()} if long else text
        )
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def _listed() -> tuple[CorpusMail, ...]:
    found: list[CorpusMail] = []
    for package in json.loads((_FOLDER / "manifest.json").read_text("utf-8"))["packages"]:
        for listed in package["mails"]:
            place = f" ({listed['message']})" if "message" in listed else ""
            stated = listed.get("stated")
            found.append(
                CorpusMail(
                    package=package["name"],
                    path=listed["path"] + place,
                    sha256=listed["sha256"],
                    subject=listed.get("subject"),
                    text=listed.get("text"),
                    files=tuple(listed.get("files", ())),
                    stated=None if stated is None else _stated(stated),
                )
            )
    return tuple(found)


def _stated(said: dict[str, str | list[str]]) -> Stated:
    def word(name: str) -> str | None:
        return str(said[name]) if name in said else None

    return Stated(
        by=str(said["by"]),
        subject=word("subject"),
        text=word("text"),
        names=tuple(said.get("names", ())),
        recipients=tuple(said["recipients"]) if "recipients" in said else None,
        plain=word("plain"),
        html=word("html"),
    )


CORPUS = _listed()
