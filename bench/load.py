"""A lean HTTP client: so many connections, each sending its next request when it has its answer."""

import asyncio
import http
import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Answers:
    """What came back.

    Attributes:
        seconds: Of each request, from its first byte sent to its last byte received.
        codes: How many answers had each status.
        wall: Seconds from the first request to the last answer.
    """

    seconds: list[float] = field(default_factory=list)
    codes: dict[int, int] = field(default_factory=dict)
    wall: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.wall

    def percentile(self, share: float) -> float:
        """Give the time within which a share of the answers came, in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(
    method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def drive(
    host: str, port: int, requests: Iterator[bytes], *, clients: int, others: Sequence[int] = ()
) -> Answers:
    """Send every request over so many kept connections, and wait for all answers.

    Args:
        host: Where to.
        port: Where somebody answers.
        requests: What is sent, each once.
        clients: How many connections.
        others: Further ports where the same is answered; the connections are spread evenly.

    Raises:
        ConnectionError: The server hung up.
    """
    answers = Answers()
    ports = (port, *others)

    async def all_clients() -> None:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                mine = ports[number % len(ports)]
                group.create_task(_client(host, mine, requests, answers))
        answers.wall = time.perf_counter() - begun

    asyncio.run(all_clients())
    return answers


class Line:
    """One kept connection that asks one thing after another."""

    def __init__(self, host: str, port: int, *, key: str) -> None:
        """Connect with the first question."""
        self._connection = http.client.HTTPConnection(host, port, timeout=120)
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> tuple[float, bytes]:
        """Ask; gives the milliseconds until the last byte was here, and the body.

        Raises:
            ConnectionError: It was not answered 200.
        """
        begun = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        taken = 1000 * (time.perf_counter() - begun)
        if answer.status != http.HTTPStatus.OK:
            raise ConnectionError(f"{path} was answered {answer.status}")
        return taken, body

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


async def _client(host: str, port: int, requests: Iterator[bytes], answers: Answers) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for each in requests:
            begun = time.perf_counter()
            writer.write(each)
            code = await _answer(reader)
            answers.seconds.append(time.perf_counter() - begun)
            answers.codes[code] = answers.codes.get(code, 0) + 1
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    code = int(head[9:12])
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise ConnectionError("an answer without a length")
    await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    return code
