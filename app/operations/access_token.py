"""Access tokens from a token endpoint (RFC 6749), kept until shortly before they run out."""

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx

from app.domain.access_token import TokenRefused, TokenUnavailable

_TIMEOUT = httpx.Timeout(30.0)
_MARGIN_SECONDS = 120.0
"""So long before its end a token is no longer used: a login must still fit in."""
_USUAL_SECONDS = 300.0
"""How long a token counts as good where the endpoint does not say (RFC 6749 section 5.1)."""
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token is asked with.

    Attributes:
        token_url: The token endpoint.
        client_id: Under which name we are registered there.
        client_secret: Our own secret; None for a public client.
        refresh_token: A consent given once (section 6); without one we ask in our own name, by
            client credentials (section 4.4).
        refresh_token_file: A file it is kept in instead; a new one is written there.
        scope: What is asked for, where the endpoint wants it said.
    """

    token_url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    refresh_token_file: Path | None = None
    scope: str | None = None


class TokenClient:
    """Gives access tokens for one grant; safe to use from several threads."""

    def __init__(
        self,
        grant: Grant,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare to ask; nothing is asked yet.

        Args:
            grant: What to ask with.
            monotonic: A clock.
            transport: Carries the questions; None for the network.
        """
        self._grant = grant
        self._monotonic = monotonic
        self._transport = transport
        self._lock = threading.Lock()
        self._token: str | None = None
        self._good_until = 0.0
        self._refresh_token = grant.refresh_token
        self._superseded: str | None = None

    def current(self) -> str:
        """Give a token that is good for now.

        Raises:
            TokenUnavailable: The endpoint does not answer.
            TokenRefused: It gives no token.
        """
        with self._lock:
            if self._token is None or self._monotonic() >= self._good_until:
                self._token = self._asked()
            return self._token

    def forget(self) -> None:
        """Throw away what is kept: the server did not take it."""
        with self._lock:
            self._token = None

    def _asked(self) -> str:
        answer = self._posted(self._question())
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            told = {}
        if answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise TokenUnavailable(f"http_{answer.status_code}")
        if not answer.is_success:
            code = told.get("error")
            known = isinstance(code, str) and _ERROR_CODE.fullmatch(code)
            raise TokenRefused(str(code) if known else f"http_{answer.status_code}")
        token, kind = told.get("access_token"), told.get("token_type")
        if not isinstance(token, str) or not token or str(kind).lower() != "bearer":
            raise TokenRefused("answer_unreadable")
        self._note_end(told.get("expires_in"))
        self._note_refresh_token(told.get("refresh_token"))
        return token

    def _question(self) -> dict[str, str]:
        grant = self._grant
        question = {"client_id": grant.client_id}
        if grant.client_secret is not None:
            question["client_secret"] = grant.client_secret
        if grant.scope is not None:
            question["scope"] = grant.scope
        refresh_token = self._kept_refresh_token()
        if refresh_token is None:
            return {"grant_type": "client_credentials", **question}
        return {"grant_type": "refresh_token", "refresh_token": refresh_token, **question}

    def _posted(self, question: dict[str, str]) -> httpx.Response:
        url = self._grant.token_url
        try:
            with httpx.Client(
                timeout=_TIMEOUT,
                transport=self._transport,
                # A proxy of the house may carry what TLS protects from it, and nothing else.
                trust_env=url.startswith("https:"),
            ) as client:
                return client.post(url, data=question, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise TokenUnavailable("unreachable") from error

    def _note_end(self, expires_in: object) -> None:
        try:
            seconds = float(str(expires_in))
        except ValueError:
            seconds = _USUAL_SECONDS
        left = max(seconds - _MARGIN_SECONDS, seconds / 2, 0.0)
        self._good_until = self._monotonic() + left

    def _kept_refresh_token(self) -> str | None:
        """Give the refresh token; the file is read each time, so that it can be replaced.

        Raises:
            TokenRefused: The file cannot be read.
        """
        file = self._grant.refresh_token_file
        if file is None:
            return self._refresh_token
        try:
            kept = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise TokenRefused("refresh_token_file_unreadable") from error
        # A file that cannot be written still holds the old one, which must not be used again.
        return self._refresh_token if kept == self._superseded else kept

    def _note_refresh_token(self, told: object) -> None:
        """Keep a new refresh token; the old one must not be used any more (section 6)."""
        file = self._grant.refresh_token_file
        if not isinstance(told, str) or not told or told == self._refresh_token:
            return
        self._refresh_token = told
        if file is None:
            return
        try:
            self._superseded = file.read_text(encoding="utf-8").strip()
            _write(file, told)
        except OSError:
            _log.exception(
                "A new refresh token could not be written to its file; the old one may end.",
                extra={"action": "refresh_token_not_kept"},
            )


def _write(file: Path, text: str) -> None:
    """Put a secret in the place of a file, whole or not at all."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
