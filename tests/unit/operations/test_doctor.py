from pathlib import Path

import pytest

from app.operations.doctor import Finding, examine


def address_found(url: str, folder: Path) -> Finding:
    said = examine(
        data_dir=folder,
        blob_folder=folder,
        bucket=None,
        database_url="sqlite://",
        public_url=url,
        smtp=None,
        mailboxes=(),
        unknown_settings=(),
    )
    [found] = [each for each in said if each.subject.startswith("利用者から見たアドレス")]
    return found


@pytest.mark.parametrize("url", ["http://0.0.0.0:8000", "http://[::]:8000"])
def test_a_link_nobody_can_open_is_pointed_out(url: str, tmp_path: Path) -> None:
    found = address_found(url, tmp_path)
    assert "IKENBAKO_PUBLIC_URL" in (found.remedy or "")
    assert not found.is_fatal


@pytest.mark.parametrize("url", ["https://iken.example.jp", "http://192.0.2.7:8000"])
def test_an_address_that_can_be_opened_is_all_right(url: str, tmp_path: Path) -> None:
    assert address_found(url, tmp_path).remedy is None
