"""One chain of migrations for both databases."""

import contextlib
import sqlite3
from enum import StrEnum

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.storage.engine import make_engine
from app.storage.migrate import BrokenReferences, configuration, upgrade
from app.storage.revision import head, is_current, revision_of
from app.storage.tables import metadata


def test_the_chain_ends_in_the_tables_of_the_code(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        command.check(configuration(connection))


def test_the_version_this_program_needs_is_the_end_of_the_chain(engine: sa.Engine) -> None:
    assert head() == ScriptDirectory.from_config(configuration()).get_current_head()
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    assert revision_of(engine) == present


def test_upgrading_again_changes_nothing(engine: sa.Engine) -> None:
    upgrade(engine)
    assert is_current(engine)


def test_foreign_keys_are_on_after_a_migration(tmp_path: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/new.db")
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    engine.dispose()


def test_a_migration_that_leaves_rows_pointing_nowhere_is_undone(tmp_path: object) -> None:
    with contextlib.closing(sqlite3.connect(f"{tmp_path}/broken.db")) as connection:
        connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent_id REFERENCES parent (id))")
        connection.execute("INSERT INTO child VALUES (1)")
        connection.commit()
    engine = make_engine(f"sqlite:///{tmp_path}/broken.db")
    with pytest.raises(BrokenReferences, match="child"):
        upgrade(engine)
    assert not is_current(engine)
    assert "comments" not in sa.inspect(engine).get_table_names()
    engine.dispose()


def enum_columns() -> list[sa.Column[StrEnum]]:
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]


def test_every_enum_member_fits_its_column(engine: sa.Engine) -> None:
    """Alembic does not see a new member; the CHECK of each column is asked instead."""
    inspector = sa.inspect(engine)
    for column in enum_columns():
        assert isinstance(column.type, sa.Enum)
        kind = column.type.enum_class
        assert kind is not None
        checks = [
            str(each["sqltext"])
            for each in inspector.get_check_constraints(column.table.name)
            if f"'{next(iter(kind)).value}'" in str(each["sqltext"])
            and column.name in str(each["sqltext"])
        ]
        assert len(checks) == 1, column
        for member in kind:
            assert f"'{member.value}'" in checks[0], (column, member)


def test_a_value_outside_the_enum_is_refused_by_the_database(engine: sa.Engine) -> None:
    statement = sa.text(
        "INSERT INTO source_items (channel, source, item, seen_at)"
        " VALUES ('pigeon', 'a', 'b', '2015-05-01 00:00:00')"
    )
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(statement)
