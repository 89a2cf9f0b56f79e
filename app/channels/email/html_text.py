"""HTML mail as the text a reader sees, with its lines, cells and lists.

A tokenizer of our own in linear time: the standard library's takes quadratic time over unclosed
tags and raises on some declarations, and a mail comes from anybody.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_CHARACTERS = 3_000_000
_MAX_DEPTH = 200
_LONGEST_TAG = 50_000
_BLOCK_NAMES = (
    "address article aside blockquote body center dd details div dl dt fieldset figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section table tbody tfoot thead"
    " tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_RAW_NAMES = "script style title textarea xmp iframe noembed noframes"
_RAW = frozenset(_RAW_NAMES.split())
_UNSEEN_NAMES = "script style title head template object svg xml iframe noembed select"
_UNSEEN = frozenset(_UNSEEN_NAMES.split())
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_PRE = re.compile(r"white-space\s*:\s*(?:pre|pre-wrap|break-spaces)\s*(?:;|!|$)", re.IGNORECASE)
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:_-]{0,40})")
_ATTRIBUTE = re.compile(
    r"([A-Za-z_:][A-Za-z0-9_:.-]{0,60})(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?"
)
_WHITE = re.compile(r"[ \t\r\n\f]+")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What an HTML text shows.

    Attributes:
        text: The visible text.
        hidden: Text that a reader would not have seen.
    """

    text: str
    hidden: str


def html_to_text(markup: str) -> HtmlText:
    """Turn HTML into the text it shows; any string gives text."""
    writer = _Writer()
    for kind, value in _tokens(markup[:MAX_CHARACTERS]):
        if kind == "text":
            writer.text(html.unescape(value))
        elif kind == "open":
            writer.open(value)
        else:
            writer.close(value)
    # What lies beyond the limit was seen by nobody either.
    unseen = [*writer.unseen, markup[MAX_CHARACTERS:]]
    return HtmlText(text=writer.finish(), hidden="".join(unseen).strip())


def _tokens(markup: str) -> Iterator[tuple[str, str]]:
    """Yield text, opening tags (without brackets) and names of closing tags."""
    lowered = markup.lower()
    at, length = 0, len(markup)
    lost: set[str] = set()  # what has no end further on, so that nobody looks for it again
    while at < length:
        opened = markup.find("<", at)
        if opened < 0:
            yield "text", markup[at:]
            return
        if opened > at:
            yield "text", markup[at:opened]
        commented = _comment_end(markup, opened, lost)
        if commented > opened:
            at = commented
            continue
        named = _NAME.match(markup, opened + 1)
        if named is None and not markup.startswith(("<!", "<?"), opened):
            yield "text", "<"
            at = opened + 1
            continue
        closed = _tag_end(markup, opened, lost)
        if closed < 0:
            yield "text", markup[opened:]
            return
        at = closed + 1
        if named is None:
            continue  # a declaration
        name = named.group(1).lower()
        if markup[opened + 1] == "/":
            yield "close", name
            continue
        yield "open", markup[opened + 1 : closed]
        if name in _RAW and markup[closed - 1] != "/":
            finish = _raw_end(lowered, name, at, lost)
            yield "text", markup[at:finish]
            at = finish


def _raw_end(lowered: str, name: str, at: int, lost: set[str]) -> int:
    """Find the end of a script or style, whose text is no markup."""
    end_tag = "</" + name
    finish = -1 if end_tag in lost else lowered.find(end_tag, at)
    if finish < 0:
        lost.add(end_tag)
        return at
    return finish


def _comment_end(markup: str, opened: int, lost: set[str]) -> int:
    """Give where a comment that begins here ends; the same place where there is none."""
    if not markup.startswith("<!--", opened) or "-->" in lost:
        return opened
    closed = markup.find("-->", opened + 4)
    if closed < 0:
        lost.add("-->")
        return opened
    return closed + 3


def _tag_end(markup: str, opened: int, lost: set[str]) -> int:
    """Find the ``>`` that ends a tag, past those inside of quoted attributes."""
    if ">" in lost:
        return -1
    first = closed = markup.find(">", opened)
    for _ in range(4):
        if closed < 0:
            break
        inside = markup[opened:closed] if closed - opened < _LONGEST_TAG else ""
        if inside.count('"') % 2 == 0:
            return closed
        closed = markup.find(">", closed + 1)
    if first < 0:
        lost.add(">")
    return first


@dataclass(slots=True)
class _Element:
    name: str
    hidden: bool = False
    pre: bool = False
    quote: bool = False
    number: int = 0
    cells: list[str] = field(default_factory=list[str])


