"""A real SMTP server inside the test process, which can be told to misbehave."""

import asyncio
import base64
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Literal

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificate import Certificate
from tests.servers.processes import LOOPBACK

Stage = Literal["MAIL", "RCPT", "DATA"]


class Conduct(StrEnum):
    """What the server does at a stage, other than accept."""

    REPLY = "reply"
    DROP = "drop"
    KEEP_AND_DROP = "keep_and_drop"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredMail:
    """One mail that the server took, with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    is_encrypted: bool
    is_logged_in: bool

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed anew."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass(slots=True, kw_only=True)
class _Order:
    stage: Stage
    conduct: Conduct
    reply: str
    times: int | None


@dataclass(slots=True)
class SmtpServer:
    """What a test sees of the server: where it is, what it got, how it shall behave.

    Logging in is offered, not demanded; a wrong password is refused.
    """

    port: int
    host: str = LOOPBACK
    username: str = "office"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    takes_token: Callable[[str], bool] = lambda _token: False
    delivered: list[DeliveredMail] = field(default_factory=list)
    attempts: int = 0
    _orders: list[_Order] = field(default_factory=list)

    def reply(self, stage: Stage, reply: str, *, times: int | None = None) -> None:
        """Answer at a stage with these words, for example `451 4.7.1 Try again later`.

        Args:
            stage: The command that is answered so; `DATA` means the end of the mail.
            reply: The whole answer line.
            times: How often; for ever when not given.
        """
        self._orders.append(_Order(stage=stage, conduct=Conduct.REPLY, reply=reply, times=times))

    def drop(self, stage: Stage, *, keeps_mail: bool = False, times: int | None = None) -> None:
        """Close the connection at a stage without an answer.

        Args:
            stage: The command that gets no answer.
            keeps_mail: At `DATA`, whether the mail counts as taken although nobody was told.
            times: How often; for ever when not given.
        """
        conduct = Conduct.KEEP_AND_DROP if keeps_mail else Conduct.DROP
        self._orders.append(_Order(stage=stage, conduct=conduct, reply="", times=times))

    def hang(self, stage: Stage, *, times: int | None = None) -> None:
        """Never answer at a stage, and keep the connection open."""
        self._orders.append(_Order(stage=stage, conduct=Conduct.HANG, reply="", times=times))

    def heal(self) -> None:
        """Take back every order: from now on all mail is accepted."""
        self._orders.clear()

    def next_order(self, stage: Stage) -> _Order | None:
        """Give the order in force at a stage and count it down."""
        for order in self._orders:
            if order.stage == stage and order.times != 0:
                if order.times is not None:
                    order.times -= 1
                return order
        return None


class _Handler:
    """Carries out the orders; the method names are aiosmtpd's."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def auth_XOAUTH2(  # noqa: N802 - aiosmtpd looks its hooks up by the mechanism
        self,
        smtp: SMTP,
        args: list[str],
    ) -> AuthResult:
        """Take a token in place of a password, in the words of SASL XOAUTH2."""
        words = base64.b64decode(args[1]).decode().split("\x01")
        token = words[1].removeprefix("auth=Bearer ")
        if words[0] == f"user={self._server.username}" and self._server.takes_token(token):
            return AuthResult(success=True)
        await smtp.push("334 " + base64.b64encode(b'{"status":"401"}').decode())
        await smtp._reader.readline()  # noqa: SLF001 - aiosmtpd's own mechanisms do so
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd looks its hooks up by the SMTP command
        self,
        smtp: SMTP,
        session: Session,  # noqa: ARG002 - part of the hook
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        self._server.attempts += 1
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._carry_out("MAIL", smtp) or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks its hooks up by the SMTP command
        self,
        smtp: SMTP,
        session: Session,  # noqa: ARG002 - part of the hook
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        refusal = await self._carry_out("RCPT", smtp)
        if refusal is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks its hooks up by the SMTP command
        self,
        smtp: SMTP,
        session: Session,
        envelope: Envelope,
    ) -> str:
        content = envelope.content
        mail = DeliveredMail(
            # The empty sender of RFC 5321 arrives here in its brackets.
            sender=(envelope.mail_from or "").removeprefix("<").removesuffix(">"),
            recipients=tuple(envelope.rcpt_tos),
            content=content.encode() if isinstance(content, str) else content or b"",
            is_encrypted=session.ssl is not None or self._is_tls(smtp),
            is_logged_in=session.authenticated is True,
        )
        refusal = await self._carry_out("DATA", smtp, mail)
        if refusal is None:
            self._server.delivered.append(mail)
        return refusal or "250 2.0.0 Taken"

    def authenticate(
        self,
        smtp: SMTP,  # noqa: ARG002 - part of the hook
        session: Session,  # noqa: ARG002 - part of the hook
        envelope: Envelope,  # noqa: ARG002 - part of the hook
        mechanism: str,  # noqa: ARG002 - part of the hook
        offered: object,
    ) -> AuthResult:
        """Compare a name and password with the server's own."""
        wanted = LoginPassword(self._server.username.encode(), self._server.password.encode())
        return AuthResult(success=offered == wanted, handled=False)

    @staticmethod
    def _is_tls(smtp: SMTP) -> bool:
        transport = smtp.transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    async def _carry_out(
        self, stage: Stage, smtp: SMTP, mail: DeliveredMail | None = None
    ) -> str | None:
        order = self._server.next_order(stage)
        if order is None:
            return None
        if order.conduct is Conduct.REPLY:
            return order.reply
        if order.conduct is Conduct.KEEP_AND_DROP and mail is not None:
            self._server.delivered.append(mail)
        if order.conduct is not Conduct.HANG:
            _cut(smtp)
        # Nothing is ever said; the server's end, or the client's, cancels this.
        await asyncio.Event().wait()
        return None


