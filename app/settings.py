"""All configuration: environment variables with one prefix, read once, frozen.

Only ``main`` and ``cli`` read settings; everybody else is handed what they need.
"""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "IKENBAKO_"
DOTENV = ".env"
Tls = Literal["none", "starttls", "implicit"]
_RATE = re.compile(
    r"\s*0*[1-9][0-9]*\s*(?:/|per\b)\s*[0-9]*\s*(?:second|minute|hour|day|month|year)s?\s*",
    re.IGNORECASE,
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SMTP_PORTS: Mapping[str, int] = {"none": 25, "starttls": 587, "implicit": 465}
_IMAP_PORTS: Mapping[str, int] = {"none": 143, "starttls": 143, "implicit": 993}


class Notices(StrEnum):
    """When the section is told of comments that need a person."""

    OFF = "off"
    AT_ONCE = "at_once"
    DAILY = "daily"


def _mail_address(value: str) -> str:
    try:
        address = Address(addr_spec=value)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise ValueError(
            "a bare mail address is needed, such as ikenbako@city.example.jp"
        ) from error
    if not address.domain or not address.username or not value.isascii():
        raise ValueError("a bare mail address is needed, such as ikenbako@city.example.jp")
    return value


def _words(value: object) -> object:
    """Take a list as people write one in the environment: parted by commas or white space."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return value


def _without_slash(value: str) -> str:
    return value.rstrip("/")


def _sqlalchemy_url(value: str) -> str:
    """Name the one driver we bring, also where an address comes as PostgreSQL itself writes it."""
    scheme, separator, rest = value.partition("://")
    if separator and scheme in {"postgres", "postgresql"}:
        return f"postgresql+psycopg://{rest}"
    if scheme.partition("+")[0] not in {"sqlite", "postgresql"}:
        raise ValueError("it must begin with sqlite:/// or postgresql://")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError("an address or a network is needed, such as 10.0.0.0/8") from error
    return value


def _rate(value: str) -> str:
    if not all(_RATE.fullmatch(each) for each in re.split("[,;|]", value)):
        raise ValueError("a number and a span of time are needed, such as 120/minute")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]
HeaderName = Annotated[str, AfterValidator(str.lower), Field(pattern=r"^[!-+\--9;-~]{1,100}$")]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Network = Annotated[str, AfterValidator(_network)]
Url = Annotated[str, AfterValidator(_without_slash)]


class OfficeMachine(BaseModel):
    """How the mails of one office machine are known; an entry of ``machines`` of a mailbox.

    Every condition that is given must hold; ``*`` in it stands for anything.

    Attributes:
        name: The machine, as records call it.
        channel: ``fax``, or ``mail`` for paper it scanned.
        delivery: For ``mail``: ``post`` or ``hand``.
        sender: Its address in From.
        recipient: The address it mails to.
        headers: Further headers and what they say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
    channel: Literal["fax", "mail"]
    delivery: Literal["post", "hand"] | None = None
    sender: str | None = Field(default=None, min_length=1)
    recipient: str | None = Field(default=None, min_length=1)
    headers: Mapping[HeaderName, str] = Field(default_factory=dict[str, str])

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.channel == "mail") != (self.delivery is not None):
            raise ValueError("give delivery post or hand with channel mail, and only there")
        conditions = (self.sender, self.recipient, *self.headers.values())
        if all(each is None or not each.strip("*") for each in conditions):
            raise ValueError("a machine needs a sender, a recipient or a header to be known by")
        return self


