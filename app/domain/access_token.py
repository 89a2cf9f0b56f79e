"""Tokens that open a mailbox in place of a password (OAuth 2.0, RFC 6749)."""

from typing import Protocol


class TokenError(Exception):
    """There is no token to log in with.

    Attributes:
        reason: A short code; the error code of RFC 6749 section 5.2 where there is one.
    """

    def __init__(self, reason: str) -> None:
        """Say why."""
        self.reason = reason
        super().__init__(reason)


class TokenUnavailable(TokenError):
    """The token endpoint does not answer: try again later."""


class TokenRefused(TokenError):
    """The token endpoint gives none: somebody has to look at the settings or give consent anew."""


class AccessTokens(Protocol):
    """Gives access tokens; safe to use from several threads."""

    def current(self) -> str:
        """Give a token that is good for now.

        Raises:
            TokenUnavailable: Try again later.
            TokenRefused: There will be none until somebody does something about it.
        """
        ...

    def forget(self) -> None:
        """Throw away what is kept: the server did not take it."""
        ...
