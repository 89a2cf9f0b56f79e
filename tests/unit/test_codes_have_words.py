"""Every code that the program can say has words in both languages."""

import ast
from pathlib import Path

import pytest

import app
from app.domain.proof_wording import COUNTED, FAULTS, NOTES
from app.domain.stack import SplitDoubt
from app.domain.wording import FINDINGS, PROBLEMS, REASONS, SPLIT_DOUBTS

_SOURCE = Path(app.__file__).parent
_TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(_SOURCE.rglob("*.py"))}
_REFUSALS = {
    "Refusal", "InvalidInput", "NotFound", "Conflict", "CodeTaken", "IllegalTransition",
    "Unavailable", "NotAllowed", "TooLarge",
}  # fmt: skip


def constant(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def said() -> list[tuple[str, str, str]]:
    found = []
    for path, tree in _TREES.items():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            name, where = call.func.id, f"{path.relative_to(_SOURCE)}:{call.lineno}"
            keywords = {each.arg: each.value for each in call.keywords}
            code = None
            if name == "Finding":
                code, section = constant(keywords.get("code")), "findings"
            elif name == "FieldProblem" and len(call.args) > 1:
                code, section = constant(call.args[1]), "problems"
            elif name in _REFUSALS and call.args:
                code, section = constant(call.args[0]), "problems"
            if code is not None:
                found.append((where, section, code))
    return found


def test_the_search_finds_what_there_is() -> None:
    assert len(said()) > 60


@pytest.mark.parametrize(("where", "section", "code"), said())
def test_the_code_has_words(where: str, section: str, code: str) -> None:
    words = {"findings": FINDINGS, "problems": PROBLEMS}[section]
    assert code in words, where


@pytest.mark.parametrize(
    "section", [COUNTED, FAULTS, FINDINGS, NOTES, PROBLEMS, REASONS, SPLIT_DOUBTS]
)
def test_words_are_there_in_both_languages(section: dict[str, tuple[str, str]]) -> None:
    for code, (japanese, english) in section.items():
        assert japanese, code
        assert english, code
        assert english.isascii() or "「" in english or "{" in english or code, code


def test_every_doubt_about_a_split_has_words() -> None:
    assert set(SPLIT_DOUBTS) == set(SplitDoubt)
