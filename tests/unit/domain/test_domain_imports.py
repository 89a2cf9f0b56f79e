import ast
import sys
from pathlib import Path

import pytest

import app.domain

FOLDER = Path(app.domain.__file__).parent
WORLDLY = {"os", "time", "random", "socket", "logging"}


def imported(tree: ast.Module) -> set[str]:
    plain = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    named = {
        f"{node.module}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    return plain | named


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_the_rules_use_the_standard_library_and_touch_no_world(path: Path) -> None:
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        room = name.split(".")[0]
        inside = name == "app.domain" or name.startswith("app.domain.")
        assert inside or (room in sys.stdlib_module_names and room not in WORLDLY), name
