"""Where a polled mailbox hands its mail over: to this process, or to a server over HTTP."""

import logging
from collections.abc import Sequence
from typing import Protocol

import httpx

from app.domain.access import Actor, Scope
from app.domain.envelope import Envelope, in_japan
from app.domain.errors import Refusal, Unavailable
from app.domain.junk import JUNK_FACT
from app.domain.office_machine import EVIDENCE_FACT, MACHINE_FACT, came_by_machine
from app.intake import mailboxes
from app.intake.desk import Desk
from app.intake.receive import Received, receive_each

POLLER = Actor(id="poller", name="poller", scopes=frozenset({Scope.INTAKE_EMAIL}))
_TIMEOUT = httpx.Timeout(30.0, read=120.0, write=120.0)
_REPORTED_AT_ONCE = 1000
# Ours or the settings' fault, not the mail's: everything waits until it is put right.
_NOT_THE_MAIL = frozenset({401, 403, 404, 405, 408, 425, 429})


_log = logging.getLogger(__name__)


class ReceptionClosed(Exception):
    """Nothing can be handed over now: try again later.

    Attributes:
        reason: A short code.
        retry_after: Seconds the server asked for, if it did.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Say why."""
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


class MailNotTaken(Exception):
    """This one mail is refused; it stays in its folder for a person.

    Attributes:
        reason: A short code.
    """

    def __init__(self, reason: str) -> None:
        """Say why."""
        self.reason = reason
        super().__init__(reason)


class Reception(Protocol):
    """Takes over what a mailbox holds."""

    def report(
        self,
        mailbox: str,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        uidnext: int | None = None,
    ) -> None:
        """Tell that a folder answers, and which further mails it holds; none is news too.

        ``uidnext`` is the number its next mail will bear, by which mails are missed that came
        and went while nobody asked.

        Raises:
            ReceptionClosed: Try again later.
        """
        ...

    def known(
        self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
    ) -> frozenset[int]:
        """Ask of which mails the bytes are safely recorded.

        Raises:
            ReceptionClosed: Try again later.
        """
        ...

    def receive_each(self, envelopes: Sequence[Envelope]) -> Sequence[MailNotTaken | None]:
        """Hand over some mails; returns once each is recorded or refused.

        Returns:
            For each mail None, or why it will not be taken.

        Raises:
            ReceptionClosed: Try again later; some may be recorded already.
        """
        ...


class DeskReception:
    """Hands mail to the use cases of this process."""

    def __init__(self, desk: Desk) -> None:
        """Use a desk."""
        self._desk = desk

    def report(
        self,
        mailbox: str,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        uidnext: int | None = None,
    ) -> None:
        """Tell which mails a folder holds."""
        for start in range(0, max(1, len(uids)), _REPORTED_AT_ONCE):
            is_last = start + _REPORTED_AT_ONCE >= len(uids)
            try:
                mailboxes.report(
                    self._desk,
                    mailbox=mailbox,
                    folder=folder,
                    uidvalidity=uidvalidity,
                    uids=uids[start : start + _REPORTED_AT_ONCE],
                    uidnext=uidnext if is_last else None,
                )
            except Refusal as error:
                raise ReceptionClosed(error.code) from error

    def known(
        self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
    ) -> frozenset[int]:
        """Ask of which mails the bytes are safely recorded."""
        return mailboxes.known(
            self._desk, mailbox=mailbox, folder=folder, uidvalidity=uidvalidity, uids=uids
        )

    def receive_each(self, envelopes: Sequence[Envelope]) -> Sequence[MailNotTaken | None]:
        """Record some mails, in one commit."""
        return [_refusal(each) for each in receive_each(self._desk, envelopes, actor=POLLER)]


