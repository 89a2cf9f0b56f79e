"""`keys`: made, listed and revoked by whoever may run commands on the machine."""

import argparse
import sys

from app.domain.access import Scope
from app.intake.desk import PROGRAM
from app.intake.keys import create, revoke
from app.main import open_desk
from app.settings import Settings


def keys_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `keys`."""
    actions = parser.add_subparsers(metavar="ACTION")
    making = actions.add_parser("create", help="make a key and show it once")
    making.add_argument("name")
    making.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help="what it opens; may be given several times",
    )
    making.add_argument(
        "--consultation",
        dest="consultations",
        action="append",
        default=[],
        help="confine it to a consultation; may be given several times",
    )
    making.set_defaults(command=create_key)
    listing = actions.add_parser("list", help="list the keys")
    listing.set_defaults(command=keys)
    ending = actions.add_parser("revoke", help="end a key and the sessions it opened")
    ending.add_argument("id")
    ending.set_defaults(command=revoke_key)


def create_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key and show it once."""
    with open_desk(settings) as desk:
        created = create(
            desk,
            name=options.name,
            scopes=frozenset(Scope(each) for each in options.scopes),
            consultations=frozenset(options.consultations),
            actor=PROGRAM,
        )
    print(f"id:  {created.id}")
    print(f"key: {created.key}")
    print("The key is shown this once; keep it where nobody else reads it.", file=sys.stderr)
    return 0


def keys(settings: Settings, _options: argparse.Namespace) -> int:
    """List the keys."""
    with open_desk(settings) as desk:
        for listing in desk.queries.access.every_key():
            actor = listing.actor
            revoked = f"revoked {listing.revoked_at:%Y-%m-%d}" if listing.revoked_at else "in force"
            scopes = ",".join(sorted(actor.scopes))
            confined = ",".join(sorted(actor.consultations)) or "*"
            print(f"{actor.id}\t{actor.name}\t{scopes}\t{confined}\t{revoked}")
    return 0


def revoke_key(settings: Settings, options: argparse.Namespace) -> int:
    """End a key and the sessions it opened."""
    with open_desk(settings) as desk:
        revoke(desk, options.id, actor=PROGRAM)
    print(f"{options.id} is revoked.")
    return 0
