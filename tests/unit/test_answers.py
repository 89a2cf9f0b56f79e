"""The head of an answer and its body leave together, in their order, and none is kept back."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from app.commands.answers import OnePiece


class Wire(asyncio.Transport):
    """Keeps what was written, each write by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def answered(*messages: Message, request: str = "GET / HTTP/1.1") -> Wire:
    """Give the wire after an application that answers so has been asked."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for each in messages:
            await send(each)

    async def asked() -> Wire:
        config = Config(app, log_config=None, server_header=False, date_header=False)
        config.load()
        protocol = OnePiece(config=config, server_state=ServerState(), app_state={})
        wire = Wire()
        protocol.connection_made(wire)
        protocol.data_received(f"{request}\r\nHost: a\r\n\r\n".encode())
        for _ in range(5):
            await asyncio.sleep(0)
        protocol.timeout_keep_alive_handler()
        return wire

    return asyncio.run(asked())


def begun(status: int, headers: Sequence[tuple[bytes, bytes]] = ()) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


def test_head_and_body_leave_in_one_write() -> None:
    wire = answered(begun(200, [(b"content-length", b"4")]), body(b"text"))
    (written,) = wire.written
    assert written == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntext"


def test_what_is_sent_in_parts_stays_in_order() -> None:
    parts = [body(b"HTTP/1.", more=True), body(b"1 is old", more=True), body(b"HTTP/1.")]
    wire = answered(begun(200, [(b"content-length", b"22")]), *parts)
    assert b"".join(wire.written).endswith(b"\r\n\r\nHTTP/1.1 is oldHTTP/1.")


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_head_without_a_body_leaves_too(*, hangs_up: bool) -> None:
    headers = [(b"content-length", b"4"), *([(b"connection", b"close")] if hangs_up else [])]
    wire = answered(begun(200, headers), body(b"text"), request="HEAD / HTTP/1.1")
    assert b"".join(wire.written).startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"text" not in b"".join(wire.written)
    assert wire.closed
