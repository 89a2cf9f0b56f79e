"""Long answers are kept compressed, and every answer is given as it was."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.storage.types import Packed

DIALECT: sa.Dialect = sqlite.dialect()


@pytest.mark.parametrize(
    ("value", "is_kept_as_it_is"),
    [
        (b"", True),
        (b'{"related": []}', True),
        (b"{" + b" " * 1_998, True),
        (b"{" + b" " * 1_999, False),
        (b"H", False),
        (b"H\x89 looks like something compressed", False),
        ("｛評価書（案）｝".encode() * 100, False),
    ],
)
def test_bytes_come_back_as_they_were(value: bytes, is_kept_as_it_is: bool) -> None:
    kept = Packed().process_bind_param(value, DIALECT)
    assert (kept == value) is is_kept_as_it_is
    assert Packed().process_result_value(kept, DIALECT) == value


def test_nothing_stays_nothing() -> None:
    assert Packed().process_bind_param(None, DIALECT) is None
    assert Packed().process_result_value(None, DIALECT) is None