def _cut(connection: SMTP) -> None:
    if isinstance(connection.transport, asyncio.WriteTransport):
        connection.transport.abort()


class _Encryption(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class _ServerThread(threading.Thread):
    """Runs the server's event loop beside the test."""

    def __init__(
        self,
        listening: socket.socket,
        server: SmtpServer,
        encryption: _Encryption,
        context: ssl.SSLContext | None,
    ) -> None:
        super().__init__(name="smtp-server", daemon=True)
        self._listening = listening
        self._handler = _Handler(server)
        self._starttls = context if encryption is _Encryption.STARTTLS else None
        self._implicit = context if encryption is _Encryption.IMPLICIT else None
        self._loop = asyncio.new_event_loop()
        self._finished = asyncio.Event()
        self._connections: list[SMTP] = []

    def run(self) -> None:
        """Serve until told to finish."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def finish(self) -> None:
        """End the server and all its connections, and wait for that."""
        self._loop.call_soon_threadsafe(self._finished.set)
        self.join()

    def _new_connection(self) -> SMTP:
        # Mail is kept byte for byte; SMTPUTF8 lets Japanese addresses and headers through.
        connection = SMTP(
            self._handler,
            hostname="mail.example.jp",
            enable_SMTPUTF8=True,
            decode_data=False,
            tls_context=self._starttls,
            require_starttls=self._starttls is not None,
            authenticator=self._handler.authenticate,
            auth_require_tls=False,
        )
        self._connections.append(connection)
        return connection

    async def _serve(self) -> None:
        listener = await self._loop.create_server(
            self._new_connection, sock=self._listening, ssl=self._implicit
        )
        await self._finished.wait()
        listener.close()
        for connection in self._connections:
            _cut(connection)
        # One turn for the aborted transports to tell their protocols.
        await asyncio.sleep(0)


@contextmanager
def _running(
    encryption: _Encryption = _Encryption.NONE, certificate: Certificate | None = None
) -> Iterator[SmtpServer]:
    listening = socket.create_server((LOOPBACK, 0))
    server = SmtpServer(port=listening.getsockname()[1])
    context = certificate.server_context() if certificate else None
    thread = _ServerThread(listening, server, encryption, context)
    thread.start()
    yield server
    thread.finish()


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """Run an SMTP server of its own for one test, without encryption."""
    with _running() as server:
        yield server


@pytest.fixture
def smtp_server_with_starttls(certificate: Certificate) -> Iterator[SmtpServer]:
    """Run an SMTP server for one test that takes mail only after STARTTLS."""
    with _running(_Encryption.STARTTLS, certificate) as server:
        yield server


@pytest.fixture
def smtp_server_with_tls(certificate: Certificate) -> Iterator[SmtpServer]:
    """Run an SMTP server for one test that speaks TLS from the first byte."""
    with _running(_Encryption.IMPLICIT, certificate) as server:
        yield server
