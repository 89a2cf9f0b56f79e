"""The generator of `make bench-ocr`, with the one font every installation has."""

import random
from collections import Counter

import numpy
import pytest
from PIL import Image

from app.recognition.decoding import open_pages
from app.recognition.fonts import font_file
from app.recognition.reading import ReadingLimits
from bench.reading.copies import COPIES
from bench.reading.letters import NEAT, FontHand
from bench.reading.strokes import LEVELS, StrokeHand
from bench.reading.texts import Vocabulary, Words, invent, is_rare, sentence_of
from bench.reading.ticks import draw_mark, strike_out


def words(seed: int, index: int, *, rare: bool = False) -> Words:
    return invent(
        Vocabulary(seed), random.Random(f"{seed} {index}"), rare=rare, can_write=lambda _: True
    )


def test_the_same_seed_says_the_same() -> None:
    assert [words(7, index) for index in range(20)] == [words(7, index) for index in range(20)]


def test_two_seeds_share_no_opinion_and_hardly_a_sentence() -> None:
    said = [{words(seed, index).opinion for index in range(200)} for seed in (1, 2)]
    assert not said[0] & said[1]
    sentences = []
    for seed in (1, 2):
        chance, vocabulary = random.Random(seed), Vocabulary(seed)
        sentences.append({sentence_of(vocabulary, chance) for _ in range(2000)})
    assert len(sentences[0] & sentences[1]) < 20


def test_rare_letters_come_when_asked_for() -> None:
    names = [words(1, index, rare=True).name for index in range(60)]
    assert all(is_rare(each) for each in names)
    found = Counter(letter for name in names for letter in name if letter in "髙﨑濵邉𠮷")
    assert set(found) == set("髙﨑濵邉𠮷")


def test_a_writer_is_given_no_letter_it_lacks() -> None:
    hand = FontHand(font_file())
    assert hand.can_write("北星市 髙橋")
    assert not hand.can_write("𠮷野")  # this font has no such letter
    for index in range(40):
        said = invent(Vocabulary(1), random.Random(index), rare=True, can_write=hand.can_write)
        assert hand.can_write(said.name + said.address + said.opinion)


def test_a_careful_hand_is_uneven_and_the_same_each_time() -> None:
    hand = FontHand(font_file(), NEAT)
    first, again, other = (hand.letter("市", 60, random.Random(seed)) for seed in (1, 1, 2))
    assert numpy.array_equal(first.ink, again.ink)
    assert not numpy.array_equal(first.ink, other.ink)
    assert FontHand(font_file()).letter("市", 60, random.Random(1)).ink.max() == 255


@pytest.mark.parametrize("level", LEVELS)
def test_strokes_are_drawn_and_the_same_each_time(level: int) -> None:
    hand = StrokeHand(level, random.Random(level))
    assert hand.can_write("渡邉 市「案」の（1）、Wi-Fi 30％。")
    assert not hand.can_write("𠮷")
    first, again = (hand.letter("永", 60, random.Random(1)) for _ in range(2))
    assert numpy.array_equal(first.ink, again.ink)
    assert first.ink.max() > 200


def test_marks_leave_ink() -> None:
    for seed in range(12):
        ink = numpy.zeros((120, 120), numpy.uint8)
        draw_mark(ink, (40, 40, 80, 80), 5, random.Random(seed))
        before = int(ink.astype(bool).sum())
        assert before > 100
        strike_out(ink, (40, 40, 80, 80), 5, random.Random(seed))
        assert ink.astype(bool).sum() > before


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_a_file_we_open_and_the_same_each_time(copy: str) -> None:
    sheet = Image.new("L", (827, 1169), 255)  # coarse, to be quick
    sheet.paste(0, (100, 100, 700, 140))
    first, again = (COPIES[copy](sheet, random.Random("copy")) for _ in range(2))
    # A PDF says when it was made; the picture in it is the same.
    pictures = [open_pages(each, ReadingLimits()).page(1).grey for each in (first, again)]
    assert numpy.array_equal(pictures[0], pictures[1])
    assert min(pictures[0].shape) > 800
    assert 0.5 < (pictures[0] > 128).mean() < 1
