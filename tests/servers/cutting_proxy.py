"""A wire in front of a server that breaks again and again, after random numbers of bytes."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.servers.processes import LOOPBACK


class CuttingProxy:
    """Passes on what both sides say, up to where a connection is cut.

    Each connection gets an allowance of bytes for each direction, drawn evenly below `longest`;
    where it is used up both ends are closed, in the midst of whatever was being said.

    Attributes:
        port: Where it listens.
        cuts: How many connections were cut.
    """

    def __init__(self, port: int, *, seed: int, longest: int) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self._server_port = port
        self._chance = random.Random(seed)
        self._longest = longest
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_below(self, longest: int) -> None:
        """Cut new connections from now on, each after fewer bytes than this."""
        self._longest = longest

    def heal(self) -> None:
        """Cut no new connection any more."""
        self._longest = 0

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((LOOPBACK, self._server_port))
            except OSError:
                return
            for source, target in ((client, server), (server, client)):
                allowance = self._chance.randrange(self._longest) if self._longest else None
                threading.Thread(
                    target=self._pass_on, args=(source, target, allowance), daemon=True
                ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        try:
            while data := source.recv(65_536):
                if left is not None and len(data) >= left:
                    target.sendall(data[:left])
                    self.cuts += 1
                    break
                target.sendall(data)
                left = None if left is None else left - len(data)
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def cutting_proxy(port: int, *, seed: int, longest: int) -> Iterator[CuttingProxy]:
    """Run a proxy in front of a port for as long as the block lasts."""
    proxy = CuttingProxy(port, seed=seed, longest=longest)
    try:
        yield proxy
    finally:
        proxy.close()
