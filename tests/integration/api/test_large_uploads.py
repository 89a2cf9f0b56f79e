"""Large uploads go from disk to disk, and a store that does not answer keeps nothing half."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.intake.desk import Desk
from app.main import open_proof
from app.operations import doctor
from app.settings import Settings
from app.storage.s3 import S3Blobs, S3Settings
from tests.integration.api.conftest import BOOTSTRAP, application_over
from tests.servers.cutting_proxy import CuttingProxy
from tests.servers.processes import LOOPBACK
from tests.servers.s3 import S3Server

SIZE = 9 * 1024 * 1024
SCAN = {"received_at": "2015-05-01T12:00:00+09:00", "channel": "mail", "delivery": "hand"}
MAIL = "/api/v1/intake/emails?internal_date=2015-05-01T12%3A00%3A00%2B09%3A00"


@dataclass(frozen=True, slots=True)
class Over:
    """An API whose large files lie in a bucket behind a wire."""

    client: TestClient
    desk: Desk
    wire: CuttingProxy

    def scan(self, data: bytes) -> tuple[int, dict[str, str]]:
        file = {"files": ("scan.pdf", data, "application/pdf")}
        answer = self.client.post("/api/v1/intake/scans", data=SCAN, files=file)
        return answer.status_code, answer.json()

    def arrivals(self) -> int:
        return len(self.desk.queries.submissions.page(limit=100).items)


@pytest.fixture
def over(desk: Desk, localbucket: S3Server) -> Iterator[Over]:
    wire = CuttingProxy(localbucket.port, seed=3, longest=0)
    blobs = S3Blobs(
        S3Settings(
            bucket=localbucket.lend_bucket(),
            endpoint=f"http://{LOOPBACK}:{wire.port}",
            access_key_id=localbucket.access_key_id,
            secret_access_key=localbucket.secret_access_key,
        )
    )
    there = replace(desk, blobs=blobs)
    client = TestClient(application_over(there), headers={"Authorization": f"Bearer {BOOTSTRAP}"})
    yield Over(client, there, wire)
    wire.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_large_scan_and_a_large_mail_come_back_byte_for_byte(
    over: Over,
) -> None:
    data = os.urandom(SIZE)
    status, told = over.scan(data)
    assert status == 202
    mail = b"Subject: =?utf-8?B?5oSP6KaL?=\r\n\r\n" + b"a\r\n" * (SIZE // 3)
    answer = over.client.post(MAIL, content=mail, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code == 202
    for submission, sent in ((told["submission_id"], data), (answer.json()["submission_id"], mail)):
        [document] = over.desk.queries.submissions.documents(submission)
        assert document.size == len(sent)
        assert over.desk.blobs.get(document.sha256) == sent
    assert over.scan(data) == (200, {**told, "warnings": []})


def test_a_store_that_breaks_off_is_said_and_nothing_is_kept(
    over: Over, settings: Settings
) -> None:
    data = os.urandom(SIZE)
    over.wire.cut_below(300_000)
    status, told = over.scan(data)
    assert (status, told["code"]) == (503, "blobs_unreachable")
    assert over.arrivals() == 0
    over.wire.heal()
    assert over.scan(data)[0] == 202
    assert over.scan(data)[0] == 200
    assert over.arrivals() == 1
    with open_proof(settings) as proof:
        assert proof is not None
        proof._blobs = over.desk.blobs  # noqa: SLF001 - the settings of this desk name a folder
        assert list(proof.run()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_ready_and_doctor_say_that_the_store_is_away(over: Over, tmp_path: Path) -> None:
    assert over.client.get("/readyz").status_code == 200
    said = {each.subject: each.remedy for each in examined(over, tmp_path)}
    assert said["原本の置き場所（S3）"] is None
    over.wire.close()
    over.wire.cut_below(1)
    fresh = TestClient(application_over(over.desk))  # which remembers no better moment
    answer = fresh.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "blobs_unreachable")
    said = {each.subject: each.remedy for each in examined(over, tmp_path)}
    assert "IKENBAKO_S3_" in (said["原本の置き場所（S3）"] or "")


def examined(over: Over, folder: Path) -> Iterator[doctor.Finding]:
    return doctor.examine(
        data_dir=folder,
        blob_folder=None,
        bucket=over.desk.blobs,
        database_url="sqlite://",
        public_url="http://localhost:8000",
        smtp=None,
        mailboxes=(),
        unknown_settings=(),
    )
