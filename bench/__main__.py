"""`python -m bench [NAME …]`: run the named benches, all of them if none is named."""

import argparse
from collections.abc import Callable, Mapping

from bench import choices, e_application, e_application_postgres, mail, scans, search, start
from bench.report import Table, machine, markdown

BENCHES: Mapping[str, Callable[[], Table]] = {
    "choices": choices.choices,
    "e-application": e_application.bench,
    "e-application-postgres": e_application_postgres.bench,
    "mail": mail.mail,
    "mail-20000": mail.mail_of_a_day,
    "scans-behind": scans.behind,
    "scans-faxes": scans.faxes,
    "scans-second": scans.second_process,
    "scans-stack": scans.stack,
    "search": search.bench,
    "start": start.bench,
}
"""What can be measured, by name; each gives one table."""
ONLY_NAMED = frozenset({"mail-20000"})
"""Takes long, so it is run only where it is asked for by name."""


def main() -> None:
    """Run benches and print their tables."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure ours beside a baseline.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    wanted = parser.parse_args()
    unknown = [each for each in wanted.names if each not in BENCHES]
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
    print(machine("fastapi", "sqlalchemy", "uvicorn"), flush=True)
    for name in wanted.names or (each for each in BENCHES if each not in ONLY_NAMED):
        print(f"\n{markdown(BENCHES[name]())}", flush=True)


if __name__ == "__main__":
    main()
