"""The text of .docx and .odt: their XML as lines, cells of a table row parted by tabs."""

import zipfile
from xml.parsers import expat

from app.channels.email.files.found import FileClosed

_MAX_XML_BYTES = 64 * 1024 * 1024
_PARAGRAPHS = frozenset({"w:p", "text:p", "text:h"})
_ROWS = frozenset({"w:tr", "table:table-row"})
_CELLS = frozenset({"w:tc", "table:table-cell"})
_SKIPPED = frozenset(
    {"w:del", "w:delText", "w:instrText", "text:tracked-changes", "office:annotation"}
)
"""What was struck out, and what a program or a commentator wrote."""
_ALTERNATIVE = "mc:Fallback"
"""Says again, for older programs, what stands before it."""


def docx_text(archive: zipfile.ZipFile) -> str:
    """Give the text of a Word document."""
    return _Writer().read(member(archive, "word/document.xml"))


def odt_text(archive: zipfile.ZipFile) -> str:
    """Give the text of an OpenDocument text or sheet."""
    return _Writer().read(member(archive, "content.xml"))


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Give a member's bytes, within bounds.

    Raises:
        FileClosed: It is too large, or locked.
    """
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise FileClosed("attachment_encrypted")
    with archive.open(info) as stream:
        data = stream.read(_MAX_XML_BYTES + 1)
    if len(data) > _MAX_XML_BYTES:
        raise FileClosed("attachment_limit")
    return data


class _Writer:
    """Collects paragraphs and rows."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._paragraph: list[str] = []
        self._rows: list[list[list[str]]] = []  # open rows, their cells, their paragraphs
        self._skipping = 0
        self._inside_text = 0

    def read(self, data: bytes) -> str:
        """Read a document.

        Raises:
            FileClosed: It declares entities, which a letter never does.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = _refuse
        parser.Parse(data, True)  # noqa: FBT003 - expat takes no keyword here
        return "\n".join(self._lines).strip("\n")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _SKIPPED or name == _ALTERNATIVE:
            self._skipping += 1
        elif name in ("w:t", *_PARAGRAPHS):
            self._inside_text += 1
        elif name == "w:tabs":
            self._skipping += 1  # where tabs stop, by the same name as a tab
        elif name in ("w:tab", "text:tab") and not self._skipping:
            self._paragraph.append("\t")
        elif name in ("w:br", "w:cr", "text:line-break"):
            self._paragraph.append("\n")
        elif name == "text:s":
            count = attributes.get("text:c", "1")
            self._paragraph.append(" " * min(int(count) if count.isdecimal() else 1, 1000))
        elif name in _ROWS:
            self._rows.append([])
        elif name in _CELLS and self._rows:
            self._rows[-1].append([])

    def _end(self, name: str) -> None:
        if name in _SKIPPED or name in (_ALTERNATIVE, "w:tabs"):
            self._skipping -= 1
            return
        if name in ("w:t", *_PARAGRAPHS):
            self._inside_text -= 1
        if name in _PARAGRAPHS and not self._skipping:
            self._put("".join(self._paragraph))
            self._paragraph = []
        elif name in _ROWS and self._rows:
            cells = ["\n".join(cell).strip("\n") for cell in self._rows.pop()]
            if any(cells):
                self._put("\t".join(cells))

    def _put(self, line: str) -> None:
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(line)
        else:
            self._lines.append(line)

    def _text(self, text: str) -> None:
        if self._inside_text and not self._skipping:
            self._paragraph.append(text)


def _refuse(*_: object) -> None:
    raise FileClosed("file_unreadable")
