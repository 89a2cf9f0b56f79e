import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.cli import main
from app.settings import MailboxAccount, Notices, OAuth2, OfficeMachine, Settings, unknown_names

ACCOUNT = {"name": "koho", "host": "imap.example.jp", "username": "koho", "password": "secret"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"IKENBAKO_{name.upper()}", raising=False)


def test_the_defaults_run_on_a_laptop_with_no_file_at_all(tmp_path: Path) -> None:
    settings = Settings()
    assert settings.database_url == "sqlite:///data/ikenbako.db"
    assert settings.blob_url == (tmp_path / "data" / "blobs").as_uri()
    assert settings.public_url == settings.api_url == "http://127.0.0.1:8000"
    assert settings.notices is Notices.AT_ONCE
    assert settings.is_sqlite


def test_the_data_folder_moves_database_and_blobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKENBAKO_DATA_DIR", "/srv/意見箱")
    settings = Settings()
    assert settings.database_url == "sqlite:////srv/意見箱/ikenbako.db"
    assert settings.blob_url == Path("/srv/意見箱/blobs").as_uri()


def test_a_postgresql_address_may_be_written_as_postgresql_writes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IKENBAKO_DATABASE_URL", "postgres://me:pw@db.example.jp/ikenbako")
    settings = Settings()
    assert settings.database_url == "postgresql+psycopg://me:pw@db.example.jp/ikenbako"
    assert not settings.is_sqlite
    assert "pw@" not in repr(settings)


def test_lists_may_be_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKENBAKO_CORS_ORIGINS", "https://a.example.jp, https://b.example.jp")
    monkeypatch.setenv("IKENBAKO_TRUSTED_PROXIES", "10.0.0.0/8")
    settings = Settings()
    assert settings.cors_origins == ("https://a.example.jp", "https://b.example.jp")
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_mailboxes_are_a_json_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKENBAKO_MAILBOXES", json.dumps([{**ACCOUNT, "tls": "starttls"}]))
    (account,) = Settings().mailboxes
    assert (account.port, account.folders, account.secret()) == (143, ("INBOX",), "secret")
    assert "secret" not in repr(account)


@pytest.mark.parametrize(("tls", "port"), [("implicit", 993), ("starttls", 143), ("none", 143)])
def test_a_mailbox_uses_the_usual_port(tls: str, port: int) -> None:
    assert MailboxAccount.model_validate({**ACCOUNT, "tls": tls}).port == port


def test_a_mailbox_password_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("パスワード\n", encoding="utf-8")
    without = {name: value for name, value in ACCOUNT.items() if name != "password"}
    account = MailboxAccount.model_validate({**without, "password_file": file})
    assert account.secret() == "パスワード"


@pytest.mark.parametrize(
    "wrong",
    [
        {"password_file": "/etc/secret"},
        {"password": None},
        {"processed_folder": "inbox"},
        {"tls": "ssl3"},
        {"unknown": 1},
        {"folders": []},
    ],
)
def test_a_contradictory_mailbox_is_refused_without_showing_its_password(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ValidationError) as refused:
        MailboxAccount.model_validate({**ACCOUNT, **wrong})
    assert "secret" not in str(refused.value)


def test_two_mailboxes_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKENBAKO_MAILBOXES", json.dumps([ACCOUNT, ACCOUNT]))
    with pytest.raises(ValidationError, match="same name"):
        Settings()


@pytest.mark.parametrize("wrong", ["a@b\r\nBcc: c@d", "no address", "名前 <a@b.jp>", "", "@b"])
def test_a_sender_that_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(mail_from=wrong)


