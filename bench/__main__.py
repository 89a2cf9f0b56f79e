"""`python -m bench [NAME …]`: run the named benches, all of them if none is named."""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bench import (
    campaign,
    choices,
    documentation,
    e_application,
    e_application_postgres,
    growth,
    mail,
    scans,
    search,
    start,
    waiting,
)
from bench.report import Table, machine, markdown

BENCHES: Mapping[str, Callable[[], Table]] = {
    "campaign": campaign.bench,
    "campaign-postgresql": campaign.on_postgresql,
    "choices": choices.choices,
    "e-application": e_application.bench,
    "e-application-postgres": e_application_postgres.bench,
    "growth": growth.bench,
    "growth-postgresql": growth.on_postgresql,
    "mail": mail.mail,
    "mail-20000": mail.mail_of_a_day,
    "queue": waiting.bench,
    "queue-postgresql": waiting.on_postgresql,
    "scans-behind": scans.behind,
    "scans-faxes": scans.faxes,
    "scans-second": scans.second_process,
    "scans-stack": scans.stack,
    "search": search.bench,
    "search-postgresql": search.on_postgresql,
    "start": start.bench,
}
"""What can be measured, by name; each gives one table."""
ONLY_NAMED = frozenset({"mail-20000"})
"""Takes long, so it is run only where it is asked for by name."""


def main() -> None:
    """Run benches and print their tables."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure ours beside a baseline.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="write what this and earlier runs measured into docs/bench.md and docs/bench.svg",
    )
    parser.add_argument(
        "--no-run", action="store_true", help="measure nothing, only write what was measured"
    )
    wanted = parser.parse_args()
    unknown = [each for each in wanted.names if each not in BENCHES]
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
    names = wanted.names or [each for each in BENCHES if each not in ONLY_NAMED]
    for name in () if wanted.no_run else names:
        where = machine("fastapi", "sqlalchemy", "uvicorn", "psycopg")
        table = BENCHES[name]()
        print(f"{where}\n\n{markdown(table)}\n", flush=True)
        day = datetime.now(UTC).date().isoformat()
        documentation.keep(documentation.Measured(name=name, day=day, machine=where, table=table))
    if wanted.write_docs:
        documentation.write(list(documentation.kept()))


if __name__ == "__main__":
    main()
