"""What a file turned out to hold."""

from dataclasses import dataclass


class FileClosed(Exception):
    """Nothing of a file can be read; carries the code of the finding."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerFile:
    """A file inside a file.

    Attributes:
        filename: The last part of its name; None where it has none.
        media_type: What it was declared to be.
        data: Its bytes.
        opened: Whether a password was needed to get at it.
    """

    filename: str | None
    media_type: str = "application/octet-stream"
    data: bytes
    opened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one file holds.

    Attributes:
        text: Its text, lines ended by LF.
        picture: Whether it shows pages that have to be read by OCR.
        inner: Files inside it.
        sender: Mail address of who wrote it, where it is a mail.
        findings: Codes of what else has to be said of it.
    """

    text: str = ""
    picture: bool = False
    inner: tuple[InnerFile, ...] = ()
    sender: str | None = None
    findings: tuple[str, ...] = ()
