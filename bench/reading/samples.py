"""Filled and copied forms of one seed, each with what was written on it."""

import json
import multiprocessing
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION, REPRESENTATIVE
from bench.reading.copies import COPIES, SUFFIXES
from bench.reading.letters import Hand
from bench.reading.sheets import Blank, write
from bench.reading.texts import RARE_EVERY, CanWrite, Vocabulary, invent
from bench.reading.ticks import MARKS, Mark
from bench.reading.writers import hand_of

FIELDS = (NAME, ADDRESS, REPRESENTATIVE, OPINION, CATEGORY_CODE)
"""What is scored; nobody here writes as an organisation, so the representative stays empty."""

_TYPE_MM, _HAND_MM = (3.7, 5.0), (4.2, 5.8)
"""Sizes of letters: type of 10.5 to 14 points, and what people write between the lines."""


Address = Callable[[random.Random, CanWrite], str]
"""Invents an address of letters that a writer has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which form is to be made; nothing else decides how it looks."""

    seed: int
    writing: str
    copy: str
    index: int

    @property
    def name(self) -> str:
        """Its name, the same for the same order."""
        return f"{self.seed}-{self.writing}-{self.copy}-{self.index:04d}"

    @property
    def filename(self) -> str:
        """The name of its file."""
        return self.name + SUFFIXES[self.copy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One form as it arrives.

    Attributes:
        order: What was ordered.
        truth: What was written, by JSON pointer; empty where nothing was.
        mark: How the category was answered.
        hand: Who wrote.
        data: The file.
    """

    order: Order
    truth: Mapping[str, str]
    mark: Mark
    hand: str
    data: bytes


def orders(
    seed: int, writings: Sequence[str], copies: Sequence[str], forms: int
) -> Iterator[Order]:
    """Order so many forms of every writing and copy."""
    for index in range(forms):
        for writing in writings:
            for copy in copies:
                yield Order(seed=seed, writing=writing, copy=copy, index=index)


def make(order: Order, blank: Blank, address: Address | None = None) -> Sample:
    """Make a form: the same order gives the same bytes.

    Args:
        order: What was ordered.
        blank: The form that is filled in.
        address: Gives an address in place of the invented one, which everything else stays beside.
    """
    chance = random.Random(f"form {order.name}")
    hand = hand_of(order.writing, chance)
    answers = words_of(order, hand, chance)
    if address is not None:
        answers[ADDRESS] = address(random.Random(f"address {order.name}"), hand.can_write)
    mark = chance.choices([each for each, _ in MARKS], [weight for _, weight in MARKS])[0]
    codes, meant = _choice(mark, sorted(blank.choices), chance)
    size = _TYPE_MM if order.writing == "typed" else _HAND_MM
    sheet = write(blank, hand, answers, mark, codes, chance, size=size)
    return Sample(
        order=order,
        truth={**dict.fromkeys(FIELDS, ""), **answers, CATEGORY_CODE: meant},
        mark=mark,
        hand=hand.name,
        data=COPIES[order.copy](sheet, random.Random(f"copy {order.name}")),
    )


def words_of(order: Order, hand: Hand, chance: random.Random) -> dict[str, str]:
    """Invent what is written, by JSON pointer."""
    # Rare letters are spread over the classes, so that few forms hold some too.
    start = random.Random(f"rare {order.seed} {order.writing} {order.copy}").randrange(RARE_EVERY)
    rare = (order.index + start) % RARE_EVERY == 0
    said = invent(_vocabulary(order.seed), chance, rare=rare, can_write=hand.can_write)
    return {NAME: said.name, ADDRESS: said.address, OPINION: said.opinion}


def kept(order: Order, blank: Blank, folder: Path | None) -> Sample:
    """Make a form, or take it from the folder where an earlier run kept it."""
    if folder is None:
        return make(order, blank)
    file, beside = folder / order.filename, folder / f"{order.name}.json"
    if file.is_file() and beside.is_file():
        told = json.loads(beside.read_text(encoding="utf-8"))
        return Sample(
            order=order,
            truth=told["truth"],
            mark=Mark(told["mark"]),
            hand=told["hand"],
            data=file.read_bytes(),
        )
    sample = make(order, blank)
    told = {"truth": dict(sample.truth), "mark": sample.mark, "hand": sample.hand}
    file.write_bytes(sample.data)
    beside.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return sample


def make_all(
    orders: Sequence[Order], blank: Blank, folder: Path | None, processes: int
) -> list[Sample]:
    """Make forms in so many processes."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        processes, mp_context=fresh, initializer=_keep, initargs=(blank, folder)
    ) as pool:
        return list(pool.map(_made, orders))


_kept: list[tuple[Blank, Path | None]] = []
"""In a process of the pool: the form, sent there once and not with every order."""


def _keep(blank: Blank, folder: Path | None) -> None:
    cv2.setNumThreads(1)
    _kept.append((blank, folder))


def _made(order: Order) -> Sample:
    return kept(order, *_kept[-1])


def _choice(mark: Mark, codes: Sequence[str], chance: random.Random) -> tuple[list[str], str]:
    """Choose the boxes that are marked, and what that means; two marks mean nothing certain."""
    if mark is Mark.BLANK:
        return [], ""
    if mark is Mark.SINGLE:
        code = chance.choice(codes)
        return [code], code
    two = chance.sample(codes, 2)
    return two, two[1] if mark is Mark.STRUCK else ""


@lru_cache(maxsize=4)
def _vocabulary(seed: int) -> Vocabulary:
    return Vocabulary(seed)