@pytest.mark.parametrize(
    ("host", "tls", "port"),
    [("127.0.0.1", "none", 25), ("smtp.example.jp", "starttls", 587)],
)
def test_mail_leaves_the_machine_encrypted_unless_told_otherwise(
    host: str, tls: str, port: int
) -> None:
    settings = Settings(smtp_host=host)
    assert (settings.smtp_tls, settings.smtp_port) == (tls, port)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("RATE_LIMIT", "fast"),
        ("RATE_LIMIT", "0/hour"),
        ("RATE_LIMIT", "120/fortnight"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.jp"),
        ("DATABASE_URL", "mysql://localhost/ikenbako"),
    ],
)
def test_a_setting_that_would_break_the_start_is_named_instead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, wrong: str
) -> None:
    monkeypatch.setenv(f"IKENBAKO_{name}", wrong)
    assert main(["doctor"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"ikenbako: IKENBAKO_{name}")
    assert wrong not in told


def test_rates_and_proxies_are_taken_as_their_pages_show_them() -> None:
    for rate in ("120/minute", "10 per hour", "5/second; 1000/2days"):
        assert Settings(rate_limit=rate).rate_limit == rate
    assert Settings(trusted_proxies=("10.0.0.1", "10.0.0.0/8", "::1")).trusted_proxies[1:] == (
        "10.0.0.0/8",
        "::1",
    )


def test_an_unknown_name_in_the_file_is_said_as_it_stands_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("IKENBAKO_PROT=80\n")
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == "ikenbako: IKENBAKO_PROT: there is no such setting\n"


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("IKENBAKO_PROT=80\n")
    with pytest.raises(ValidationError):
        Settings()


def test_unknown_names_in_the_environment_are_listed() -> None:
    names = ["IKENBAKO_PROT", "IKENBAKO_PORT", "PATH", "IKENBAKO_MAILBOX"]
    assert unknown_names(names) == ("IKENBAKO_MAILBOX", "IKENBAKO_PROT")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_every_setting_has_its_heading_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    headings = {line.strip("# `") for line in text.splitlines() if line.startswith("#")}
    missing = {f"IKENBAKO_{name.upper()}" for name in Settings.model_fields} - headings
    assert not missing


MACHINE: dict[str, object] = {"name": "複合機", "channel": "fax", "sender": "fax-*@city.example.jp"}


def test_a_machine_is_known_by_its_rule() -> None:
    machine = OfficeMachine.model_validate({**MACHINE, "headers": {"X-Mailer": "*Scan*"}})
    assert machine.headers == {"x-mailer": "*Scan*"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": None},
        {"sender": "*"},
        {"channel": "email"},
        {"channel": "mail"},
        {"delivery": "post"},
        {"headers": {"two words": "x"}},
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OfficeMachine.model_validate({**MACHINE, **wrong})


OAUTH2: dict[str, object] = {
    "token_url": "https://login.example.jp/token",
    "client_id": "ikenbako",
    "refresh_token": "hush",
}


def test_a_token_may_stand_in_place_of_a_password() -> None:
    without = {name: value for name, value in ACCOUNT.items() if name != "password"}
    account = MailboxAccount.model_validate({**without, "oauth2": OAUTH2})
    assert account.oauth2 is not None
    assert "hush" not in repr(account)
    with pytest.raises(ValidationError):
        MailboxAccount.model_validate({**ACCOUNT, "oauth2": OAUTH2})


@pytest.mark.parametrize(
    "wrong",
    [
        {"token_url": "http://login.example.jp/token"},
        {"token_url": "login.example.jp"},
        {"refresh_token": None},
        {"refresh_token_file": "/run/secrets/refresh"},
        {"client_secret": "a", "client_secret_file": "/run/secrets/client"},
        {"client_id": ""},
    ],
)
def test_a_token_that_cannot_be_asked_for_safely_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OAuth2.model_validate({**OAUTH2, **wrong})


@pytest.mark.parametrize("more", [{}, {"smtp_username": "iken", "smtp_password": "hush"}])
def test_one_way_into_the_mail_server_is_enough(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"smtp_oauth2": OAUTH2, **more})
    assert Settings.model_validate({"smtp_oauth2": OAUTH2, "smtp_username": "iken"}).smtp_oauth2


BUCKET = "s3://originals/kita/意見"


def test_a_bucket_may_be_named_with_both_keys_or_with_none() -> None:
    assert Settings(blob_url=BUCKET).s3_access_key_id is None
    given = Settings(
        blob_url=BUCKET, s3_access_key_id="AK", s3_secret_access_key=SecretStr("very secret")
    )
    assert "very secret" not in repr(given)


@pytest.mark.parametrize(
    "wrong",
    [
        {"blob_url": "s3://"},
        {"blob_url": "s3:///prefix"},
        {"blob_url": "s3://key:secret@originals"},
        {"blob_url": "s3://originals?region=x"},
        {"blob_url": BUCKET, "s3_access_key_id": "AK"},
        {"blob_url": BUCKET, "s3_secret_access_key": "very secret"},
    ],
)
def test_a_bucket_that_is_half_named_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(wrong)
    assert "secret@" not in str(refused.value)
    assert "very secret" not in str(refused.value)
