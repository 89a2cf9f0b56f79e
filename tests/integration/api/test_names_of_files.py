"""What older and foreign programs write as the name of a file, and beside it."""

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

FAXES = "/api/v1/intake/faxes"
BOUNDARY = b"frontier"


def _sent(client: TestClient, *parts: tuple[bytes, bytes]) -> Response:
    body = b"".join(
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (BOUNDARY, *part)
        for part in parts
    )
    return client.post(
        FAXES,
        content=b"%b--%b--\r\n" % (body, BOUNDARY),
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"},
    )


def _fax(client: TestClient, name: bytes, *more: tuple[bytes, bytes]) -> str:
    at = (b'name="received_at"', b"2015-05-01T09:00:00+09:00")
    answer = _sent(client, (b'name="file"' + name, b"II*\x00" + name), at, *more)
    assert answer.status_code == 202, answer.text
    return f"/api/v1/submissions/{answer.json()['submission_id']}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('; filename="意見書.tif"'.encode(), "意見書.tif"),
        ('; filename="意見書①.tif"'.encode("cp932"), "意見書①.tif"),
        ('; filename="意見書ソ表.tif"'.encode("cp932"), "意見書ソ表.tif"),
        (b"; filename*=UTF-8''%E6%84%8F%E8%A6%8B.tif", "意見.tif"),
        (b"; filename*=Shift_JIS''%88%D3%8C%A9.tif", "意見.tif"),
        (b"; filename=\"_.tif\"; filename*=utf-8'ja'%E6%84%8F%E8%A6%8B.tif", "意見.tif"),
        (b"; filename*0*=UTF-8''%E6%84%8F; filename*1*=%E8%A6%8B; filename*2=.tif", "意見.tif"),
        (b'; filename="=?UTF-8?B?5oSP6KaLLnRpZg==?="', "意見.tif"),
        (b'; filename="C:\\Users\\x\\iken.tif"', "iken.tif"),
        ('; filename="C:\\受信\\表.tif"'.encode("cp932"), "表.tif"),
        (b'; filename="a\\"b;c.tif"', 'a"b;c.tif'),
        (b'; filename=""', None),
    ],
)
def test_a_file_keeps_the_name_its_program_meant(
    client: TestClient, written: bytes, meant: str | None
) -> None:
    submission = _fax(client, written)

    (document,) = client.get(submission).json()["documents"]
    assert document["filename"] == meant
    assert client.get(f"{submission}/original").content == b"II*\x00" + written


@pytest.mark.parametrize("charset", ["utf-8", "cp932", "euc-jp"])
def test_text_of_a_form_is_read_in_the_charset_it_was_written_in(
    client: TestClient, charset: str
) -> None:
    gateway = (b'name="gateway"', "第一庁舎の複合機".encode(charset))
    submission = _fax(client, b'; filename="a.tif"', gateway)

    assert client.get(submission).json()["source"] == "第一庁舎の複合機"


def test_a_part_without_any_name_of_a_file_is_told_to_be_no_file(client: TestClient) -> None:
    answer = _sent(client, (b'name="file"', b"II*\x00"))

    assert answer.status_code == 422
    assert {"/file", "/received_at"} == {each["field"] for each in answer.json()["errors"]}
