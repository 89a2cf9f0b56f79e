"""`replay`: arrivals are read again, after what stood in their way is mended."""

import argparse

import httpx

from app.operations.process import FAILED, CannotStart
from app.settings import Settings

_TIMEOUT = 30.0


def replay_options(parser: argparse.ArgumentParser) -> None:
    """Add what `replay` takes."""
    parser.add_argument("submissions", nargs="+", metavar="ID", help="arrivals, by their id")
    parser.add_argument("--reason", required=True, help="why, for the audit trail")


def replay(settings: Settings, options: argparse.Namespace) -> int:
    """Ask the running service to read arrivals again; it alone writes to the database."""
    if settings.api_key is None:
        raise CannotStart("set IKENBAKO_API_KEY to a key with the scope comments:review.")
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
    body = {"decision": "replay", "reason": options.reason}
    failed = 0
    with httpx.Client(
        base_url=f"{settings.api_url}/api/v1/submissions/",
        headers=headers,
        timeout=_TIMEOUT,
        trust_env=False,
    ) as client:
        for each in options.submissions:
            told = _told(client, each, body)
            failed += told is not None
            print(f"NG {each}: {told}" if told is not None else f"OK {each} is read again.")
    return FAILED if failed else 0


def _told(client: httpx.Client, submission_id: str, body: object) -> str | None:
    """Give why an arrival was not queued; None when it was.

    Raises:
        CannotStart: Nobody answers.
    """
    try:
        answer = client.post(f"{submission_id}/decisions", json=body)
    except httpx.HTTPError as error:
        raise CannotStart(
            f"the service does not answer ({type(error).__name__}): see IKENBAKO_API_URL."
        ) from error
    if answer.is_success:
        return None
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
