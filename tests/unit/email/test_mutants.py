"""Spoilt mails: whatever comes, it is read, and what was read can be stored."""

import pytest

from app.channels.email.opening import open_mail
from tests.corpus.mails import CORPUS
from tests.unit.email.mails import MAILS
from tests.unit.email.mutants import mutant
from tests.unit.email.test_message import RECEIVED, check_is_storable, opened

RUNS = 20
"""The count is divided, so that workers can share it."""
MUTANTS = 100_000
SAMPLE = 1_500
WITH_FILES = 1_000
FEW_WITH_FILES = 5
OWN = frozenset({"simin@example.jp"})


def sources() -> list[bytes]:
    return [*(case.raw for case in MAILS), *(mail.raw for mail in CORPUS)]


def described(seed: int, place: int, problem: Exception) -> str:
    return f"mutant of mail {place} by seed {seed}: {type(problem).__name__}: {problem}"


@pytest.mark.soak
@pytest.mark.parametrize("run", range(RUNS))
def test_no_mutant_raises(run: int, soak: bool) -> None:
    raws = sources()
    each = (MUTANTS if soak else SAMPLE) // RUNS
    raised: list[str] = []
    for seed in range(run * MUTANTS // RUNS, run * MUTANTS // RUNS + each):
        place = seed % len(raws)
        try:
            found = open_mail(mutant(raws[place], seed), own_addresses=OWN, received_at=RECEIVED)
            check_is_storable(found.contents)
        except Exception as problem:  # noqa: BLE001 - all of them are to be told, not the first
            raised.append(described(seed, place, problem))
    assert raised == []


@pytest.mark.soak
def test_no_mutant_raises_when_its_files_are_opened(soak: bool) -> None:
    raws = [mail.raw for mail in CORPUS if mail.files]
    for seed in range(WITH_FILES if soak else FEW_WITH_FILES):
        check_is_storable(opened(mutant(raws[seed % len(raws)], seed)))


def test_a_mutant_is_the_same_every_time() -> None:
    raw = MAILS[0].raw
    assert [mutant(raw, seed) for seed in range(50)] == [mutant(raw, seed) for seed in range(50)]
    assert len({mutant(raw, seed) for seed in range(50)}) > 40
