"""Hands that are bent write other letters every time, and the same ones from the same chance."""

import random

import numpy

from app.recognition.fonts import font_file
from bench.fitting.fax_lines import BentHand
from bench.reading.letters import FontHand


def test_a_bent_hand_writes_a_letter_otherwise_every_time() -> None:
    own = FontHand(font_file())
    bent = BentHand(own, 0.02, 0)
    chance = random.Random(1)
    plain, first, second = (
        hand.letter("永", 60, chance).ink.astype(int) for hand in (own, bent, bent)
    )
    again = bent.letter("永", 60, random.Random(1)).ink
    assert numpy.array_equal(first, again)
    assert numpy.abs(first - second).sum() > 0.05 * plain.sum()
    assert abs(first.sum() - plain.sum()) < 0.2 * plain.sum()


def test_a_broader_pen_leaves_more_ink() -> None:
    thin, broad = (
        BentHand(FontHand(font_file()), 0, thicker).letter("永", 60, random.Random(1)).ink
        for thicker in (-1, 1)
    )
    assert broad.sum() > 1.3 * thin.sum()
