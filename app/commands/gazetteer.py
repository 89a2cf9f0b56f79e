"""`gazetteer`: the lists of towns by which addresses that were read are judged."""

import argparse
import sys
from pathlib import Path

from app.domain import wording
from app.domain.envelope import in_japan
from app.domain.errors import InvalidInput
from app.domain.gazetteer_csv import MOST_BYTES
from app.intake import gazetteers
from app.intake.desk import PROGRAM
from app.main import open_desk
from app.operations.process import FAILED, CannotStart
from app.settings import Settings


def gazetteer_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `gazetteer`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    loading = actions.add_parser("load", help="load the towns of one city or more from a CSV file")
    loading.add_argument("file", type=Path, metavar="FILE")
    loading.add_argument(
        "--city",
        action="append",
        default=[],
        help="take this city only, as in 北海道旭川市; may be given several times",
    )
    loading.set_defaults(command=load)
    listing = actions.add_parser("list", help="say which towns go for which consultation")
    listing.set_defaults(command=gazetteer)
    removing = actions.add_parser("remove", help="take away what was loaded for a city")
    removing.add_argument("city", help="as in 北海道旭川市")
    removing.set_defaults(command=remove)


def load(settings: Settings, options: argparse.Namespace) -> int:
    """Load a file, or say what is wrong with it."""
    file: Path = options.file
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CannotStart(f"{file}は大きすぎます（64 MBまで）。")
        data = file.read_bytes()
    except OSError as error:
        raise CannotStart(f"{file}を読めません：{error.strerror}") from error
    with open_desk(settings) as desk:
        try:
            loaded = gazetteers.load(
                desk, data, source=file.name, only=tuple(options.city), actor=PROGRAM
            )
        except InvalidInput as error:
            return _refused(file, error)
    for each in loaded:
        print(f"{each.city}\t町名{len(each.towns)}件を取り込みました。")
    return 0


def _refused(file: Path, error: InvalidInput) -> int:
    words = wording.say(error.code, "ja", error.data, section=wording.PROBLEMS)
    print(f"{file}：{words}", file=sys.stderr)
    for each in error.problems:
        words = wording.say(each.code, "ja", each.data, section=wording.PROBLEMS)
        print(f"{file}：{each.field.strip('/')}行目：{words}", file=sys.stderr)
    return FAILED


def gazetteer(settings: Settings, _options: argparse.Namespace) -> int:
    """List what was loaded, and what goes for each consultation."""
    with open_desk(settings) as desk:
        for loaded in desk.queries.gazetteers.loaded():
            day = f"{in_japan(loaded.loaded_at):%Y-%m-%d}"
            print(f"取込み済み\t{loaded.city}\t{loaded.source}\t{day}")
        for consultation, used in gazetteers.used(desk):
            told = "、".join(f"{each.city}（{len(each.towns)}件、{each.source}）" for each in used)
            print(f"手続\t{consultation.code}\t{told or 'なし（住所は町名と照合しません）'}")
    return 0


def remove(settings: Settings, options: argparse.Namespace) -> int:
    """Take away what was loaded for a city; the towns of the package go for it again."""
    with open_desk(settings) as desk:
        city = gazetteers.remove(desk, options.city, actor=PROGRAM)
    print(f"{city}の一覧を外しました。")
    return 0
