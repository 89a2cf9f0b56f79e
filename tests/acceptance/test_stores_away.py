"""A disk that is full and stores that are away: honest refusals, and nothing lost or half kept.

A stream over all channels goes on all the while, with mails too large for their rows.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import Service, set_up
from tests.acceptance.streams import (
    Letters,
    Stream,
    check_arrivals,
    check_ledger,
    check_letters,
    check_streams,
    check_verified,
    every_comment,
    flowing,
    post_large,
    streams_of,
    wait_until_each_goes_on,
    wait_while_it_moves,
    waiting,
)
from tests.servers.dovecot import ImapAccount
from tests.servers.s3 import S3Server, running_s3

TIMES = 10
"""How often in `make soak`; once otherwise."""
ROOM = "96m"
_PIECE = bytes(4096)


@contextmanager
def under_way(service: Service, dovecot: ImapAccount) -> Iterator[dict[str, Stream]]:
    """Let a stream flow; when the block is left, see that all of it was read exactly once."""
    service.start()
    set_up(service)
    streams, letters = streams_of(service, paper=5.0), Letters(dovecot)
    streams["email"] = Stream([service], post_large, 0.5)
    with flowing(streams.values(), letters):
        wait_until_each_goes_on(streams)
        yield streams
        wait_until_each_goes_on(streams)
    with service.client() as client:
        wait_while_it_moves(lambda: waiting(client, dovecot))
        comments = every_comment(client)
        check_ledger(client)
        check_arrivals(client, streams, at_least=2)
    check_streams(streams, comments)
    check_letters(letters, comments)


def wait_for_refusals(status: int, *streams: Stream) -> None:
    """Wait until each is refused so, three times."""
    before = [each.put_off[status] for each in streams]
    wait_while_it_moves(
        lambda: sum(
            max(0, 3 + seen - each.put_off[status])
            for each, seen in zip(streams, before, strict=True)
        )
    )


def fill(ballast: Path) -> None:
    """Take all the room there is."""
    with ballast.open("wb") as file:
        while True:
            try:
                os.write(file.fileno(), _PIECE)
            except OSError:
                return


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_full_disk_loses_nothing_and_works_again_when_there_is_room(
    service: Service, dovecot: ImapAccount, *, soak: bool
) -> None:
    """Everything lies in a memory of its own, which only the service's processes see."""
    data = service.folder / "data"
    data.mkdir()
    script = f'mount -t tmpfs -o size={ROOM} tmpfs {data} && exec "$@"'
    service.under = ("unshare", "-Urm", "sh", "-c", script, "sh")
    assert subprocess.run(["unshare", "-Urm", "true"], check=False).returncode == 0, (
        "This test needs user namespaces: sysctl kernel.unprivileged_userns_clone=1."
    )
    with under_way(service, dovecot) as streams:
        assert service.process is not None
        seen = Path(f"/proc/{service.process.pid}/root{data}")
        for _ in range(TIMES if soak else 1):
            fill(seen / "ballast")
            wait_for_refusals(507, streams["e_application"], streams["email"], streams["fax"])
            (seen / "ballast").unlink()
            wait_until_each_goes_on(streams)
    entered = str(service.process.pid)
    service.inside = ("nsenter", "-t", entered, "-U", "-m", "--preserve-credentials")
    check_verified(service)


def check_store_away(
    service: Service,
    dovecot: ImapAccount,
    *,
    away: Callable[[], object],
    back: Callable[[], object],
    times: int,
) -> None:
    with under_way(service, dovecot) as streams:
        for _ in range(times):
            away()
            wait_for_refusals(503, streams["email"])
            before = len(streams["e_application"].taken)
            wait_while_it_moves(
                lambda: int(len(streams["e_application"].taken) == before)  # noqa: B023 - at once
            )
            back()
            wait_until_each_goes_on(streams)
    check_verified(service)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_share_that_goes_away_is_waited_for_and_not_made_anew(
    service: Service, dovecot: ImapAccount, tmp_path: Path, *, soak: bool
) -> None:
    share, elsewhere = tmp_path / "mount" / "blobs", tmp_path / "elsewhere"
    service.settings["IKENBAKO_BLOB_URL"] = share.as_uri()

    def back() -> None:
        assert list((tmp_path / "mount").rglob("*")) == []
        elsewhere.rename(share)

    check_store_away(
        service,
        dovecot,
        away=lambda: share.rename(elsewhere),
        back=back,
        times=TIMES if soak else 1,
    )


@pytest.fixture
def bucket_server() -> Iterator[S3Server]:
    """A server of S3 that may be stopped."""
    with running_s3("localbucket") as server:
        yield server


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_bucket_that_is_away_is_waited_for(
    service: Service, dovecot: ImapAccount, bucket_server: S3Server, *, soak: bool
) -> None:
    service.settings |= {
        "IKENBAKO_BLOB_URL": f"s3://{bucket_server.lend_bucket()}/blobs",
        "IKENBAKO_S3_ENDPOINT": bucket_server.endpoint,
        "IKENBAKO_S3_ACCESS_KEY_ID": bucket_server.access_key_id,
        "IKENBAKO_S3_SECRET_ACCESS_KEY": bucket_server.secret_access_key,
    }
    check_store_away(
        service,
        dovecot,
        away=bucket_server.stop,
        back=bucket_server.start,
        times=TIMES if soak else 1,
    )
