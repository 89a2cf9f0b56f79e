"""The command line: what an administrator types, and where what it does is found."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app import log
from app.domain import wording
from app.domain.errors import Refusal
from app.operations.process import FAILED, CannotStart
from app.settings import PREFIX, Settings

_MISUSED = 2
_COMMANDS = {
    "serve": ("serving", "Run everything: API, reading, mail."),
    "api": ("serving", "Run the API alone (PostgreSQL)."),
    "worker": ("serving", "Read and send alone (PostgreSQL)."),
    "poll-mail": ("gateways", "Fetch mail and post it to IKENBAKO_API_URL."),
    "watch-folder": ("gateways", "Post what a machine saves into a folder."),
    "replay": ("replay", "Read arrivals again, after what stood in their way is mended."),
    "migrate": ("upkeep", "Bring the database up to date."),
    "verify": ("upkeep", "Look at every row and file, and say whether anything is lost."),
    "backup": ("upkeep", "Write everything into one file, while the service runs (SQLite)."),
    "restore": ("upkeep", "Put a backup in place where there is nothing yet (SQLite)."),
    "migrate-store": ("move", "Move an embedded installation to PostgreSQL, S3 or a share."),
    "doctor": ("trial", "Say what is missing and how to install it."),
    "demo": ("trial", "Send one sample through each channel of a running service."),
    "gazetteer": ("gazetteer", "Load and show lists of towns, by which addresses are read."),
    "keys": ("keys", "Make, list and revoke API keys."),
}
"""The module of `app.commands` each command is found in, and what it does.

The module holds a function of the command's name, and one that adds its options if it has any.
Only the module of the command that was given is loaded: a service need not load what draws the
samples of a demonstration.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser(words).parse_args(words)
    # Everything we write may hold personal data: nobody else on the machine reads it.
    os.umask(0o077)
    try:
        settings = Settings()
    except (ValidationError, SettingsError) as error:
        for line in _explained(error):
            print(line, file=sys.stderr)
        return _MISUSED
    log.configure(settings.log_level, settings.log_format)
    command: Callable[[Settings, argparse.Namespace], int] = options.command
    try:
        return command(settings, options)
    except CannotStart as error:
        print(f"ikenbako: {error}", file=sys.stderr)
    except Refusal as error:
        for line in _refused(error):
            print(line, file=sys.stderr)
    except sa.exc.OperationalError as error:
        print(
            "ikenbako: the database cannot be used; see `ikenbako doctor` "
            f"({type(error.orig).__name__}).",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return FAILED


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ikenbako", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (place, explanation) in _COMMANDS.items():
        command = commands.add_parser(name, help=explanation, description=explanation)
        if name in words[:1]:
            module = importlib.import_module(f"app.commands.{place}")
            function = name.replace("-", "_")
            add_options = getattr(module, f"{function}_options", None)
            if add_options is not None:
                add_options(command)
            command.set_defaults(command=getattr(module, function))
    return parser


def _refused(error: Refusal) -> Iterator[str]:
    """Say why a command was refused, and of every field what is wrong with it."""
    words = wording.say(error.code, "ja", error.data, section=wording.PROBLEMS)
    yield f"ikenbako: {words}"
    for each in error.problems:
        words = wording.say(each.code, "ja", each.data, section=wording.PROBLEMS)
        yield f"  {each.field}: {words}"


def _explained(error: ValidationError | SettingsError) -> Iterator[str]:
    """Say which setting is wrong, without repeating what it holds."""
    if isinstance(error, SettingsError):
        yield f"ikenbako: {error}: lists are written as JSON"
        return
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        if each["type"] == "default_factory_not_called":
            continue  # it follows from another error that is told
        path = [str(part) for part in each["loc"]]
        # A name that is no setting bears its prefix already.
        name = PREFIX + path[0].upper().removeprefix(PREFIX) if path else PREFIX
        within = f" ({'/'.join(path[1:])})" if path[1:] else ""
        said = "there is no such setting" if each["type"] == "extra_forbidden" else each["msg"]
        yield f"ikenbako: {name}{within}: {said.removeprefix('Value error, ')}"


if __name__ == "__main__":
    sys.exit(main())
