"""What people write on the forms of one seed: names, addresses, opinions, all invented.

A seed knows only a part of the vocabulary, and sentences are put together from several slots, so
that two seeds hardly ever share a sentence and never an opinion.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.reading import words

_Word = TypeVar("_Word")

RARE_EVERY = 10
"""One name in so many holds 髙 﨑 濵 邉 or 𠮷, where the writer has such a letter."""

_KNOWN_PART = 0.6
_LONGEST_OPINION = 190

CanWrite = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one writer says.

    Attributes:
        name: Surname and given name, parted by a space as wide as a letter, or not at all.
        address: As it is written on an envelope.
        opinion: One paragraph.
    """

    name: str
    address: str
    opinion: str


class Vocabulary:
    """The words that the writers of one seed know."""

    def __init__(self, seed: int) -> None:
        """Choose them."""
        chance = random.Random(f"vocabulary {seed}")

        def some(known: Sequence[str]) -> tuple[str, ...]:
            return tuple(chance.sample(known, max(2, round(len(known) * _KNOWN_PART))))

        self.surnames = some((*words.COMMON_SURNAMES, *words.OTHER_SURNAMES))
        self.topics = some(words.TOPICS)
        self.aspects = some(words.ASPECTS)
        self.requests = some(words.REQUESTS)
        self.people = some(words.PEOPLE)
        self.troubles = some(words.TROUBLES)
        self.facilities = tuple(
            f"{place}{facility}"
            for place in some(words.PLACES)
            for facility in chance.sample(words.FACILITIES, 6)
        )
        self.towns = tuple(
            f"{first}{chance.choice(words.TOWN_LAST)}" for first in some(words.TOWN_FIRST)
        )
        self.cities = tuple(
            f"{chance.choice(words.CITY_FIRST)}{chance.choice(words.CITY_LAST)}"
            f"{chance.choice(words.CITY_KINDS)}"
            for _ in range(12)
        )


def invent(
    vocabulary: Vocabulary, chance: random.Random, *, rare: bool, can_write: CanWrite
) -> Words:
    """Invent what one writer says, in letters the writer has.

    Args:
        vocabulary: The words of the seed.
        chance: Draws; the same state gives the same words.
        rare: Whether the name is to hold a letter that keyboards miss.
        can_write: Whether the writer has all letters of a text.
    """
    return Words(
        name=_writable(
            lambda: _name(vocabulary, chance, rare=rare, can_write=can_write), can_write
        ),
        address=_writable(lambda: _address(vocabulary, chance), can_write),
        opinion=_opinion(vocabulary, chance, can_write),
    )


def is_rare(name: str) -> bool:
    """Say whether a name holds one of the letters that keyboards miss."""
    return any(letter in name for letter in words.RARE_SURNAMES)


def _writable(make: Callable[[], str], can_write: CanWrite) -> str:
    for _ in range(200):
        made = make()
        if can_write(made):
            return made
    raise ValueError("this writer has no letters for it")


def _name(vocabulary: Vocabulary, chance: random.Random, *, rare: bool, can_write: CanWrite) -> str:
    surname = chance.choice(vocabulary.surnames)
    letters = [each for each in words.RARE_SURNAMES if can_write(each)]
    if rare and letters:
        surname = chance.choice(words.RARE_SURNAMES[chance.choice(letters)])
    if chance.random() < 0.2:
        given = chance.choice(words.GIVEN_KANA)
    elif chance.random() < 0.15:
        given = chance.choice(words.GIVEN_FIRST)
    else:
        given = chance.choice(words.GIVEN_FIRST) + chance.choice(words.GIVEN_LAST)
    between = chance.choice(("\u3000", "\u3000", " ", ""))
    return f"{surname}{between}{given}"


def _address(vocabulary: Vocabulary, chance: random.Random) -> str:
    prefecture = chance.choice(words.PREFECTURES)
    city, town = chance.choice(vocabulary.cities), chance.choice(vocabulary.towns)
    number, house, room = chance.randint(1, 48), chance.randint(1, 30), chance.randint(101, 909)
    kanji = "一二三四五六七八九"[chance.randrange(9)]
    block = chance.choice(
        (
            f"{chance.randint(1, 29)}条{chance.randint(1, 20)}丁目{number}番{house}号",
            f"{chance.randint(1, 9)}丁目{number}番地",
            f"{chance.randint(1, 9)}丁目{number}番地の{house}",
            f"{chance.randint(1, 9)}丁目{number}-{house}",
            f"{chance.randint(1, 9)}-{number}-{house}",
            f"{kanji}条{'一二三四五六七八九'[chance.randrange(9)]}丁目{number}番{house}号",
            f"{kanji}丁目{number}番{house}号",
            f"{chance.randint(1, 2400)}番地",
        )
    )
    building = f"{chance.choice(words.BUILDINGS)}{chance.choice(words.BUILDING_ENDS)}"
    rest = chance.choice(("", "", "", f" {building}{room}号室", f" {building}{room}", f" {room}号"))
    return f"{prefecture}{city}{town}{block}{rest}"


def _opinion(vocabulary: Vocabulary, chance: random.Random, can_write: CanWrite) -> str:
    said = (
        _writable(lambda: chance.choice(words.OPENINGS), can_write) if chance.random() < 0.4 else ""
    )
    for _ in range(chance.randint(2, 5)):
        sentence = _writable(lambda: sentence_of(vocabulary, chance), can_write)
        if len(said) + len(sentence) <= _LONGEST_OPINION:
            said += sentence
    if chance.random() < 0.3 and len(said) < _LONGEST_OPINION - 20:
        said += _writable(lambda: chance.choice(words.CLOSINGS), can_write)
    return said


def sentence_of(vocabulary: Vocabulary, chance: random.Random) -> str:
    """Put one sentence together."""
    topic, aspect = chance.choice(vocabulary.topics), chance.choice(vocabulary.aspects)
    request = chance.choice(vocabulary.requests)
    facility = chance.choice(vocabulary.facilities)
    someone = f"{chance.choice(vocabulary.people)}{chance.choice(vocabulary.troubles)}"
    page, year, percent = chance.randint(2, 68), chance.randint(3, 12), chance.randint(2, 95)
    money = f"{chance.randint(1, 980)}{chance.choice(('万円', '億円', ',500万円', '千円'))}"
    return chance.choice(
        (
            f"{topic}について、{aspect}{request}",
            f"資料の{page}ページにある「{topic}」の{aspect}{request}",
            f"{facility}の近くでは、{topic}が進まず{someone}",
            f"令和{year}年度までに{topic}の{aspect}{request}",
            f"{topic}に{money}を使うなら、{aspect}{request}",
            f"{facility}では{percent}％の人が{topic}に不満だと聞き、{someone}",
            f"{topic}よりも{chance.choice(vocabulary.topics)}を先に行い、{facility}の{aspect}{request}",
            f"午後{chance.randint(1, 9)}時以降も{facility}を開け、{topic}の{aspect}{request}",
            f"第{chance.randint(1, 9)}章の{topic}（{facility}を含む）は{aspect}{request}",
            f"{facility}まで{chance.randint(2, 90)}分かかり、{someone}",
        )
    )


def one_of(chance: random.Random, weighted: Sequence[tuple[_Word, float]]) -> _Word:
    """Choose by weight."""
    return chance.choices([each for each, _ in weighted], [weight for _, weight in weighted])[0]