class HttpReception:
    """Hands mail to a server as a gateway does."""

    def __init__(
        self, api_url: str, api_key: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Use a server and a key with the scope ``intake:email``; ``transport`` carries it."""
        self._client = httpx.Client(
            base_url=f"{api_url}/api/v1/intake",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=_TIMEOUT,
            # Not through whatever proxy the machine's environment names: mail is personal data.
            trust_env=False,
            transport=transport,
        )

    def report(
        self,
        mailbox: str,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        uidnext: int | None = None,
    ) -> None:
        """Tell which mails a folder holds."""
        for start in range(0, max(1, len(uids)), _REPORTED_AT_ONCE):
            is_last = start + _REPORTED_AT_ONCE >= len(uids)
            body = {
                "mailbox": mailbox,
                "folder": folder,
                "uidvalidity": uidvalidity,
                "uids": list(uids[start : start + _REPORTED_AT_ONCE]),
                "uidnext": uidnext if is_last else None,
            }
            _raise_unless_taken(self._asked("POST", "mailboxes", json=body))

    def known(
        self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
    ) -> frozenset[int]:
        """Ask of which mails the bytes are safely recorded."""
        found = set()
        for uid in uids:
            place = {"mailbox": mailbox, "folder": folder, "uidvalidity": uidvalidity, "uid": uid}
            answer = self._asked("GET", "emails/known", params=place)
            _raise_unless_taken(answer)
            if answer.json()["known"]:
                found.add(uid)
        return frozenset(found)

    def receive_each(self, envelopes: Sequence[Envelope]) -> Sequence[MailNotTaken | None]:
        """Hand over some mails, one after another."""
        told: list[MailNotTaken | None] = []
        for envelope in envelopes:
            try:
                self.receive(envelope)
            except MailNotTaken as error:
                told.append(error)
            else:
                told.append(None)
        return told

    def receive(self, envelope: Envelope) -> None:
        """Hand over one mail; 202 and 200 are the server's word that it is synced.

        Raises:
            ReceptionClosed: Try again later.
            MailNotTaken: This mail will not be taken.
        """
        facts = envelope.facts
        answer = self._asked(
            "POST",
            "emails",
            params={
                **{name: facts[name] for name in ("mailbox", "folder", "uidvalidity", "uid")},
                "internal_date": in_japan(envelope.received_at).isoformat(),
                **{name: facts[name] for name in (JUNK_FACT,) if name in facts},
                **_of_machine(envelope),
            },
            content=envelope.parts[0].whole(),
            headers={"Content-Type": "message/rfc822"},
        )
        if answer.is_client_error and answer.status_code not in _NOT_THE_MAIL:
            raise MailNotTaken(f"http_{answer.status_code}")
        _raise_unless_taken(answer)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, method: str, path: str, **words: object) -> httpx.Response:
        try:
            return self._client.request(method, path, **words)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            raise ReceptionClosed("api_unreachable") from error


def _refusal(told: Received | Exception) -> MailNotTaken | None:
    if isinstance(told, Received):
        return None
    if isinstance(told, Unavailable):
        raise ReceptionClosed(told.code) from told
    if isinstance(told, Refusal):
        return MailNotTaken(told.code)
    # Our own mistake with this one mail: the ledger shows it as missing until it is put right.
    _log.error("A mail could not be recorded.", exc_info=told, extra={"action": "receive"})
    return MailNotTaken("not_recorded")


def _of_machine(envelope: Envelope) -> dict[str, str]:
    """Say which machine sent a mail; who called stands in the mail, never in an address."""
    if not came_by_machine(envelope.facts):
        return {}
    said = {name: envelope.facts[name] for name in (MACHINE_FACT, EVIDENCE_FACT)}
    delivery = {} if envelope.delivery is None else {"delivery": envelope.delivery.value}
    return {"channel": envelope.channel.value, **delivery, **said}


def _raise_unless_taken(answer: httpx.Response) -> None:
    if not answer.is_success:
        asked = answer.headers.get("Retry-After", "")
        raise ReceptionClosed(
            f"http_{answer.status_code}", float(asked) if asked.isdecimal() else None
        )
