"""Moving an embedded installation: everything comes, only once, and other data is never touched."""

import fcntl
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from app.cli import main
from app.domain.submission import Lane
from app.intake import procedures, read
from app.intake.receive import receive
from app.main import open_desk
from app.operations.process import CannotStart
from app.settings import Settings
from app.storage import in_use
from app.storage.copying import copied_tables, derived_tables, table_sum
from app.storage.engine import make_engine
from app.storage.queries.comments import CommentFilter
from tests.builders import ADMIN, NOON, a_consultation, a_mail, an_envelope
from tests.integration.conftest import Clock
from tests.integration.test_proof import BODY, LARGE, post
from tests.servers.postgres import PostgresDatabases
from tests.servers.s3 import S3Server

KILLS, SOAK_KILLS = 2, 100


@dataclass(slots=True)
class Installation:
    """An embedded installation, and the settings of where it goes."""

    folder: Path
    target: dict[str, str]
    report: Path

    def words(self) -> list[str]:
        return ["migrate-store", "--from", str(self.folder), "--report", str(self.report)]

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        with monkeypatch.context() as patch:
            patch.chdir(self.folder.parent)
            for name, value in self.target.items():
                patch.setenv(name, value)
            return main(words or self.words())

    def settings(self) -> Settings:
        named = {
            name.removeprefix("IKENBAKO_").lower(): value for name, value in self.target.items()
        }
        return Settings.model_validate(named)

    def source_settings(self) -> Settings:
        return Settings(data_dir=self.folder)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with arrivals of several kinds, to be copied."""
    folder = tmp_path_factory.mktemp("embedded")
    with open_desk(Settings(data_dir=folder), clock=Clock(NOON)) as desk:
        procedures.create(desk, a_consultation(), actor=ADMIN)
        for number in range(3):
            post(desk, number)
        receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
        for number in range(2, 6):
            large = a_mail(BODY + LARGE + str(number))
            receive(desk, an_envelope(large, source_item=f"1:{number}"), actor=ADMIN)
        while (submission := read.claim(desk, Lane.LIGHT, worker="test")) is not None:
            read.read(desk, submission.id, worker="test")
        receive(desk, an_envelope(a_mail("まだ読んでいない"), source_item="1:9"), actor=ADMIN)
    return folder


@pytest.fixture
def installation(
    tmp_path: Path,
    prepared: Path,
    localbucket: S3Server,
    migrated_postgres: str,
    postgres_url_factory: PostgresDatabases,
) -> Installation:
    shutil.copytree(prepared, tmp_path / "data")
    target = {
        "IKENBAKO_DATA_DIR": str(tmp_path / "other"),
        "IKENBAKO_DATABASE_URL": postgres_url_factory.create_database(migrated_postgres),
        "IKENBAKO_BLOB_URL": f"s3://{localbucket.lend_bucket()}/blobs",
        "IKENBAKO_S3_ENDPOINT": localbucket.endpoint,
        "IKENBAKO_S3_ACCESS_KEY_ID": localbucket.access_key_id,
        "IKENBAKO_S3_SECRET_ACCESS_KEY": localbucket.secret_access_key,
    }
    return Installation(tmp_path / "data", target, tmp_path / "moved.txt")


def contents(installation: Installation) -> dict[str, tuple[int, str]]:
    engine = make_engine(installation.source_settings().database_url)
    found = {each.name: table_sum(engine, each) for each in copied_tables()}
    engine.dispose()
    return {name: (each.rows, each.sha256) for name, each in found.items()}


def test_everything_goes_over_and_counting_goes_on(
    installation: Installation,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = contents(installation)
    files = {each: each.read_bytes() for each in (installation.folder / "blobs").rglob("*/*")}
    assert installation.run(monkeypatch) == 0
    report = installation.report.read_text()
    assert "すべて一致しました。" in report
    assert "大きな原本 4件（うち今回写したもの 4件）" in report
    assert all(f"OK {name}: {rows} → {rows} 行" in report for name, (rows, _) in before.items())
    password = sa.make_url(installation.target["IKENBAKO_DATABASE_URL"]).password
    assert password is not None
    assert password not in report
    assert installation.target["IKENBAKO_S3_SECRET_ACCESS_KEY"] not in report
    assert contents(installation) == before
    assert {each: each.read_bytes() for each in files} == files
    capsys.readouterr()
    assert installation.run(monkeypatch, "verify", "--language", "en") == 0
    assert "faults: 0\nnotes: 0\n" in capsys.readouterr().out
    with open_desk(installation.settings(), clock=clock) as desk:
        held = desk.queries.comments.page(CommentFilter(), limit=100).items
        post(desk, 1)  # the same key and bytes: the old answer
        assert len(desk.queries.comments.page(CommentFilter(), limit=100).items) == len(held)
        post(desk, 7)
        again = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
        assert again.repeated
        assert len(desk.queries.comments.page(CommentFilter(), limit=100).items) == len(held) + 1
    assert installation.run(monkeypatch, "verify") == 0


def add_audit(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO audit (id, at, actor_id, actor_name, action, detail)"
        " VALUES (1000, now(), 'x', 'x', 'signed_in', '{}')"
    )


def change_a_row(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE submissions SET source = source || 'x' WHERE channel = 'email'")


def drop_rows(connection: psycopg.Connection) -> None:
    """Leave gaps as no interruption does; they are filled all the same."""
    connection.execute("DELETE FROM idempotency_keys")
    connection.execute("DELETE FROM audit WHERE id % 2 = 0")


def put_right(connection: psycopg.Connection) -> None:
    """Take back what the two above did."""
    connection.execute("DELETE FROM audit WHERE id = 1000")
    connection.execute("UPDATE submissions SET source = rtrim(source, 'x') WHERE channel = 'email'")


def test_a_move_may_be_given_again_unless_the_target_holds_other_data(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = installation.target["IKENBAKO_DATABASE_URL"].replace("+psycopg", "")

    def again(change: Callable[[psycopg.Connection], None]) -> int:
        with psycopg.connect(url) as raw:
            change(raw)
        capsys.readouterr()
        return installation.run(monkeypatch)

    assert installation.run(monkeypatch) == 0
    assert installation.run(monkeypatch) == 1  # the report is not overwritten
    installation.report.unlink()
    for other in (add_audit, change_a_row):
        assert again(other) == 1
        assert "holds other data" in capsys.readouterr().err
        assert not installation.report.exists()
        with psycopg.connect(url) as raw:
            put_right(raw)
    assert again(drop_rows) == 0
    assert "holds other data" not in capsys.readouterr().err
    assert "今回写したもの 0件" in installation.report.read_text()


def test_another_installation_is_refused_before_anything_is_written(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = installation.settings()
    with open_desk(target, clock=clock) as desk:
        receive(desk, an_envelope(a_mail("よその意見")), actor=ADMIN)
    assert installation.run(monkeypatch) == 1
    with open_desk(target, clock=clock) as desk:
        assert len(desk.queries.submissions.page(limit=10).items) == 1
        assert list(desk.blobs.files()) == []


def test_a_running_service_is_not_moved(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (installation.folder / "ikenbako.db.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert installation.run(monkeypatch) == 1
    assert "Stop it first" in capsys.readouterr().err


def test_only_large_files_may_go_elsewhere(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    installation.target = {
        "IKENBAKO_DATA_DIR": str(installation.folder),
        "IKENBAKO_BLOB_URL": share.as_uri(),
    }
    assert installation.run(monkeypatch) == 0
    assert len([each for each in share.glob("*/*") if each.is_file()]) == 4
    assert installation.run(monkeypatch, "verify") == 0
    installation.target["IKENBAKO_BLOB_URL"] = (installation.folder / "blobs").as_uri()
    installation.report.unlink()
    assert installation.run(monkeypatch) == 1  # nowhere else


def test_a_large_file_that_is_damaged_is_told_and_the_rest_goes_over(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = next(each for each in (installation.folder / "blobs").rglob("*/*"))
    one.write_bytes(b"changed")
    assert installation.run(monkeypatch) == 1
    report = installation.report.read_text()
    assert f"NG {one.name}" in report
    assert "大きな原本 3件" in report


def test_a_target_belongs_to_one_move_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_use, "PARTING_SECONDS", 0.3)
    engine = make_engine(installation.target["IKENBAKO_DATABASE_URL"])
    with in_use.held_for_a_move(engine):
        assert installation.run(monkeypatch) == 1
        with pytest.raises(CannotStart, match="migrate-store"), open_desk(installation.settings()):
            pass
    with open_desk(installation.settings()):  # a service runs on it
        assert installation.run(monkeypatch) == 1
    with engine.connect() as connection:
        for table in copied_tables():
            count = sa.select(sa.func.count()).select_from(table)
            assert connection.execute(count).scalar() == 0, table.name
    engine.dispose()
    assert not installation.report.exists()
    assert installation.run(monkeypatch) == 0


@pytest.mark.soak
def test_a_move_killed_again_and_again_goes_on_to_its_end(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, *, soak: bool
) -> None:
    with closing(sqlite3.connect(installation.folder / "ikenbako.db")) as plain:
        plain.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
            " INSERT INTO audit (at, actor_id, actor_name, action, detail)"
            " SELECT '2015-05-01 00:00:00.000000', 'x', 'x', 'signed_in', '{}' FROM n"
        )
        plain.commit()
    chance = random.Random(5)
    environment = {**os.environ, **installation.target, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = 0
    while killed < (SOAK_KILLS if soak else KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *installation.words()],
            env=environment,
            cwd=installation.folder.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.8, 2.5))
        process.send_signal(signal.SIGKILL)
        killed += 1
        process.wait()
        # It may have come to its end before it was killed, and the report is never overwritten.
        installation.report.unlink(missing_ok=True)
    assert installation.run(monkeypatch) == 0
    assert installation.run(monkeypatch, "verify") == 0


def test_no_table_is_forgotten(engine: sa.Engine) -> None:
    """What the migrations make is copied or made anew.

    Alembic's own mark is made by them; jobs of the queue follow from the rows that wait.
    """
    made = sa.inspect(engine).get_table_names()
    names = {each for each in made if not each.startswith(("alembic_", "procrastinate_"))}
    assert names == {each.name for each in (*copied_tables(), *derived_tables())}
