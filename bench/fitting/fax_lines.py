"""Lines of words on faxed forms, with what the network saw of them and what was written."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy
from numpy.typing import NDArray
from PIL import Image
from rapidfuzz.distance import Levenshtein
from sudachipy import Dictionary

from app.domain.comment_form import ADDRESS, NAME, OPINION
from app.recognition.decoding import open_pages
from app.recognition.faxed import named
from app.recognition.fields import lines_in
from app.recognition.filled_form import as_fax_tiff
from app.recognition.form_template import FormTemplate
from app.recognition.lines import LineCut
from app.recognition.ppocr import PpOcr
from app.recognition.reading import ReadingLimits
from app.recognition.registration import find_sheet, place
from bench.fitting.glyph_lines import FOLDER, SCRIPT, TYPE
from bench.reading.letters import FontHand, Hand, Jitter, Letter
from bench.reading.sheets import Blank, write
from bench.reading.ticks import Mark

_TYPE_MM, _HAND_MM = (3.6, 5.2), (4.0, 6.0)
_LONGEST_WORD = 8
_OPINION, _FEWEST = (120, 250), 8
_WORST = 0.4
"""Of a line so badly read that nothing is known of what stands where."""

_SPOILED = 1e-9

_TYPED_PART, _BENT_PART = 0.55, 0.7
"""Of the forms; and of those by hand, where strokes bend beside."""

_BENDS = 5
"""Spots of a letter, each way, that are moved by themselves."""

_KINDS = {
    "名詞-普通名詞": "noun",
    "名詞-固有名詞-人名": "person",
    "名詞-固有名詞-地名": "place",
    "名詞-固有名詞-一般": "noun",
    "動詞": "verb",
    "形容詞": "verb",
    "形状詞": "noun",
    "副詞": "noun",
}
_PARTICLES = "のをがにはでともへや"
_LINKS: tuple[str, ...] = (
    "から",
    "まで",
    "より",
    "など",
    "について",
    "による",
    "としての",
    "、",
    "、",
    "・",
)
_ENDS: tuple[str, ...] = (
    "です。",
    "ます。",
    "ください。",
    "。",
    "と思います。",
    "ではありません。",
    "！",
    "か？",
)
_UNITS: tuple[str, ...] = (
    *"年月日円時分人枚点条件回階章",
    "万円",
    "億円",
    "千円",
    "ページ",
    "％",
    "丁目",
    "番地",
    "号室",
)
_GAPS: tuple[str, ...] = ("\u3000", "\u3000", " ", "")
"""Whoever never saw a gap takes it for a level stroke that was lost."""

_KANJI_DIGITS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class FaxLine:
    """One line as it came by fax.

    Attributes:
        seen: What the network saw, step by step, before it named characters.
        wanted: The character that each step ought to name; 0 for none, -1 where that is unknown.
        hand: Who wrote it.
        fineness: Lines to the inch.
    """

    seen: NDArray[numpy.float32]
    wanted: NDArray[numpy.int32]
    hand: str
    fineness: int


class FaxLines:
    """Writes forms, sends them by fax and lets the network look at their lines."""

    def __init__(self, template: FormTemplate, blank: Blank) -> None:
        """Load the network and the words."""
        self._template = template
        self._blank = blank
        self._engine = PpOcr()
        self._naming = self._engine.naming()
        characters = self._engine.characters
        self._index = {char: at for at, char in enumerate(characters) if char.strip()}
        self._spaces = [at for at, char in enumerate(characters) if char.isspace()]

    def lines(self, seed: int, forms: int) -> Iterator[FaxLine]:
        """Give the lines of so many forms; the same seed gives the same ones."""
        for number in range(forms):
            chance = random.Random(f"fax {seed} {number}")
            hand, size = _hand(chance)
            answers = _answers(hand, chance)
            sheet = write(self._blank, hand, answers, Mark.BLANK, [], chance, size=size)
            fineness = 98 if chance.random() < 0.7 else 196
            data = _faxed(sheet, fineness, chance)
            for pointer, cuts in self._cuts(data).items():
                if cuts:
                    yield from self._told(answers[pointer], cuts, hand.name, fineness)

    def _cuts(self, data: bytes) -> dict[str, Sequence[LineCut]]:
        raster = open_pages(data, ReadingLimits()).page(1)
        placement = place(find_sheet(raster), self._template)
        if placement is None:
            return {}
        return {
            cell.field: lines_in(raster, placement, self._template, cell)
            for cell in self._template.fields
            if cell.page == 1 and cell.field in {NAME, ADDRESS, OPINION}
        }

    def _told(
        self, text: str, cuts: Sequence[LineCut], hand: str, fineness: int
    ) -> Iterator[FaxLine]:
        """Lay what was written beside what was read, and give each line with its part."""
        looked = [self._engine.seen(each.picture) for each in cuts]
        steps = [named(each, *self._naming) for each in looked]
        read = [self._said(each) for each in steps]
        parts = _parts("".join(text.split()), read)
        for seen, chances, part, said in zip(looked, steps, parts, read, strict=True):
            if part and Levenshtein.distance(part, said) <= _WORST * len(part):
                wanted = self._aligned(chances, part)
                if wanted is not None:
                    yield FaxLine(seen, wanted, hand, fineness)

    def _said(self, chances: NDArray[numpy.float32]) -> str:
        best = chances.argmax(axis=1)
        new = numpy.concatenate(([True], best[1:] != best[:-1]))
        return "".join(self._engine.characters[at] for at in best[new]).replace(" ", "")

    def _aligned(self, chances: NDArray[numpy.float32], part: str) -> NDArray[numpy.int32] | None:
        """Find the likeliest steps at which a text is named (Viterbi, as CTC counts them)."""
        states = [0]
        for char in part:
            states += [self._index.get(char, -1), 0]
        likely = numpy.stack(
            [
                numpy.log(chances[:, each] + _SPOILED)
                if each >= 0
                else numpy.full(len(chances), -6.0)
                for each in states
            ],
            axis=1,
        )
        count = len(states)
        if len(chances) < len(part):
            return None
        best = numpy.full(count, -numpy.inf)
        best[:2] = likely[0, :2]
        came = numpy.zeros((len(chances), count), numpy.int64)
        may_skip = numpy.array(
            [at > 1 and states[at] != 0 and states[at] != states[at - 2] for at in range(count)]
        )
        for step in range(1, len(chances)):
            one = numpy.concatenate(([-numpy.inf], best[:-1]))
            two = numpy.where(
                may_skip, numpy.concatenate(([-numpy.inf] * 2, best[:-2])), -numpy.inf
            )
            every = numpy.stack([best, one, two])
            came[step] = every.argmax(axis=0)
            best = every.max(axis=0) + likely[step]
        at = count - 1 if best[-1] >= best[-2] else count - 2
        wanted = numpy.zeros(len(chances), numpy.int32)
        for step in range(len(chances) - 1, -1, -1):
            wanted[step] = states[at]
            at -= int(came[step, at])
        # A space is found by its gap, not by its name; the network may see one where it likes.
        wanted[numpy.isin(chances.argmax(axis=1), self._spaces) & (wanted == 0)] = -1
        return wanted


def _parts(text: str, read: Sequence[str]) -> list[str]:
    """Say of each line that was read which part of a text it is."""
    ends = numpy.cumsum([len(each) for each in read])
    spots = [0]
    ops = Levenshtein.opcodes("".join(read), text)
    for end in ends[:-1]:
        at = next((each for each in ops if each.src_start <= end <= each.src_end), None)
        moved = (
            len(text)
            if at is None
            else at.dest_start + min(int(end) - at.src_start, at.dest_end - at.dest_start)
        )
        spots.append(moved)
    return [text[a:b] for a, b in zip(spots, [*spots[1:], len(text)], strict=True)]


class BentHand:
    """A hand whose strokes bend and swell otherwise in every letter: of few fonts many hands."""

    def __init__(self, hand: Hand, much: float, thicker: int) -> None:
        """Keep the hand.

        Args:
            hand: Whose letters are bent.
            much: How far spots of a letter are moved, in parts of its size.
            thicker: 1 for a broader pen, -1 for a finer one, 0 for its own.
        """
        self._hand = hand
        self._much = much
        self._thicker = thicker

    @property
    def name(self) -> str:
        """The name of the hand whose letters are bent."""
        return self._hand.name

    def can_write(self, text: str) -> bool:
        """Say whether it has every letter of a text."""
        return self._hand.can_write(text)

    def letter(self, char: str, size: float, chance: random.Random) -> Letter:
        """Write one letter."""
        letter = self._hand.letter(char, size, chance)
        high, wide = letter.ink.shape
        if not high or not wide:
            return letter
        moves = [
            cv2.resize(
                _spots(chance, self._much * size), (wide, high), interpolation=cv2.INTER_CUBIC
            )
            for _ in range(2)
        ]
        across, down = numpy.meshgrid(
            numpy.arange(wide, dtype=numpy.float32), numpy.arange(high, dtype=numpy.float32)
        )
        ink = cv2.remap(letter.ink, across + moves[0], down + moves[1], cv2.INTER_LINEAR)
        if self._thicker:
            turn = cv2.dilate if self._thicker > 0 else cv2.erode
            ink = turn(ink, numpy.ones((2, 2), numpy.uint8))
        return replace(letter, ink=ink.astype(numpy.uint8, copy=False))


def _spots(chance: random.Random, much: float) -> NDArray[numpy.float32]:
    """Draw how far each of a few spots of a letter is moved."""
    drawn = [[chance.gauss(0, much) for _ in range(_BENDS)] for _ in range(_BENDS)]
    return numpy.array(drawn, numpy.float32)


def _hand(chance: random.Random) -> tuple[Hand, tuple[float, float]]:
    if chance.random() < _TYPED_PART:
        return FontHand(FOLDER / chance.choice(_present(TYPE))), _TYPE_MM
    much = chance.uniform(0.5, 1.5)
    jitter = Jitter(place=0.025 * much, size=0.04 * much, slant=2.0 * much)
    hand: Hand = FontHand(FOLDER / chance.choice(_present(SCRIPT)), jitter)
    if chance.random() < _BENT_PART:
        hand = BentHand(hand, chance.uniform(0.005, 0.025), chance.choice((-1, 0, 0, 1)))
    return hand, _HAND_MM


@lru_cache(maxsize=2)
def _present(fonts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in fonts if (FOLDER / each).is_file())


def _faxed(sheet: Image.Image, fineness: int, chance: random.Random) -> bytes:
    """Send a sheet by a fax machine of some make: blurred, light or dark, rows skipped or joined."""
    page = numpy.asarray(sheet)
    high, wide = page.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), chance.uniform(-0.6, 0.6), 1.0)
    page = cv2.warpAffine(page, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(255,))
    page = cv2.GaussianBlur(page, (0, 0), chance.uniform(0.4, 1.1)).astype(numpy.float32)
    if fineness < 100 and chance.random() < 0.25:
        page[1::6] = page[0::6][: len(page[1::6])]
        for skipped in (3, 4, 5):
            page[skipped::6] = page[1::6][: len(page[skipped::6])]
        page[2::6] = page[1::6][: len(page[2::6])]
    lighter = chance.gauss(0, 16)
    page = (page + lighter * (page < 252)).clip(0, 255)
    noise = numpy.random.default_rng(chance.randrange(2**32))
    specks = (noise.random(page.shape) < 0.00004).astype(numpy.uint8)
    page[cv2.dilate(specks, numpy.ones((3, 3), numpy.uint8)) > 0] = 0
    return as_fax_tiff([Image.fromarray(page.astype(numpy.uint8))], dpi=(204, fineness))


def _answers(hand: Hand, chance: random.Random) -> dict[str, str]:
    """Put words together; they mean nothing."""
    words = _words()

    def word(kind: str) -> str:
        for _ in range(200):
            found = chance.choice(words[kind])
            if hand.can_write(found):
                return found
        return "市"

    def number() -> str:
        return str(chance.randint(1, 10 ** chance.randint(1, 4)))

    def phrase() -> str:
        kind = chance.random()
        if kind < 0.15:
            return number() + chance.choice(_UNITS)
        if kind < 0.25:
            return f"「{word('noun')}」" if kind < 0.2 else f"（{word('noun')}）"
        after = chance.choice(_PARTICLES) if chance.random() < 0.75 else chance.choice(_LINKS)
        return word(chance.choices(("noun", "verb", "place", "person"), (6, 2, 1, 1))[0]) + after

    opinion = ""
    wanted = chance.randint(*_OPINION)
    while len(opinion) < wanted:
        opinion += "".join(phrase() for _ in range(chance.randint(2, 6)))
        opinion += word(chance.choice(("verb", "noun"))) + chance.choice(_ENDS)
        opinion += chance.choice(("", "", *_GAPS))
    few = chance.choice(_KANJI_DIGITS), chance.choice(_KANJI_DIGITS)
    block = chance.choice(
        (
            f"{number()}丁目{number()}番{number()}号",
            f"{few[0]}条{few[1]}丁目{number()}番{number()}号",
            f"{few[0]}丁目{number()}番地の{number()}",
            f"{chance.randint(1, 30)}-{chance.randint(1, 99)}-{number()}",
            f"{number()}条通{number()}番地",
        )
    )
    end = chance.choice(("", "", f"{word('noun')}{number()}号室", f"{word('noun')}{number()}"))
    return {
        NAME: word("person") + chance.choice(_GAPS) + word("person"),
        ADDRESS: word("place") + block + chance.choice(_GAPS) + end,
        OPINION: "".join(each for each in opinion if hand.can_write(each)),
    }


@lru_cache(maxsize=1)
def _words() -> dict[str, list[str]]:
    """Give the words of the dictionary that keyboards can write, by their kind."""
    found: dict[str, set[str]] = {}
    for each in Dictionary(dict="core").entries():
        speech = each.part_of_speech()
        kind = (
            _KINDS.get(speech[0])
            or _KINDS.get(f"{speech[0]}-{speech[1]}")
            or _KINDS.get("-".join(speech[:3]))
        )
        text = each.surface()
        if kind and len(text) <= _LONGEST_WORD and _is_typed(text):
            found.setdefault(kind, set()).add(text)
    return {kind: sorted(words) for kind, words in found.items()}


def _is_typed(text: str) -> bool:
    try:
        text.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return not text.isascii()
