from pathlib import Path

import httpx

from app.jobs.watch_folder import DONE, FolderRule, WatchFolder


class Machine:
    """A folder, a clock that stands, and a server that answers as told."""

    def __init__(self, folder: Path, **rule: str) -> None:
        self.now = 0.0
        self.status = 202
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.folder = folder
        self.watch = WatchFolder(
            FolderRule(folder=folder, **({"channel": "fax"} | rule)),  # type: ignore[arg-type]
            "http://test",
            "key",
            monotonic=lambda: self.now,
            transport=httpx.MockTransport(self._answer),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        self.paths.append(request.url.path)
        return httpx.Response(self.status)

    def after(self, seconds: float) -> int:
        self.now += seconds
        return self.watch.look()


def test_a_file_is_posted_once_it_is_whole_and_then_put_away(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    file = tmp_path / "0001.tif"
    file.write_bytes(b"II*\0")
    assert machine.after(0) == 0
    file.write_bytes(b"II*\0 and more")
    assert machine.after(11) == 0  # it has grown
    assert machine.after(9) == 0
    assert machine.after(2) == 1
    assert b"II*\0 and more" in machine.bodies[0]
    assert machine.paths == ["/api/v1/intake/faxes"]
    assert not file.exists()
    assert (tmp_path / DONE / "0001.tif").exists()
    assert machine.after(60) == 0


def test_nothing_is_moved_before_the_server_has_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.status = 503
    (tmp_path / "0001.tif").write_bytes(b"II*\0")
    machine.after(0)
    assert machine.after(11) == 0
    assert machine.after(10) == 0
    assert len(machine.bodies) == 1  # it rests for a while
    assert (tmp_path / "0001.tif").exists()
    machine.status = 200
    assert machine.after(60) == 1
    job = b'name="job_id"'
    assert all(job in body for body in machine.bodies)
    first, second = (body.partition(job)[2].split(b"--")[0] for body in machine.bodies)
    assert first == second


def test_half_a_pdf_waits_for_its_end(tmp_path: Path) -> None:
    machine = Machine(tmp_path, channel="mail", delivery="post")
    file = tmp_path / "scan.PDF"
    file.write_bytes(b"%PDF-1.4 half")
    machine.after(0)
    assert machine.after(600) == 0
    file.write_bytes(b"%PDF-1.4 whole %%EOF\n")
    machine.after(1)
    assert machine.after(11) == 1
    assert machine.paths == ["/api/v1/intake/scans"]


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for text in (b"one", b"two"):
        (tmp_path / "fax.tif").write_bytes(text)
        machine.after(1)
        machine.after(11)
    assert sorted(each.read_bytes() for each in (tmp_path / DONE).iterdir()) == [b"one", b"two"]


def test_what_is_hidden_empty_or_of_another_kind_stays(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for name, data in ((".part.tif", b"x"), ("empty.tif", b""), ("notes.txt", b"x")):
        (tmp_path / name).write_bytes(data)
    machine.after(0)
    assert machine.after(60) == 0
    assert machine.bodies == []
