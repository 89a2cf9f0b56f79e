"""How long to wait before a lost mailbox is tried again."""

FIRST_SECONDS = 1.0
CAP_SECONDS = 300.0


def reconnect_delay(
    attempt: int, jitter: float, *, first: float = FIRST_SECONDS, cap: float = CAP_SECONDS
) -> float:
    """Give the seconds to wait before the next attempt: doubling, capped, spread out.

    Args:
        attempt: How many attempts have failed in a row, counted from 1.
        jitter: A random number 0..1 of the caller; it spreads several mailboxes of one server.
        first: The longest wait after the first failure.
        cap: The longest wait there is.

    Returns:
        Between half and all of the doubled wait; never more than ``cap``.
    """
    exponent = min(max(attempt, 1) - 1, 32)  # beyond that the cap has long been reached
    full = min(cap, first * 2.0**exponent)
    return full * (0.5 + 0.5 * min(max(jitter, 0.0), 1.0))
