"""How often somebody may come, and who that is behind a proxy."""

import ipaddress
import math
import time
from collections.abc import Iterable

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_STEADY_SECONDS = 1.0
"""By less no clock is said to have gone back."""


class Turnstile:
    """Counts requests by visitor in this process; without a limit it counts nothing."""

    def __init__(self, limit: str | None) -> None:
        """Read a limit such as ``600/minute``; None or empty lets everybody through.

        Raises:
            ValueError: The limit cannot be read.
        """
        self._limit: RateLimitItem | None = parse(limit) if limit else None
        self._counted = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._counted) if limit else None
        self._last = 0.0

    def wait(self, visitor: str) -> int | None:
        """Count a request; give the seconds to wait when it is one too many."""
        if self._limit is None or self._window is None:
            return None
        now, last = time.time(), self._last
        self._last = now
        if now < last - _STEADY_SECONDS:
            # The clock went back; who came would count until it is there again.
            self._counted.reset()
        if self._window.hit(self._limit, visitor):
            return None
        reset_at, _left = self._window.get_window_stats(self._limit, visitor)
        return max(1, math.ceil(reset_at - time.time()))


class Proxies:
    """Knows which machines in front of us may say whom they speak for."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """Trust addresses and networks.

        Raises:
            ValueError: One of them is neither.
        """
        self._trusted: tuple[_Network, ...] = tuple(
            ipaddress.ip_network(each, strict=False) for each in trusted
        )

    def client(self, request: Request) -> str:
        """Give the address of who asks: the last one that no trusted proxy vouches for."""
        peer = request.client.host if request.client else ""
        forwarded = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
        for named in (peer, *reversed([each.strip() for each in forwarded if each.strip()])):
            address = _address(named)
            if address is None:
                return peer
            peer = str(address)
            if not any(address in network for network in self._trusted):
                break
        return peer


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