class OAuth2(BaseModel):
    """How an access token is got in place of a password (RFC 6749); part of a mailbox.

    Attributes:
        token_url: The token endpoint.
        client_id: Our name there.
        client_secret: Our secret there.
        client_secret_file: A file that holds it.
        refresh_token: A consent that was given once; without one we ask in our own name.
        refresh_token_file: A file that holds it; a new one is written there.
        scope: What is asked for, where the endpoint wants it said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token_url: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    refresh_token: SecretStr | None = None
    refresh_token_file: Path | None = None
    scope: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        address = urlsplit(self.token_url)
        on_loopback = address.scheme == "http" and address.hostname in _LOOPBACK
        if not address.hostname or not (address.scheme == "https" or on_loopback):
            raise ValueError("token_url must begin with https://")
        if self.client_secret is not None and self.client_secret_file is not None:
            raise ValueError("give either client_secret or client_secret_file")
        if self.refresh_token is not None and self.refresh_token_file is not None:
            raise ValueError("give either refresh_token or refresh_token_file")
        given = (
            self.client_secret,
            self.client_secret_file,
            self.refresh_token,
            self.refresh_token_file,
        )
        if all(each is None for each in given):
            raise ValueError("give a refresh_token, or a client_secret to ask in our own name")
        return self

    def secret(self) -> str | None:
        """Give our secret, from its file where it is kept in one.

        Raises:
            OSError: The file cannot be read.
        """
        if self.client_secret_file is not None:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return self.client_secret.get_secret_value() if self.client_secret else None


class MailboxAccount(BaseModel):
    """One mailbox that is polled; an entry of ``IKENBAKO_MAILBOXES``.

    Attributes:
        name: Its name in records and logs; never a person's address.
        host: The IMAP server.
        port: Its port; by default the usual one for ``tls``.
        tls: How the connection is protected.
        username: Login name.
        password: Its password, unless ``password_file`` is given.
        password_file: A file that holds the password.
        oauth2: How an access token is got, where the server takes no password (XOAUTH2).
        folders: The folders that are read.
        processed_folder: Where recorded mail is moved; None: it is flagged and stays.
        reads_junk: Whether folders that the server itself marks as junk are read as well.
        machines: Office machines that mail what they took in; the first that fits counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, pattern=r"^[^/\x00-\x1f]+$")
    host: str = Field(min_length=1)
    port: int = Field(
        default_factory=lambda data: _IMAP_PORTS[data.get("tls", "implicit")], ge=1, le=65535
    )
    tls: Tls = "implicit"
    username: str = Field(min_length=1)
    password: SecretStr | None = None
    password_file: Path | None = None
    oauth2: OAuth2 | None = None
    folders: tuple[str, ...] = Field(default=("INBOX",), min_length=1)
    processed_folder: str | None = None
    reads_junk: bool = True
    machines: tuple[OfficeMachine, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _tls_before_port(cls, value: object) -> object:
        # The port's default depends on tls, whatever the order in which both were written.
        if isinstance(value, Mapping) and "port" not in value:
            port = _IMAP_PORTS.get(str(value.get("tls", "implicit")))
            return {**value, "port": port} if port else value
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [
            each for each in (self.password, self.password_file, self.oauth2) if each is not None
        ]
        if len(given) != 1:
            raise ValueError("give one of password, password_file and oauth2")
        if self.processed_folder is not None and self.processed_folder.casefold() in {
            each.casefold() for each in self.folders
        }:
            raise ValueError("processed_folder must not be one of the folders that are read")
        return self

    def secret(self) -> str:
        """Give the password, from its file where it is kept in one.

        Raises:
            OSError: The file cannot be read.
        """
        if self.password_file is not None:
            return self.password_file.read_text(encoding="utf-8").strip("\r\n")
        return self.password.get_secret_value() if self.password else ""


class Settings(BaseSettings):
    """Every setting; ``docs/settings.md`` explains each."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=DOTENV,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Path("data")
    database_url: Annotated[str, AfterValidator(_sqlalchemy_url)] = Field(
        default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'ikenbako.db'}", repr=False
    )
    blob_url: str = Field(
        default_factory=lambda data: (data["data_dir"].absolute() / "blobs").as_uri()
    )
    s3_endpoint: Url | None = None
    s3_region: str = "us-east-1"
    s3_access_key_id: str | None = None
    s3_secret_access_key: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    bootstrap_key: SecretStr | None = None
    mailboxes: tuple[MailboxAccount, ...] = ()
    mail_poll_seconds: float = Field(default=60.0, gt=0, le=86400)
    smtp_host: str | None = None
    smtp_tls: Tls = Field(
        default_factory=lambda data: "none" if data.get("smtp_host") in _LOOPBACK else "starttls"
    )
    smtp_port: int = Field(
        default_factory=lambda data: _SMTP_PORTS[data.get("smtp_tls", "starttls")], ge=1, le=65535
    )
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_oauth2: OAuth2 | None = None
    mail_from: MailAddress = "ikenbako@localhost"
    bounce_address: MailAddress | None = None
    notices: Notices = Notices.AT_ONCE
    notice_to: MailAddress | None = None
    public_url: Url = Field(default_factory=lambda data: f"http://{data['host']}:{data['port']}")
    api_url: Url = Field(default_factory=lambda data: f"http://{data['host']}:{data['port']}")
    api_key: SecretStr | None = None
    cors_origins: Words = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_words)] = ()
    rate_limit: Annotated[str, AfterValidator(_rate)] | None = None
    max_upload_mb: int = Field(default=200, ge=1, le=2000)
    ocr_processes: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), ge=1, le=64)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @model_validator(mode="after")
    def _mailboxes_are_told_apart(self) -> Self:
        names = [each.name for each in self.mailboxes]
        if len(set(names)) != len(names):
            raise ValueError("two mailboxes bear the same name")
        return self

    @model_validator(mode="after")
    def _blobs_have_a_place(self) -> Self:
        address = urlsplit(self.blob_url)
        if address.scheme == "s3":
            if not address.netloc or address.query or address.fragment or "@" in address.netloc:
                raise ValueError("IKENBAKO_BLOB_URL names a bucket, as in s3://bucket/prefix")
            if (self.s3_access_key_id is None) != (self.s3_secret_access_key is None):
                raise ValueError(
                    "give IKENBAKO_S3_ACCESS_KEY_ID and IKENBAKO_S3_SECRET_ACCESS_KEY together"
                )
        return self

    @model_validator(mode="after")
    def _one_way_into_smtp(self) -> Self:
        if self.smtp_oauth2 is not None:
            if self.smtp_password is not None:
                raise ValueError("give either IKENBAKO_SMTP_PASSWORD or IKENBAKO_SMTP_OAUTH2")
            if self.smtp_username is None:
                raise ValueError("IKENBAKO_SMTP_OAUTH2 needs IKENBAKO_SMTP_USERNAME")
        return self

    @property
    def is_sqlite(self) -> bool:
        """Say whether records are kept in the embedded database."""
        return self.database_url.startswith("sqlite")


def unknown_names(environment: Iterable[str]) -> tuple[str, ...]:
    """List the prefixed names in an environment that are no setting: typing mistakes, mostly."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return tuple(
        sorted(
            name
            for name in environment
            if name.upper().startswith(PREFIX) and name.upper() not in known
        )
    )
