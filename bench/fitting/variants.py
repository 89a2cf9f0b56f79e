"""Fit the network that tells variants of a character apart.

    python -m bench.fitting.variants draw --seed 1 --lines 4000 FILE.npz
    python -m bench.fitting.variants fit FILE.npz …

``draw`` writes lines of characters and describes each as the reader does; of some it also keeps
what the engine read. ``fit`` writes the data files of ``app/recognition/data``.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # what numpy keeps under names

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.glyphs import described, glyph
from app.recognition.ppocr import PpOcr
from app.recognition.variants import ELSE, VERSION
from bench.fitting.glyph_lines import PACKAGES, GlyphLine, glyph_lines, missing
from bench.fitting.network import Fitted, fitted, scores
from bench.fitting.variant_groups import (
    HABITS,
    NAMED,
    RUNNING_SHARE,
    SHARES,
    USUAL_SHARE,
)

_FOLDER = Path("app", "recognition", "data")
_READ_EVERY = 4
_REGISTERED, _NAMED = 8, 3
"""How often characters of a group are drawn, beside those that habit alone tells apart: groups with
letters that registers hold, and the others that live on in names."""

_HELD_OUT = 5
_FAINT = 0.02
"""A misreading rarer than this is chance, not habit."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Characters that were drawn.

    Attributes:
        features: Their descriptions (n, features).
        truth: What they are.
        hand: Who wrote each.
        copy: How each came.
        read: What the engine made of them; empty where it was not asked.
    """

    features: NDArray[numpy.float32]
    truth: NDArray[numpy.str_]
    hand: NDArray[numpy.str_]
    copy: NDArray[numpy.str_]
    read: NDArray[numpy.str_]


def draw(seed: int, count: int, path: Path) -> None:
    """Draw lines and keep what is to be seen of their characters."""
    cv2.setNumThreads(1)
    engine = PpOcr()
    every = [char for group in HABITS for char in group]
    for group in NAMED:
        often = _REGISTERED if any(char in SHARES for char in group) else _NAMED
        every += [*group] * often
    rows: list[tuple[NDArray[numpy.float16], str, str, str, str]] = []
    for number, line in enumerate(glyph_lines(seed, every)):
        if number == count:
            break
        read = _read(line, engine) if number % _READ_EVERY == 0 else ""
        for index, char in enumerate(line.text):
            seen = glyph(line.picture, line.places, index)
            if seen is not None and min(seen.shape) >= 6:
                numbers = described(seen).astype(numpy.float16)
                rows.append((numbers, char, line.hand, line.copy, read[index] if read else ""))
    features, truth, hand, copy, told = zip(*rows, strict=True)
    numpy.savez_compressed(
        path,
        features=numpy.stack(features),
        truth=numpy.array(truth),
        hand=numpy.array(hand),
        copy=numpy.array(copy),
        read=numpy.array(told),
    )
    print(f"{path}: {len(rows)} characters")


def _read(line: GlyphLine, engine: PpOcr) -> str:
    """Read a line; empty where the reading cannot be laid beside the truth."""
    read = "".join(engine.read_lines([line.picture])[0].text.split())
    return read if len(read) == len(line.text) else ""


def load(paths: list[Path]) -> Seen:
    """Take together what was drawn."""
    parts = [numpy.load(path) for path in paths]
    features, truth, hand, copy, read = (
        numpy.concatenate([part[name] for part in parts])
        for name in ("features", "truth", "hand", "copy", "read")
    )
    return Seen(features.astype(numpy.float32), truth, hand, copy, read)


def fit(paths: list[Path], *, check: bool) -> None:
    """Fit on all hands, or check on hands that were not fitted on."""
    seen = load(paths)
    drawn = [path.stem for path in paths]
    looked = sorted({ELSE, *(char for group in NAMED for char in group)})
    truth = numpy.where(numpy.isin(seen.truth, looked), seen.truth, ELSE)
    if check:
        hands = sorted(set(seen.hand))
        held = numpy.isin(seen.hand, hands[::_HELD_OUT]) | _is_drawn(seen)
        network = fitted(seen.features[~held], truth[~held], looked)
        _report(network, seen, held, looked)
        return
    mine = ~_is_drawn(seen)
    network = fitted(seen.features[mine], truth[mine], looked)
    _FOLDER.mkdir(exist_ok=True)
    kept: dict[str, Any] = {name: each.astype(numpy.float16) for name, each in network.items()}
    numpy.savez_compressed(
        _FOLDER / f"variants-{VERSION}.npz", characters=numpy.array(looked), **kept
    )
    told = {
        "version": VERSION,
        "fitted": {"by": "bench.fitting.variants", "from": drawn, "characters": int(mine.sum())},
        "temperature": 1.5,
        "likely": likely(seen),
        "written": written(),
    }
    path = _FOLDER / f"variants-{VERSION}.json"
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _is_drawn(seen: Seen) -> NDArray[numpy.bool_]:
    """Say what was written by strokes: those check, but nothing that is shipped is made from them.

    The stroke data is under a share-alike licence.
    """
    return numpy.char.startswith(seen.hand, "strokes-")


def likely(seen: Seen) -> dict[str, dict[str, float]]:
    """Count how often the engine reads one character of a group for another, smoothed."""
    table: dict[str, dict[str, float]] = {}
    counts = Counter(
        (str(truth), str(read)) for truth, read in zip(seen.truth, seen.read, strict=True) if read
    )
    totals = Counter(str(truth) for truth, read in zip(seen.truth, seen.read, strict=True) if read)
    known = {read for _, read in counts}
    for group in (*NAMED, *HABITS):
        for truth in group:
            for read in group:
                if read not in known:
                    continue  # a letter the engine does not have
                usual = 0.9 if read == truth else 0.01
                share = (counts[truth, read] + 2 * usual) / (totals[truth] + 2)
                if share >= _FAINT:
                    row = table.setdefault(read, {})
                    row[truth] = max(row.get(truth, 0.0), round(share, 4))
    for group in NAMED:
        for truth in group:
            else_read = sum(
                count
                for (char, read), count in counts.items()
                if char == truth and read not in group
            )
            share = else_read / (totals[truth] + 2)
            if share >= _FAINT:
                table.setdefault(ELSE, {})[truth] = round(share, 4)
    return {
        read: dict(sorted(row.items()))
        for read, row in sorted(table.items())
        if len(row) > 1 or read not in row
    }


def written() -> dict[str, dict[str, float]]:
    """Say how often twins are written, beside the usual form, by kind of writing."""
    usual = {group[0] for group in (*NAMED, *HABITS)}
    named = {
        char: SHARES.get(char, USUAL_SHARE)
        for group in NAMED
        for char in group[1:]
        if char not in usual
    }
    # A letter that is in a group only because others are taken for it is as usual as any.
    named |= dict.fromkeys("嵩寄鳥蔦来菜模渡演", 1.0) | {
        "栾": 0.001,
        "胱": 0.001,
        "嚴": 0.01,
        "晃": 1.0,
    }
    old = {
        char: RUNNING_SHARE
        for group in (*NAMED, *HABITS)
        for char in group[1:]
        if char not in usual
    }
    old |= dict.fromkeys("嵩寄鳥蔦来菜模渡演斎淵曾藪晃", 1.0)
    habit = {
        char: 0.002 for group in HABITS for char in group[1:] if char not in usual | named.keys()
    }
    return {"names": dict(sorted((habit | named).items())), "running": dict(sorted(old.items()))}


def _report(network: Fitted, seen: Seen, held: NDArray[numpy.bool_], looked: list[str]) -> None:
    """Print how often the right one of a group is likeliest, on hands that were held out."""
    index = {char: place for place, char in enumerate(looked)}
    for group in NAMED:
        mine = held & numpy.isin(seen.truth, list(group))
        if not mine.any():
            continue
        places = [index[char] for char in group]
        best = scores(network, seen.features[mine])[:, places].argmax(axis=1)
        right = numpy.array(list(group))[best] == seen.truth[mine]
        drawn = _is_drawn(seen)[mine]
        strokes = f"{right[drawn].mean():.3f} of {drawn.sum()}" if drawn.any() else ""
        print(f"{group}\t{int(mine.sum())}\t{right.mean():.3f}\tstrokes {strokes}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.fitting.variants", description=__doc__)
    orders = parser.add_subparsers(dest="order", required=True)
    drawing = orders.add_parser("draw")
    drawing.add_argument("--seed", type=int, default=1)
    drawing.add_argument("--lines", type=int, default=4000)
    drawing.add_argument("path", type=Path)
    fitting = orders.add_parser("fit")
    fitting.add_argument("--check", action="store_true", help="hold hands out and report on them")
    fitting.add_argument("paths", type=Path, nargs="+")
    wanted = parser.parse_args()
    if wanted.order == "draw":
        if missing():
            parser.error(f"fonts are missing: {', '.join(missing())}; on Debian: {PACKAGES}")
        draw(wanted.seed, wanted.lines, wanted.path)
    else:
        fit(wanted.paths, check=wanted.check)


if __name__ == "__main__":
    main()
