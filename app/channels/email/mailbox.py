"""A mailbox that is polled over IMAP (RFC 3501), and what waits in it.

Nothing is moved or flagged before the caller has left the block in which it stored the mail,
bodies are read without marking anything as seen, and what has been done is asked of the caller's
records, never of flags: a clerk may set any flag by hand before we saw the mail.
"""

import imaplib
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from imapclient.exceptions import ProtocolError

from app.channels.email.handful import Handful, handfuls
from app.channels.email.mailbox_access import (
    Selected,
    announces_mail,
    connect,
    junk_folders,
    leave,
    says_goodbye,
)
from app.channels.email.mailbox_facts import (
    FolderState,
    MailboxError,
    MailboxProblem,
    MailboxRefused,
    MailboxSettings,
    MailboxUnreachable,
    MailDelivery,
    mail_delivery,
)

__all__ = [
    "FolderState",
    "Known",
    "MailDelivery",
    "Mailbox",
    "MailboxError",
    "MailboxProblem",
    "MailboxRefused",
    "MailboxSettings",
    "MailboxUnreachable",
]

T = TypeVar("T")
MAX_MESSAGE_BYTES = 200 * 1024 * 1024
_SEARCH_BLOCK = 50_000
"""Messages per search: imaplib refuses a line of more than a million bytes."""
_IDLE_TICK_SECONDS = 1.0
_SILENT_WAKES = 2
"""How often a line may be readable without data before it counts as dead."""
_ASKED_TOGETHER = 128
"""UIDs whose sizes and dates are asked for in one command."""
_LOST = (imaplib.IMAP4.abort, ProtocolError)
"""What the library raises when the two sides no longer understand each other."""

logger = logging.getLogger(__name__)

Known = Callable[[str, str, int, Sequence[int]], frozenset[int]]
"""Asks which UIDs of (mailbox, folder, UIDVALIDITY) are recorded already."""


