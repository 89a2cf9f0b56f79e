"""A wire in front of an IMAP server that hides what it offers, or breaks on purpose."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.servers.processes import LOOPBACK


class ImapProxy:
    """Passes on what both sides say.

    Attributes:
        port: Where it listens.
        hidden: Capabilities the client is not told of.
        cut_on: The client's words upon which the wire is cut before they get through.
        cuts: How often that happened.
    """

    def __init__(
        self, port: int, *, hidden: tuple[bytes, ...], cut_on: re.Pattern[bytes] | None
    ) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self._server_port = port
        self.port: int = self._listener.getsockname()[1]
        self.hidden = hidden
        self.cut_on = cut_on
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((LOOPBACK, self._server_port))
            for source, target, told in ((client, server, False), (server, client, True)):
                threading.Thread(
                    target=self._pass_on, args=(source, target, told), daemon=True
                ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, from_server: bool) -> None:
        try:
            while data := source.recv(65_536):
                if from_server:
                    for word in self.hidden:
                        data = data.replace(b" " + word, b"")
                elif self.cut_on is not None and self.cut_on.search(data):
                    self.cuts += 1
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def imap_proxy(
    port: int, *, hidden: tuple[bytes, ...] = (), cut_on: re.Pattern[bytes] | None = None
) -> Iterator[ImapProxy]:
    """Run a proxy in front of a port for as long as the block lasts."""
    proxy = ImapProxy(port, hidden=hidden, cut_on=cut_on)
    try:
        yield proxy
    finally:
        proxy.close()
