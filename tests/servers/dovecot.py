"""A real Dovecot for each test process, and a fresh account on it for each test."""

import contextlib
import grp
import imaplib
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from tests.servers.certificate import Certificate
from tests.servers.oauth2 import TokenServer
from tests.servers.processes import (
    LOOPBACK,
    as_server_account,
    find_program,
    free_port,
    give_to_server_account,
    server_account,
    server_folder,
    stop,
    wait_until_ready,
)

# Dovecot 2.4 renamed most settings; what both understand stands in COMMON.
COMMON = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = {host}
ssl = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
maildir_stat_dirs = yes
namespace inbox {{
  inbox = yes
  mailbox Sorted {{
    special_use = \\Junk
  }}
}}
service anvil {{
  chroot =
  # Without it the server would slow down after a refused password.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""

SETTINGS_2_3 = """
disable_plaintext_auth = no
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
auth_failure_delay = 0
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/homes/%u
}}
"""

SETTINGS_2_4 = """
auth_allow_cleartext = yes
ssl_server_cert_file = {folder}/certificate.pem
ssl_server_key_file = {folder}/key.pem
auth_failure_delay = 0
mail_driver = maildir
mail_path = ~/Maildir
mail_home = {folder}/homes/%{{user}}
mail_uid = {uid}
mail_gid = {gid}
passdb static {{
  password = {password}
}}
userdb static {{
}}
"""

# With a token in place of a password; how 2.4 writes it follows its manual.
XOAUTH2_2_3 = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
"""
OAUTH2_2_3 = """
tokeninfo_url = {tokeninfo_url}
introspection_mode =
username_attribute = email
"""
XOAUTH2_2_4 = """
auth_mechanisms = plain login xoauth2
oauth2_tokeninfo_url = {tokeninfo_url}
oauth2_username_attribute = email
passdb oauth2 {{
  mechanisms_filter = xoauth2
}}
"""

JUNK = "Sorted"
"""The folder that the server marks as that for junk once it exists (RFC 6154)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One mail as it lies in a folder."""

    uid: int
    flags: frozenset[str]
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """A mailbox of one test, with what the poller needs to reach it.

    `port` speaks plainly and offers STARTTLS; `tls_port` speaks TLS from the first byte.
    """

    host: str
    port: int
    tls_port: int
    username: str
    password: str = field(repr=False)
    home: Path

    @contextmanager
    def connection(self) -> Iterator[imaplib.IMAP4]:
        """Lend a connection that is logged in."""
        with imaplib.IMAP4(self.host, self.port) as imap:
            imap.login(self.username, self.password)
            yield imap

    def create_folder(self, folder: str) -> None:
        """Make a folder; one that is there already is left alone."""
        with self.connection() as imap:
            imap.create(_quoted(folder))

    def append(
        self,
        folder: str,
        raw: bytes,
        internal_date: datetime | None = None,
        flags: tuple[str, ...] = (),
    ) -> int:
        """Put a mail into a folder as if the server had received it then, and give its UID."""
        stamp = imaplib.Time2Internaldate(internal_date) if internal_date else None
        if folder != "INBOX":
            self.create_folder(folder)
        (uid,) = self._put(folder, [raw], stamp or "", flags)
        return uid

    def append_all(
        self, folder: str, mails: Iterable[bytes], internal_date: datetime | None = None
    ) -> list[int]:
        """Put many mails into a folder over one connection, and give their UIDs."""
        stamp = imaplib.Time2Internaldate(internal_date) if internal_date else ""
        if folder != "INBOX":
            self.create_folder(folder)
        return self._put(folder, list(mails), stamp)

    def _put(
        self, folder: str, mails: Sequence[bytes], stamp: str, flags: tuple[str, ...] = ()
    ) -> list[int]:
        """Append mails; over a new connection where a folder was renumbered under the last one."""
        uids: list[int] = []
        for _ in range(_TRIES):
            with self.connection() as imap, contextlib.suppress(_Renumbered):
                for raw in mails[len(uids) :]:
                    uid = _appended(imap, folder, raw, stamp, flags)
                    uids.append(uid)  # one by one: what was taken before a refusal stays
            if len(uids) == len(mails):
                return uids
            time.sleep(0.1)
        message = f"{folder} was renumbered again and again"
        raise AssertionError(message)

    def lay_down(self, mails: Iterable[bytes], received: datetime) -> None:
        """Put many mails into INBOX behind the server's back, which is quicker than over IMAP."""
        self.uids()  # logging in makes the folders
        for number, raw in enumerate(mails, start=1):
            file = self.home / "Maildir" / "new" / f"{int(received.timestamp())}.M{number}.example"
            file.write_bytes(raw)
            give_to_server_account(file)
            os.utime(file, (received.timestamp(), received.timestamp()))

    def uids(self, folder: str = "INBOX") -> list[int]:
        """Give the UIDs in a folder by the server's own search; none where there is no folder."""
        with self.connection() as imap:
            status, _ = imap.select(_quoted(folder), readonly=True)
            return _searched(imap) if status == "OK" else []

    def messages(self, folder: str = "INBOX") -> list[Message]:
        """Show what lies in a folder, in the order of UIDs, without marking it read."""
        with self.connection() as imap:
            imap.select(_quoted(folder), readonly=True)
            return [self._message(imap, uid) for uid in _searched(imap)]

    def remove(self, folder: str, *uids: int) -> None:
        """Delete mails for good, as a person or a filter does."""
        with self.connection() as imap:
            imap.select(_quoted(folder))
            for uid in uids:
                imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)")
            imap.expunge()

    def uidvalidity(self, folder: str = "INBOX") -> int:
        """Give the folder's UIDVALIDITY."""
        with self.connection() as imap:
            _, answer = imap.status(_quoted(folder), "(UIDVALIDITY)")
        found = re.search(rb"UIDVALIDITY (\d+)", answer[0] or b"")
        if found is None:
            message = f"There is no folder {folder}."
            raise AssertionError(message)
        return int(found[1])

    def renumber(self, folder: str = "INBOX", *, to: int | None = None) -> int:
        """Make the server number a folder anew, as after a restored backup.

        Args:
            folder: The folder.
            to: The new UIDVALIDITY; needed while the server is stopped.

        Returns:
            The new UIDVALIDITY; the mails are the same and their UIDs begin at 1.
        """
        maildir = self.home / "Maildir"
        path = maildir if folder == "INBOX" else maildir / f".{folder}"
        new = self.uidvalidity(folder) + 1 if to is None else to
        kept = sorted(file.name for part in ("cur", "new") for file in (path / part).iterdir())
        for index in path.glob("dovecot.index*"):
            index.unlink()
        uidlist = path / "dovecot-uidlist"
        lines = [f"3 V{new} N{len(kept) + 1}"]
        lines += [f"{uid} :{name.split(':')[0]}" for uid, name in enumerate(kept, start=1)]
        uidlist.write_text("\n".join(lines) + "\n")
        return new

    @staticmethod
    def _message(imap: imaplib.IMAP4, uid: int) -> Message:
        _, answer = imap.uid("FETCH", str(uid), "(FLAGS BODY.PEEK[])")
        facts, content = next(part for part in answer if isinstance(part, tuple))
        told = facts + b" ".join(part for part in answer if isinstance(part, bytes))
        flags = re.search(rb"FLAGS \(([^)]*)\)", told)
        names = flags[1].decode().split() if flags else []
        return Message(uid=uid, flags=frozenset(names), content=content)


@dataclass(slots=True, kw_only=True)
class DovecotServer:
    """A server that tests may stop and start again on the same port."""

    host: str = LOOPBACK
    port: int
    tls_port: int
    password: str = field(repr=False)
    folder: Path
    _process: subprocess.Popen[bytes] | None = None

    def new_account(self) -> ImapAccount:
        """Make an account with an empty INBOX."""
        username = f"box-{secrets.token_hex(6)}"
        return ImapAccount(
            host=self.host,
            port=self.port,
            tls_port=self.tls_port,
            username=username,
            password=self.password,
            home=self.folder / "homes" / username,
        )

    def start(self) -> None:
        """Run the server, unless it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        program = find_program("dovecot", package="dovecot-imapd")
        command: list[str | Path] = [program, "-F", "-c", self.folder / "dovecot.conf"]
        log = self.folder / "log"
        with log.open("ab") as written:
            give_to_server_account(log)
            self._process = subprocess.Popen(
                as_server_account(command, dies_by=signal.SIGTERM),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
        wait_until_ready(self._process, self.is_ready, log=log)

    def stop(self) -> None:
        """End the server and every connection to it."""
        if self._process is not None:
            stop(self._process)

    def is_ready(self) -> bool:
        """Say whether the server greets."""
        try:
            with imaplib.IMAP4(self.host, self.port, timeout=5) as imap:
                return imap.state == "NONAUTH"
        except (OSError, imaplib.IMAP4.error):
            return False


_JUST_RENUMBERED = b"deleted under us"
"""What Dovecot says while it reads the changed index of a folder; a mail server tries again."""
_TRIES = 20


class _Renumbered(Exception):
    """A connection still holds a folder as it was before it was renumbered."""


def _searched(imap: imaplib.IMAP4) -> list[int]:
    _, found = imap.uid("SEARCH", "ALL")
    return [int(word) for word in (found[0] or b"").split()]


def _appended(
    imap: imaplib.IMAP4, folder: str, raw: bytes, stamp: str, flags: tuple[str, ...] = ()
) -> int:
    # On the way bare line feeds become CRLF, as on every mail server.
    words = (_quoted(folder), f"({' '.join(flags)})" if flags else "", stamp, raw)
    status, answer = imap.append(*words)
    told = b" ".join(answer)
    if _JUST_RENUMBERED in told:
        raise _Renumbered
    found = re.search(rb"APPENDUID \d+ (\d+)", told)
    if status != "OK" or found is None:
        message = f"Dovecot refused the mail: {told!r}"
        raise AssertionError(message)
    return int(found[1])


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _configuration(server: DovecotServer, tokeninfo_url: str | None = None) -> str:
    program = find_program("dovecot", package="dovecot-imapd")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    version = told.stdout.split()[0]
    account = server_account()
    is_older = version.startswith(("2.2", "2.3"))
    opening = (
        "" if is_older else "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"
    )
    template = COMMON + (SETTINGS_2_3 if is_older else SETTINGS_2_4)
    if tokeninfo_url is not None:
        # Before the passdb for passwords, which would take whatever it is shown.
        template = (XOAUTH2_2_3 if is_older else XOAUTH2_2_4) + template
        (server.folder / "oauth2.conf").write_text(OAUTH2_2_3.format(tokeninfo_url=tokeninfo_url))
    return opening + template.format(
        tokeninfo_url=tokeninfo_url,
        folder=server.folder,
        host=server.host,
        port=server.port,
        tls_port=server.tls_port,
        password=server.password,
        user=account.pw_name,
        group=grp.getgrgid(account.pw_gid).gr_name,
        uid=account.pw_uid,
        gid=account.pw_gid,
    )


@contextmanager
def running_dovecot(
    certificate: Certificate, tokeninfo_url: str | None = None
) -> Iterator[DovecotServer]:
    """Run a Dovecot server for as long as the block lasts."""
    with server_folder("dovecot") as folder:
        server = DovecotServer(
            port=free_port(),
            tls_port=free_port(),
            password=secrets.token_urlsafe(12),
            folder=folder,
        )
        for file, name in (
            (certificate.certificate_file, "certificate.pem"),
            (certificate.key_file, "key.pem"),
        ):
            give_to_server_account(Path(shutil.copy(file, folder / name)))
        (folder / "dovecot.conf").write_text(_configuration(server, tokeninfo_url))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def dovecot_server(certificate: Certificate) -> Iterator[DovecotServer]:
    """Run a Dovecot server for as long as this test process lives."""
    with running_dovecot(certificate) as server:
        yield server


@pytest.fixture(scope="module")
def xoauth2_server(
    certificate: Certificate, token_endpoint: TokenServer
) -> Iterator[DovecotServer]:
    """Run a Dovecot server that takes the tokens of a token endpoint."""
    with running_dovecot(certificate, token_endpoint.tokeninfo_url) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: DovecotServer) -> ImapAccount:
    """Give an empty mailbox of its own to one test, on a server that runs."""
    dovecot_server.start()
    return dovecot_server.new_account()