class Mailbox:
    """One connection to one mailbox; a context manager."""

    def __init__(self, settings: MailboxSettings) -> None:
        """Remember where it is; nothing is connected yet."""
        self._settings = settings
        self._open_connection: Any = None  # IMAPClient carries no types
        self._selected: tuple[str, int] | None = None
        self._uidnext: dict[str, int] = {}
        self._junk: tuple[str, ...] = ()
        self._made: str | None = None
        self._problems: list[MailboxProblem] = []

    def __enter__(self) -> Self:
        """Connect and log in.

        Raises:
            MailboxUnreachable: The server does not answer.
            MailboxRefused: It does not let us in.
        """
        self._connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log out; a connection that is gone already is as good."""
        self._disconnect()

    @property
    def problems(self) -> tuple[MailboxProblem, ...]:
        """Give what could not be done since the last pass began."""
        return tuple(self._problems)

    def folder_states(self) -> Iterator[FolderState]:
        """Yield what each folder holds now; a folder that refuses is a problem, not an end.

        Raises:
            MailboxUnreachable: The connection is lost.
        """
        self._problems.clear()
        for folder in self._folders():
            state = self._open(folder)
            if state is not None:
                yield state

    def deliveries(self, known: Known) -> Iterator[AbstractContextManager[Handful]]:
        """Yield every mail that is not known yet, a handful at a time.

        Leaving a block normally marks its mails done at the server (moved or flagged), apart from
        those the block let stay; by exception all are left untouched. A known mail that still
        stands there only gets its mark.

        Raises:
            MailboxUnreachable: The connection is lost and does not come back.
            MailboxRefused: It came back, but does not let us in.
        """
        self._problems.clear()
        for folder in self._folders():
            state = self._open(folder)
            if state is not None:
                yield from self._waiting(state, known)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Wait until new mail is announced, ``stop`` is set or the time is over.

        Only the first folder is watched with IDLE (RFC 2177 knows one); the others have to wait
        for the next pass.

        Raises:
            MailboxUnreachable: The connection was lost.
        """
        until = time.monotonic() + seconds
        with self._translated():
            if not self._connection.has_capability("IDLE"):
                stop.wait(seconds)
                return
        folder = self._settings.folders[0]
        before = self._uidnext.get(folder)
        selected = self._select(folder)
        if selected is None:
            stop.wait(max(0.0, until - time.monotonic()))
            return
        if before is not None and selected.uidnext != before:
            return  # it came between the last search and now
        with self._translated():
            self._idle(until, stop)

    # -- connection ---------------------------------------------------------------------------

    def _connect(self) -> None:
        with self._translated():
            self._open_connection = connect(self._settings)
            self._selected = None
            self._junk = junk_folders(self._connection, self._settings)

    def _disconnect(self) -> None:
        connection, self._open_connection, self._selected = self._open_connection, None, None
        if connection is not None:
            leave(connection)

    def _reconnect(self) -> None:
        self._disconnect()
        self._connect()

    @property
    def _connection(self) -> Any:  # noqa: ANN401 - IMAPClient carries no types
        if self._open_connection is None:
            raise MailboxUnreachable(self._settings.name, "unreachable")
        return self._open_connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what a lost connection raises into our own error."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise MailboxRefused(self._settings.name, "tls_refused") from error
        except (*_LOST, OSError, ValueError, EOFError) as error:
            raise MailboxUnreachable(self._settings.name, "unreachable") from error

    def _problem(self, folder: str, uidvalidity: int | None, uid: int | None, reason: str) -> None:
        self._problems.append(
            MailboxProblem(
                mailbox=self._settings.name,
                folder=folder,
                uidvalidity=uidvalidity,
                uid=uid,
                reason=reason,
            )
        )
        logger.warning(
            "Mail could not be handled now, it stays where it is. "
            "action=mailbox_problem mailbox=%s uidvalidity=%s uid=%s reason=%s",
            self._settings.name,
            uidvalidity,
            uid,
            reason,
        )

    # -- folders ------------------------------------------------------------------------------

    def _folders(self) -> tuple[str, ...]:
        junk = self._junk if self._settings.reads_junk else ()
        return (*self._settings.folders, *junk)

    def _select(self, folder: str) -> Selected | None:
        """Select a folder afresh; None if it is refused."""
        with self._translated():
            try:
                answer = self._connection.select_folder(folder)
            except imaplib.IMAP4.readonly:
                self._selected = None  # a subclass of abort, yet the connection lives
                self._problem(folder, None, None, "folder_refused")
                return None
            except _LOST:
                raise
            except imaplib.IMAP4.error:
                self._selected = None
                self._problem(folder, None, None, "folder_refused")
                return None
        uidvalidity = int(answer.get(b"UIDVALIDITY", 0))
        self._selected = (folder, uidvalidity)
        return Selected(uidvalidity, int(answer.get(b"UIDNEXT", 0)), int(answer.get(b"EXISTS", 0)))

    def _is_selected(self, folder: str, uidvalidity: int) -> bool:
        """Make sure the folder is selected and still of that generation."""
        if self._selected is None or self._selected[0] != folder:
            self._select(folder)
        return self._selected == (folder, uidvalidity)

    def _open(self, folder: str) -> FolderState | None:
        selected = self._select(folder)
        if selected is None:
            return None
        uidvalidity = selected.uidvalidity
        self._uidnext[folder] = selected.uidnext
        with self._translated():
            try:
                uids = self._search(selected.exists)
            except _LOST:
                raise
            except imaplib.IMAP4.error:
                self._problem(folder, uidvalidity, None, "folder_refused")
                return None
        return FolderState(
            mailbox=self._settings.name,
            folder=folder,
            uidvalidity=uidvalidity,
            uids=uids,
            uidnext=selected.uidnext,
            is_junk=folder in self._junk,
        )

    def _search(self, exists: int) -> tuple[int, ...]:
        """Ask for all UIDs, from the end: what an expunge moves down is not passed over."""
        if exists <= _SEARCH_BLOCK:
            return tuple(sorted(self._connection.search(["ALL"])))
        found: set[int] = set()
        for high in range(exists, 0, -_SEARCH_BLOCK):
            low = max(1, high - _SEARCH_BLOCK + 1)
            found.update(self._connection.search([f"{low}:{high}"]))
        return tuple(sorted(found))

    # -- mails --------------------------------------------------------------------------------

    def _waiting(
        self, state: FolderState, known: Known
    ) -> Iterator[AbstractContextManager[Handful]]:
        marked = self._marked(state)
        for start in range(0, len(state.uids), _ASKED_TOGETHER):
            some = state.uids[start : start + _ASKED_TOGETHER]
            here = known(state.mailbox, state.folder, state.uidvalidity, some)
            self._mark(state, [uid for uid in some if uid in here and uid not in marked])
            for mails in self._fetched([uid for uid in some if uid not in here], state):
                yield self._handed_over(Handful(mails), state)
            if not self._is_selected(state.folder, state.uidvalidity):
                return  # renumbered meanwhile: the next pass reads it afresh

    @contextmanager
    def _handed_over(self, handful: Handful, state: FolderState) -> Iterator[Handful]:
        yield handful  # an exception of the block passes here, and nothing is marked
        self._mark(state, handful.done)

    def _fetched(self, uids: Sequence[int], state: FolderState) -> Iterator[Sequence[MailDelivery]]:
        """Fetch mails, a handful at a time."""
        facts = self._asked(uids, state, self._facts) if uids else {}
        sizes = {uid: int(told.get(b"RFC822.SIZE") or 0) for uid, told in facts.items()}
        for some in handfuls(sizes):
            bodies = self._asked(some, state, self._bodies)
            yield [
                mail_delivery(
                    state,
                    uid,
                    facts[uid].get(b"INTERNALDATE"),
                    bodies[uid],
                    self._settings.machines,
                )
                for uid in some
                if uid in bodies
            ]

    def _asked(
        self,
        uids: Sequence[int],
        state: FolderState,
        ask: Callable[[Sequence[int], FolderState], dict[int, T]],
    ) -> dict[int, T]:
        """Ask something of mails; where it fails, of each alone, so that one stops no other.

        A mail of which it fails is written down, and a lost connection is made again.
        """
        if not self._is_selected(state.folder, state.uidvalidity):
            return {}
        try:
            with self._translated():
                return ask(uids, state)
        except MailboxUnreachable:
            self._reconnect()
        except imaplib.IMAP4.error:
            logger.debug("The server refuses to tell of mails. action=fetch")
        if len(uids) > 1:
            alone = (self._asked([uid], state, ask) for uid in uids)
            return {uid: told for each in alone for uid, told in each.items()}
        self._problem(state.folder, state.uidvalidity, uids[0], "fetch_failed")
        return {}

    def _facts(self, uids: Sequence[int], state: FolderState) -> dict[int, dict[bytes, Any]]:
        """Ask for sizes and dates; what was moved away meanwhile is not among the answers."""
        told = self._connection.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        facts = {uid: told[uid] for uid in uids if uid in told}
        for uid in [*facts]:
            if int(facts[uid].get(b"RFC822.SIZE") or 0) > MAX_MESSAGE_BYTES:
                del facts[uid]
                self._problem(state.folder, state.uidvalidity, uid, "mail_too_large")
        return facts

    def _bodies(self, uids: Sequence[int], state: FolderState) -> dict[int, bytes]:
        told = self._connection.fetch(uids, ["BODY.PEEK[]"])
        bodies = {}
        for uid in uids:
            data = told.get(uid, {}).get(b"BODY[]")
            if isinstance(data, int):  # the library reads a body of digits as a number
                data = str(data).encode("ascii")
            if isinstance(data, bytes):
                bodies[uid] = data
            else:
                self._problem(state.folder, state.uidvalidity, uid, "fetch_failed")
        return bodies

    # -- marks --------------------------------------------------------------------------------

    def _target(self, state: FolderState) -> str | None:
        """Name the folder recorded mail is moved to; junk stays where people look for it."""
        return None if state.is_junk else self._settings.processed_folder

    def _marked(self, state: FolderState) -> frozenset[int]:
        """Give the UIDs that carry our last mark; asking spares a command per known mail."""
        with self._translated():
            if self._target(state) is None:
                return frozenset(self._connection.search(["FLAGGED"]))
            if self._connection.has_capability("MOVE"):
                return frozenset()
            if self._connection.has_capability("UIDPLUS"):
                return frozenset()
            # It could only be copied and marked as deleted; a second copy helps nobody.
            return frozenset(self._connection.search(["DELETED"]))

    def _mark(self, state: FolderState, uids: Sequence[int]) -> None:
        """Mark mails as done; where the server refuses, each alone, so that one stops no other."""
        if not uids:
            return
        if not self._is_selected(state.folder, state.uidvalidity):
            for uid in uids:
                self._problem(state.folder, state.uidvalidity, uid, "mark_failed")
            return
        target = self._target(state)
        with self._translated():
            try:
                if target is None:
                    self._connection.add_flags(uids, [b"\\Flagged"], silent=True)
                else:
                    self._move(uids, target)
            except _LOST:
                raise
            except imaplib.IMAP4.error:
                self._made = None  # somebody may have removed the folder
                if len(uids) == 1:
                    self._problem(state.folder, state.uidvalidity, uids[0], "mark_failed")
                    return
            else:
                return
        for uid in uids:
            self._mark(state, [uid])

    def _move(self, uids: Sequence[int], target: str) -> None:
        connection = self._connection
        self._make_folder(target)
        if connection.has_capability("MOVE"):
            connection.move(uids, target)
            return
        connection.copy(uids, target)  # raises unless the copies are there
        connection.add_flags(uids, [b"\\Deleted"], silent=True)
        if connection.has_capability("UIDPLUS"):
            connection.uid_expunge(uids)
        # A plain EXPUNGE would also destroy what others marked as deleted and nobody recorded.

    def _make_folder(self, name: str) -> None:
        if name == self._made:
            return
        if not self._connection.folder_exists(name):
            self._connection.create_folder(name)
            self._connection.subscribe_folder(name)
        self._made = name

    # -- waiting ------------------------------------------------------------------------------

    def _idle(self, until: float, stop: threading.Event) -> None:
        self._connection.idle()
        silent_wakes = 0
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            asked = time.monotonic()
            tick = min(_IDLE_TICK_SECONDS, left)
            news = self._connection.idle_check(timeout=tick)
            if any(announces_mail(item) for item in news):
                break
            early = not news and time.monotonic() - asked < tick / 2
            silent_wakes = silent_wakes + 1 if early else 0
            if says_goodbye(news) or silent_wakes > _SILENT_WAKES:
                self._disconnect()
                raise MailboxUnreachable(self._settings.name, "unreachable")
        self._connection.idle_done()
