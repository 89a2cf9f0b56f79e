"""Answers that leave in one piece.

The server hands the socket the head of an answer and then its body, and each goes out at once: two
system calls, and whoever waits is woken for a head without a body.
"""

import asyncio
from typing import Any, cast  # what else a transport has is looked up on it

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD = b"HTTP/1."


class OnePiece(HttpToolsProtocol):
    """The server's own protocol; only the head of an answer waits for what follows it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a server's is one
        """Stand between the protocol and its transport."""
        joining = _Joining(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", joining))


class _Joining:
    """A transport that keeps a head back until more is written, for a turn of the loop at most."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - see above
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write; in the order in which it comes, whatever it is."""
        head, self._head = self._head, b""
        if not head and data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._release)  # there may be no body
        else:
            self._transport.write(head + data)

    def close(self) -> None:
        """Write what is kept back, and hang up."""
        self._release()
        self._transport.close()

    def _release(self) -> None:
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)
