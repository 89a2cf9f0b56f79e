"""Asking a mailbox what waits there, again and again, and handing it over."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence

from app.channels.email.backoff import reconnect_delay
from app.channels.email.handful import Handful
from app.channels.email.mailbox import (
    FolderState,
    Mailbox,
    MailboxError,
    MailboxSettings,
    MailDelivery,
)
from app.jobs.reception import MailNotTaken, Reception, ReceptionClosed

REFUSED_FIRST_SECONDS = 600.0
HEARTBEAT_SECONDS = 120.0
"""How often a folder without new mail is said to answer; far less than an alarm waits."""
REFUSED_CAP_SECONDS = 86_400.0
_log = logging.getLogger(__name__)

_Place = tuple[str, str, int, int]
"""Mailbox, folder, UIDVALIDITY, UID."""


class Poller:
    """Polls one mailbox; what befalls it disturbs no other."""

    def __init__(
        self,
        settings: MailboxSettings,
        reception: Reception,
        *,
        poll_seconds: float,
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the polling of a mailbox.

        Args:
            settings: Where it is.
            reception: Takes its mail.
            poll_seconds: Longest wait between two passes.
            stop: Set when polling is to end.
            monotonic: A clock for waiting.
        """
        self._settings = settings
        self._reception = reception
        self._poll_seconds = poll_seconds
        self._stop = stop
        self._monotonic = monotonic
        self._failures = 0
        self._recorded: set[_Place] = set()
        self._reported: dict[tuple[str, int], frozenset[int]] = {}
        self._uidnext: dict[tuple[str, int], int] = {}
        self._heartbeat: dict[str, float] = {}
        self._refused: dict[_Place, tuple[int, float]] = {}

    def run(self) -> None:
        """Poll until told to stop; a lost connection is made again, with growing pauses.

        The pauses begin anew where mail came through: a line that breaks often still carries some.
        """
        while not self._stop.is_set():
            asked: float | None = None
            try:
                with Mailbox(self._settings) as mailbox:
                    while not self._stop.is_set():
                        self.poll(mailbox)
                        self._failures = 0
                        mailbox.wait(self._poll_seconds, self._stop)
                    continue
            except MailboxError as error:
                self._log_pause(error.reason)
            except ReceptionClosed as error:
                asked = error.retry_after
                self._log_pause(error.reason)
            except Exception:  # noqa: BLE001 - the last resort: the mailbox is polled on
                _log.exception(
                    "Polling met an error and goes on.",
                    extra={"action": "poll_error", "mailbox": self._settings.name},
                )
            self._failures += 1
            delay = reconnect_delay(self._failures, random.random())  # noqa: S311 - spreads waits only
            self._stop.wait(max(delay, asked or 0.0))

    def poll(self, mailbox: Mailbox) -> int:
        """Make one pass: say what the folders hold, then hand over what is not recorded.

        Returns:
            How many mails were handed over.

        Raises:
            MailboxError: The mailbox cannot be used now.
            ReceptionClosed: Nothing can be handed over now.
        """
        for state in mailbox.folder_states():
            self._report(state)
        taken = 0
        for delivery in mailbox.deliveries(self._known):
            with delivery as handful:
                taken += self._hand_over(handful)
            self._failures = 0
            if self._stop.is_set():
                break
        return taken

    def _report(self, state: FolderState) -> None:
        """Tell now and then that the folder answers, and mail only if it was not told before.

        Folders keep thousands of mails for months.
        """
        key = (state.folder, state.uidvalidity)
        held = frozenset(state.uids)
        new = sorted(held - self._reported.get(key, frozenset()))
        due = self._monotonic() >= self._heartbeat.get(state.folder, 0.0)
        if new or due or state.uidnext != self._uidnext.get(key):
            self._reception.report(
                state.mailbox, state.folder, state.uidvalidity, new, state.uidnext or None
            )
            self._uidnext[key] = state.uidnext
            self._heartbeat[state.folder] = self._monotonic() + HEARTBEAT_SECONDS
        self._reported = {**self._reported, key: held}

    def _known(
        self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
    ) -> frozenset[int]:
        places = {uid: (mailbox, folder, uidvalidity, uid) for uid in uids}
        asked = [uid for uid, place in places.items() if place not in self._recorded]
        if asked:
            found = self._reception.known(mailbox, folder, uidvalidity, asked)
            self._recorded.update(places[uid] for uid in found)
        return frozenset(uid for uid, place in places.items() if place in self._recorded)

    def _hand_over(self, handful: Handful) -> int:
        """Hand over some mails, but those that were refused and whose time has not come.

        Returns:
            How many were taken.
        """
        due = []
        for mail in handful.mails:
            times, not_before = self._refused.get(_place_of(mail), (0, 0.0))
            if times and self._monotonic() < not_before:
                handful.leave(mail)
            else:
                due.append(mail)
        told = self._reception.receive_each([mail.envelope for mail in due])
        for mail, refusal in zip(due, told, strict=True):
            if refusal is None:
                self._refused.pop(_place_of(mail), None)
                self._recorded.add(_place_of(mail))
            else:
                handful.leave(mail)
                self._put_off(_place_of(mail), refusal)
        return sum(refusal is None for refusal in told)

    def _put_off(self, place: _Place, refusal: MailNotTaken) -> None:
        """Offer a refused mail again, later and later."""
        times, _ = self._refused.get(place, (0, 0.0))
        pause = min(REFUSED_CAP_SECONDS, REFUSED_FIRST_SECONDS * 2.0 ** min(times, 16))
        self._refused[place] = (times + 1, self._monotonic() + pause)
        _log.warning(
            "A mail is refused and stays in its folder.",
            extra={
                "action": "mail_refused",
                "mailbox": self._settings.name,
                "reason": refusal.reason,
            },
        )

    def _log_pause(self, reason: str) -> None:
        _log.warning(
            "A mailbox rests for a while.",
            extra={"action": "poll_pause", "mailbox": self._settings.name, "reason": reason},
        )


def _place_of(mail: MailDelivery) -> _Place:
    facts = mail.envelope.facts
    return facts["mailbox"], facts["folder"], int(facts["uidvalidity"]), int(facts["uid"])


class PollerThread(threading.Thread):
    """Runs one poller beside the rest of the program."""

    def __init__(self, poller: Poller, name: str) -> None:
        """Prepare the thread; a daemon, since a server may be slow to say goodbye."""
        super().__init__(name=f"poller-{name}", daemon=True)
        self._poller = poller

    def run(self) -> None:
        """Poll until told to stop."""
        self._poller.run()
