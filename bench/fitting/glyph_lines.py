"""Lines of characters whose places are known, in many hands, copied badly."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy

from app.recognition.fields import DOTS_PER_MM
from app.recognition.lines import PADDING_MM, cut_lines
from app.recognition.ocr import Grey, LinePicture, as_grey
from bench.reading import letters, strokes
from bench.reading.letters import FontHand, Hand, Jitter

FOLDER = Path("/usr/share/fonts")
PACKAGES = (
    "fonts-aoyagi-soseki fonts-hanazono fonts-horai-umefont fonts-ipaexfont fonts-ipafont "
    "fonts-ipamj-mincho fonts-kiloji fonts-klee fonts-konatu fonts-kouzan-mouhitsu fonts-migmix "
    "fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho fonts-motoya-l-cedar "
    "fonts-motoya-l-maruberi fonts-noto-cjk fonts-sawarabi-mincho fonts-seto fonts-takao "
    "fonts-umeplus fonts-vlgothic fonts-yozvox-yozfont fonts-yusei-magic"
)
"""Debian packages of the fonts; only who fits anew needs them."""

TYPE = (
    "opentype/ipaexfont-gothic/ipaexg.ttf",
    "opentype/ipaexfont-mincho/ipaexm.ttf",
    "opentype/ipafont-mincho/ipam.ttf",
    "opentype/noto/NotoSansCJK-Bold.ttc",
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "opentype/noto/NotoSerifCJK-Regular.ttc",
    "truetype/bizud-gothic/BIZUDGothic-Bold.ttf",
    "truetype/bizud-gothic/BIZUDGothic-Regular.ttf",
    "truetype/bizud-mincho/BIZUDMincho-Regular.ttf",
    "truetype/hanazono/HanaMinA.ttf",
    "truetype/horai-umefont/ume-tgo4.ttf",
    "truetype/ipamj/ipamjm.ttf",
    "truetype/konatu/Konatu.ttf",
    "truetype/migmix/migmix-1m-regular.ttf",
    "truetype/migmix/migu-1c-regular.ttf",
    "truetype/motoya-l-cedar/MTLc3m.ttf",
    "truetype/motoya-l-maruberi/MTLmr3m.ttf",
    "truetype/sawarabi-mincho/sawarabi-mincho-medium.ttf",
    "truetype/takao-gothic/TakaoGothic.ttf",
    "truetype/takao-mincho/TakaoMincho.ttf",
    "truetype/umeplus/umeplus-gothic.ttf",
    "truetype/vlgothic/VL-Gothic-Regular.ttf",
)
SCRIPT = (
    "truetype/aoyagi-soseki/aoyagi-soseki.ttf",
    "truetype/kiloji/kiloji.ttf",
    "truetype/klee/KleeOne-Regular.ttf",
    "truetype/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf",
    "truetype/kouzan-mouhitsu/kouzan-mouhitsu.ttf",
    "truetype/seto/setofont-ex.ttf",
    "truetype/yozvox-yozfont/YOzBSFi.ttf",
    "truetype/yozvox-yozfont/YOzBS_.ttf",
    "truetype/yozvox-yozfont/YOzRSX.ttf",
    "truetype/yozvox-yozfont/YOzRS_.ttf",
    "truetype/yusei-magic/YuseiMagic-Regular.ttf",
)
COPIES = ("scan-300", "scan-200", "photo", "fax-196", "fax-98")
_DOTS = letters.DOTS_PER_MM
_LENGTH = 7
_WIDE_MM, _HIGH_MM = 120.0, 14.0
_FILLERS = (
    "佐藤田中木村山本川野原小林加井上松下石橋森池内子美一郎健太介花香優里奈由千尋誠直樹弘之幸雄"
)
_KANJI = "".join(
    bytes((row, cell)).decode("euc_jp", "ignore")
    for row in range(0xB0, 0xD0)
    for cell in range(0xA1, 0xFF)
)
"""What people write most: the kanji of JIS X 0208, level 1."""

_SHARES = (0.8, 0.08, 0.12)


@dataclass(frozen=True, slots=True)
class GlyphLine:
    """One line.

    Attributes:
        text: Its characters; no spaces.
        places: Their middles, in columns of the picture.
        picture: The line as the reader cuts it.
        hand: Who wrote it.
        copy: How it came.
    """

    text: str
    places: tuple[float, ...]
    picture: LinePicture
    hand: str
    copy: str


def glyph_lines(seed: int, characters: Sequence[str]) -> Iterator[GlyphLine]:
    """Write lines for ever; the same seed writes the same ones."""
    chance = random.Random(f"glyphs {seed}")
    while True:
        line = _line(chance, characters)
        if line is not None:
            yield line


def _line(chance: random.Random, characters: Sequence[str]) -> GlyphLine | None:
    hand = _hand(chance)
    wanted = [
        chance.choice(chance.choices((characters, _FILLERS, _KANJI), _SHARES)[0])
        for _ in range(_LENGTH)
    ]
    text = "".join(each for each in wanted if hand.can_write(each))
    if not text:
        return None
    try:
        page, middles = _written(text, hand, chance)
    except OSError:  # FreeType refuses some outlines at some sizes
        return None
    copy = chance.choice(COPIES)
    cuts = cut_lines(_copied(page, copy, chance), DOTS_PER_MM, [])
    if not cuts:
        return None
    cut = max(cuts, key=lambda each: each.picture.grey.size)
    left, top, _, bottom = cut.box_mm
    pad = max(2, round(PADDING_MM * DOTS_PER_MM))
    high = (bottom - top) * DOTS_PER_MM
    # The reader knows the middles about so well, and a little to the right (measured).
    off = chance.gauss(0.04, 0.03)
    places = tuple(
        (middle / _DOTS - left) * DOTS_PER_MM + pad + high * (off + chance.gauss(0, 0.04))
        for middle in middles
    )
    if places[0] < 0 or places[-1] > cut.picture.grey.shape[1]:
        return None
    return GlyphLine(text, places, cut.picture, hand.name, copy)


def _hand(chance: random.Random) -> Hand:
    kind = chance.random()
    if kind < 0.45:
        jitter = chance.choice((0.0, 0.0, 0.3, 0.6))
        return FontHand(FOLDER / chance.choice(TYPE), _jitter(jitter) if jitter else None)
    if kind < 0.9:
        return FontHand(FOLDER / chance.choice(SCRIPT), _jitter(chance.uniform(0.5, 2.0)))
    return strokes.StrokeHand(chance.choice((1, 1, 2)), chance)


def _jitter(much: float) -> Jitter:
    return Jitter(place=0.03 * much, size=0.05 * much, slant=2.5 * much)


def _written(text: str, hand: Hand, chance: random.Random) -> tuple[Grey, list[float]]:
    """Write a line; gives the middle of each character in dots of the page."""
    size = chance.uniform(4.2, 7.0) * _DOTS
    gap = chance.choice((0.0, chance.uniform(0, 0.3))) * size
    high, wide = round(_HIGH_MM * _DOTS), round(_WIDE_MM * _DOTS)
    cover = numpy.zeros((high, wide), numpy.uint8)
    pen = chance.uniform(2, 12) * _DOTS
    middles = []
    for char in text:
        letter = hand.letter(char, size, chance)
        ink = _thicker(letter.ink, chance) if chance.random() < 0.25 else letter.ink
        x, y = round(pen + letter.left), round((high - size) / 2 + letter.top)
        part = (slice(max(0, y), y + ink.shape[0]), slice(max(0, x), x + ink.shape[1]))
        on = cover[part]
        ink = ink[max(0, -y) :, max(0, -x) :][: on.shape[0], : on.shape[1]]
        numpy.maximum(on, ink, out=on)
        middles.append(pen + letter.advance / 2)
        pen += letter.advance + gap
    darkest = chance.randint(0, 110)
    page = 255.0 - cover.astype(numpy.float32) / 255.0 * (255 - darkest)
    return as_grey(page), middles


def _thicker(ink: letters.Ink, chance: random.Random) -> letters.Ink:
    """Press harder, or more lightly."""
    kernel = numpy.ones((2, 2), numpy.uint8)
    changed = cv2.dilate(ink, kernel) if chance.random() < 0.7 else cv2.erode(ink, kernel)
    return as_grey(changed)


def _copied(page: Grey, copy: str, chance: random.Random) -> Grey:
    """Copy a line as ``bench.reading.copies`` copies sheets, and cut it out as finely as fields."""
    noise = numpy.random.default_rng(chance.randrange(2**32))
    high, wide = page.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), chance.uniform(-0.4, 0.4), 1.0)
    seen: numpy.ndarray = cv2.warpAffine(page, turn, (wide, high), borderValue=(255,))
    seen = seen.astype(numpy.float32)
    across = down = 1.0
    if copy == "scan-200":
        across = down = 200 / 300
    elif copy == "photo":
        across = down = chance.uniform(8.8, 10.5) / _DOTS
        seen = seen * chance.uniform(0.6, 0.95)
    elif copy.startswith("fax"):
        across, down = 204 / 300, int(copy[4:]) / 300
        seen = cv2.GaussianBlur(seen, (0, 0), chance.uniform(0.3, 0.9))
    seen = cv2.resize(seen, None, fx=across, fy=down, interpolation=cv2.INTER_AREA)
    if copy == "scan-200":
        seen = _jpeg(seen + noise.normal(0, 7, seen.shape), chance.randint(50, 72))
    elif copy == "photo":
        seen = cv2.GaussianBlur(seen, (0, 0), chance.uniform(0.8, 1.5))
        seen = _jpeg(seen + noise.normal(0, 5, seen.shape), 80)
    elif copy.startswith("fax"):
        seen = numpy.where(seen > chance.randint(135, 175), 255.0, 0.0)
        seen[noise.random(seen.shape) < 0.00004] = 0
    scale = DOTS_PER_MM / _DOTS
    shift = (chance.random(), chance.random())
    matrix = numpy.array([[scale / across, 0, shift[0]], [0, scale / down, shift[1]]])
    size = (round(wide * scale), round(high * scale))
    cut = cv2.warpAffine(
        as_grey(numpy.asarray(seen).clip(0, 255)),
        matrix,
        size,
        flags=cv2.INTER_CUBIC,
        borderValue=(255,),
    )
    return as_grey(cut)


def _jpeg(dots: numpy.ndarray, quality: int) -> numpy.ndarray:
    _, packed = cv2.imencode(
        ".jpg", dots.clip(0, 255).astype(numpy.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return numpy.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=numpy.float32)


def missing() -> tuple[str, ...]:
    """Name the fonts that are not installed."""
    return tuple(Path(each).name for each in (*TYPE, *SCRIPT) if not (FOLDER / each).is_file())
