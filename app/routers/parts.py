"""Parts of a multipart form whose names and texts were written by programs that know no UTF-8."""

import re
from collections.abc import Mapping
from contextlib import aclosing

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from app.channels.email.decoding import decode
from app.channels.email.headers import read_parameters

_HEADER_CHARSET = "latin-1"  # how the framework shows the bytes of a header
_PLAIN_NAME = re.compile(rb";\s*filename\s*=", re.IGNORECASE)
_EXTENDED_NAME = re.compile(rb";\s*filename\*", re.IGNORECASE)
_WINDOWS_FOLDERS = re.compile(r"(?:[A-Za-z]:)?\\.*\\", re.DOTALL)


class _Parts(MultiPartParser):
    def on_headers_finished(self) -> None:
        """Take a part for a file also where its name stands in ``filename*`` alone.

        RFC 7578 section 4.2 forbids that; older HTTP libraries do so with Japanese names.
        """
        disposition = self._current_part.content_disposition or b""
        if _EXTENDED_NAME.search(disposition) and not _PLAIN_NAME.search(disposition):
            self._current_part.content_disposition = disposition + b'; filename=""'
        super().on_headers_finished()

    def on_part_end(self) -> None:
        """Read text by the ladder of mail where it is not what the form says, UTF-8 for example."""
        if self._current_part.file is not None:
            super().on_part_end()
            return
        data = bytes(self._current_part.data)
        try:
            text = data.decode(self._charset)
        except UnicodeDecodeError:
            text = decode(data).text
        self.items.append((self._current_part.field_name, text))


async def form_of(
    request: Request, *, max_files: int, max_fields: int, max_part_size: int
) -> FormData:
    """Read a multipart form; whoever calls closes it.

    Raises:
        HTTPException: 400, it is no such form.
    """
    try:
        async with aclosing(request.stream()) as stream:
            return await _Parts(
                request.headers,
                stream,
                max_files=max_files,
                max_fields=max_fields,
                max_part_size=max_part_size,
            ).parse()
    except MultiPartException as error:
        raise HTTPException(400, detail=error.message) from error


def file_name(headers: Mapping[str, str]) -> str:
    """Give the name of a file as its program meant it: RFC 2231, RFC 2047 or raw 8-bit."""
    raw = headers.get("content-disposition", "").encode(_HEADER_CHARSET, "replace")
    found = read_parameters(raw).get("filename")
    if found is None:
        return ""
    folders = _WINDOWS_FOLDERS.match(found.text)
    return found.text[folders.end() :] if folders else found.text
