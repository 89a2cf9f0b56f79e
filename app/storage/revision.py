"""Which version the tables are, and which one this program needs."""

import re
from pathlib import Path

import sqlalchemy as sa

import app

_PACKAGE = Path(app.__file__).parent
_STATED = re.compile(r'^(revision|down_revision) = (?:"([^"]+)"|None)$', re.MULTILINE)
_PRESENT = sa.text("SELECT version_num FROM alembic_version")


def scripts() -> Path:
    """Give the folder of the migrations: inside an installed package, or beside a checkout."""
    inside = _PACKAGE / "alembic"
    return inside if inside.is_dir() else _PACKAGE.parent / "alembic"


def known() -> dict[str, str | None]:
    """Give every version this program knows, with the one before it."""
    stated = [
        dict(_STATED.findall(each.read_text(encoding="utf-8")))
        for each in (scripts() / "versions").glob("*.py")
    ]
    return {each["revision"]: each.get("down_revision") or None for each in stated}


def head() -> str:
    """Name the version this program needs: the one no other is built on."""
    chain = known()
    (last,) = chain.keys() - set(chain.values())
    return last


def revision_of(engine: sa.Engine) -> str | None:
    """Name the version of the tables; None where there are none."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(_PRESENT).scalar_one_or_none()


def is_current(engine: sa.Engine) -> bool:
    """Say whether the tables are those of this version."""
    return revision_of(engine) == head()