class _Writer:
    """Collects visible text; a cell and a quotation are written apart and put in when whole."""

    def __init__(self) -> None:
        self._stack: list[_Element] = []
        self._buffers: list[list[str]] = [[]]
        self._space = False
        self.unseen: list[str] = []

    # -- what the tokenizer says --------------------------------------------------------------

    def open(self, tag: str) -> None:
        found = _NAME.match(tag)
        if found is None:
            return
        name = found.group(1).lower()
        attributes = _attributes(tag[found.end() : found.end() + 20_000])
        if name == "br":
            self._newline()
            return
        if name in ("td", "th", "tr", "li", "p", "option"):
            self._close_implied(name)
        if name in _BLOCKS:
            self._line_start()
        if name in _VOID or len(self._stack) >= _MAX_DEPTH:
            return
        element = _element(name, attributes)
        parent = self._stack[-1] if self._stack else None
        if parent is not None:
            element.hidden |= parent.hidden
            element.pre |= parent.pre
        self._stack.append(element)
        if name in ("td", "th") or element.quote:
            self._buffers.append([])
            self._space = False
        elif name == "li" and not element.hidden:
            self._bullet()

    def close(self, name: str) -> None:
        if name == "br":
            self._newline()  # </br> is shown as a line break
            return
        if all(element.name != name for element in self._stack):
            if name == "p":
                self._line_start()
            return
        while self._stack:
            element = self._stack.pop()
            self._left(element)
            if element.name == name:
                return

    def text(self, text: str) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and top.hidden:
            if top.name not in _UNSEEN and not self._inside_unseen() and text.strip():
                self.unseen.append(text)
            return
        text = text.replace("\u00a0", " ") if top is not None and top.pre else text
        if top is not None and top.pre:
            self._write(text.replace("\r\n", "\n").replace("\r", "\n"))
            return
        self._flow(text)

    def finish(self) -> str:
        while self._stack:
            self._left(self._stack.pop())
        lines = "".join(self._buffers[0]).split("\n")
        return "\n".join(line.rstrip(" \t") for line in lines).strip("\n")

    # -- how it is written --------------------------------------------------------------------

    def _flow(self, text: str) -> None:
        """Write running text: white space counts once, and not at all inside of Japanese."""
        at = 0
        for gap in _WHITE.finditer(text):
            self._piece(text[at : gap.start()])
            before = self._last()
            after = text[gap.end() : gap.end() + 1]
            between_wide = "\n" in gap.group() and _WIDE.match(before) and _WIDE.match(after)
            self._space = before not in ("", "\n", "\t") and not between_wide
            at = gap.end()
        self._piece(text[at:])

    def _piece(self, text: str) -> None:
        if not text:
            return
        if self._space:
            self._buffers[-1].append(" ")
        self._space = False
        self._buffers[-1].append(text.replace("\u00a0", " "))

    def _write(self, text: str) -> None:
        if text:
            self._space = False
            self._buffers[-1].append(text)

    def _last(self) -> str:
        for piece in reversed(self._buffers[-1]):
            if piece:
                return piece[-1]
        return ""

    def _newline(self) -> None:
        if not (self._stack and self._stack[-1].hidden):
            self._write("\n")

    def _line_start(self) -> None:
        self._space = False
        if self._last() not in ("", "\n"):
            self._buffers[-1].append("\n")

    def _bullet(self) -> None:
        listing = next((e for e in reversed(self._stack[:-1]) if e.name in ("ul", "ol")), None)
        if listing is not None and listing.name == "ol":
            listing.number += 1
            self._write(f"{listing.number}. ")
        else:
            self._write("・")

    def _inside_unseen(self) -> bool:
        return any(element.name in _UNSEEN for element in self._stack)

    def _close_implied(self, name: str) -> None:
        """Close what HTML lets an author leave open, as a cell before the next one."""
        closes: tuple[str, ...] = {
            "td": ("td", "th"),
            "th": ("td", "th"),
            "tr": ("td", "th", "tr"),
            "li": ("li",),
            "p": ("p",),
            "option": ("option",),
        }[name]
        stops: tuple[str, ...] = ("ul", "ol") if name == "li" else ("table",)
        if name == "p":
            stops = ("table", "td", "th", "div", "blockquote", "li", "body")
        for depth, element in enumerate(reversed(self._stack), start=1):
            if element.name in stops:
                return
            if element.name in closes:
                for _ in range(depth):
                    self._left(self._stack.pop())
                if name != "tr":
                    return
                self._close_implied(name)
                return

    def _left(self, element: _Element) -> None:
        """Put an element in place once it is whole."""
        if element.name in ("td", "th"):
            cell = "".join(self._buffers.pop()).strip(" \t\n")
            row = next((e for e in reversed(self._stack) if e.name == "tr"), None)
            if row is not None:
                row.cells.append(cell)
            else:
                self._write(cell)
        elif element.quote:
            quoted = "".join(self._buffers.pop()).strip("\n")
            self._line_start()
            if quoted:
                self._write("".join(f"> {line}\n" for line in quoted.split("\n")))
        elif element.name == "tr":
            self._line_start()
            if any(element.cells):
                self._write("\t".join(element.cells) + "\n")
        if element.name in _BLOCKS:
            self._line_start()
        self._space = False if element.name in _BLOCKS else self._space


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match.group(1).lower(), html.unescape(value))
    return found


def _element(name: str, attributes: dict[str, str]) -> _Element:
    style = attributes.get("style", "")
    return _Element(
        name,
        hidden=name in _UNSEEN or "hidden" in attributes or bool(_HIDING.search(style)),
        pre=name in ("pre", "xmp", "textarea") or bool(_PRE.search(style)),
        quote=name == "blockquote"
        and (attributes.get("type") == "cite" or "quote" in attributes.get("class", "")),
    )
