"""What a reader of a PDF would see: text that is invisible, tiny, off the page or as its ground

is emptied before it is extracted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pypdf.generic import ArrayObject, TextStringObject

Matrix = Sequence[float]
Colour = tuple[float, float, float]
WHITE: Final[Colour] = (1.0, 1.0, 1.0)
BLACK: Final[Colour] = (0.0, 0.0, 0.0)
SHOWING: Final = {b"Tj": 0, b"TJ": 0, b"'": 0, b'"': 2}
INVISIBLE: Final = (3, 7)
SMALLEST_POINTS: Final = 2.0
LEAST_CONTRAST: Final = 1.15
MARGIN: Final = 6.0
MOST_GROUNDS: Final = 400
FILLS: Final = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"))
PATH_ENDS: Final = frozenset((*FILLS, b"S", b"s", b"n"))
PLAIN_SPACES: Final = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4, "/CalRGB": 3}


@dataclass(frozen=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float, *, margin: float = 0.0) -> bool:
        across = self.left - margin <= x <= self.right + margin
        return across and self.bottom - margin <= y <= self.top + margin


@dataclass(frozen=True)
class Pen:
    """What `q` keeps and `Q` brings back."""

    fill: Colour | None = BLACK  # none: of a kind that is not understood, and so taken for seen
    space: str = "/DeviceGray"
    mode: int = 0
    size: float = 12.0
    opacity: float = 1.0


@dataclass
class Seen:
    """Follows the operations of a page, and empties those that show what nobody sees."""

    page: Box
    opacities: dict[str, float] = field(default_factory=dict)
    pen: Pen = field(default_factory=Pen)
    kept: list[Pen] = field(default_factory=list)
    forms: list[tuple[Pen, list[Pen], float]] = field(default_factory=list)
    grounds: list[tuple[Box, Colour | None]] = field(default_factory=list)
    corners: list[tuple[float, float]] = field(default_factory=list)
    scale: float = 1.0
    hidden: int = 0

    def before(self, operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:
        if operator in SHOWING:
            self.show(operator, operands, cm=cm, tm=tm)
        elif operator == b"q":
            self.kept.append(self.pen)
        elif operator == b"Q":
            self.pen = self.kept.pop() if self.kept else self.pen
        elif operator == b"Do":
            self.forms.append((self.pen, self.kept, self.scale))
            self.kept, self.scale = [], self.scale * stretch(cm)
        elif operator in (b"re", b"m", b"l", b"c"):
            self.corners.extend(corners_of(operator, operands, cm=cm))
        elif operator in PATH_ENDS:
            self.end_path(filled=operator in FILLS)
        else:
            self.pen = self.changed(operator, operands)

    def after(self, operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:  # noqa: ARG002
        if operator == b"Do" and self.forms:
            self.pen, self.kept, self.scale = self.forms.pop()
            # Whatever was drawn, of a picture nobody knows which colour it has where.
            square = [at(cm, x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
            if not self.forms:
                self.put(box_of(square), None)

    def show(self, operator: bytes, operands: Any, *, cm: Matrix, tm: Matrix) -> None:
        place = SHOWING[operator]
        if len(operands) <= place or not self.is_hidden(cm=cm, tm=tm):
            return
        empty = ArrayObject() if operator == b"TJ" else TextStringObject("")
        self.hidden += letters_of(operands[place])
        operands[place] = empty

    def is_hidden(self, *, cm: Matrix, tm: Matrix) -> bool:
        pen = self.pen
        if pen.mode in INVISIBLE or pen.opacity <= 0.05:
            return True
        if abs(pen.size) * stretch(tm) * stretch(cm) * self.scale < SMALLEST_POINTS:
            return True
        x, y = at(cm, tm[4], tm[5])
        if not self.forms and not self.page.holds(x, y, margin=MARGIN):
            return True
        ground = self.ground_at(x, y + 1.0)
        if pen.fill is None or ground is None or pen.mode not in (0, 2, 4, 6):
            return False
        return contrast(pen.fill, ground) < LEAST_CONTRAST

    def ground_at(self, x: float, y: float) -> Colour | None:
        for box, colour in reversed(self.grounds):
            if box.holds(x, y):
                return colour
        return WHITE

    def end_path(self, *, filled: bool) -> None:
        if filled and self.corners:
            self.put(box_of(self.corners), self.pen.fill)
        self.corners = []

    def put(self, box: Box, colour: Colour | None) -> None:
        self.grounds.append((box, colour))
        del self.grounds[:-MOST_GROUNDS]

    def changed(self, operator: bytes, operands: Any) -> Pen:
        """What the next letters are written with."""
        figures = [float(each) for each in operands if isinstance(each, int | float)]
        named = str(operands[0]) if operands else ""
        changes: dict[str, Any] = {}
        if operator in (b"g", b"rg", b"k"):
            changes = {"fill": colour_of(figures), "space": "/DeviceGray"}
        elif operator in (b"sc", b"scn"):
            changes = {"fill": self.mixed(figures, of=len(operands))}
        elif operator == b"Tr" and figures:
            changes = {"mode": int(figures[0])}
        elif operator == b"Tf" and figures:
            changes = {"size": figures[-1]}
        elif operator == b"gs":
            changes = {"opacity": self.opacities.get(named, 1.0)}
        elif operator == b"cs":
            changes = {"space": named, "fill": BLACK}
        return replace(self.pen, **changes) if changes else self.pen

    def mixed(self, figures: Sequence[float], *, of: int) -> Colour | None:
        """Of a space that is not plainly one of light or of ink, one figure may mean anything."""
        several = len(figures) if len(figures) > 1 else 0
        known = PLAIN_SPACES.get(self.pen.space, several)
        return colour_of(figures) if known == len(figures) == of else None


def colour_of(figures: Sequence[float]) -> Colour | None:
    if len(figures) == 1:
        return (figures[0], figures[0], figures[0])
    if len(figures) == 3:
        return (figures[0], figures[1], figures[2])
    if len(figures) == 4:
        cyan, magenta, yellow, black = figures
        light = 1 - black
        return ((1 - cyan) * light, (1 - magenta) * light, (1 - yellow) * light)
    return None


def contrast(one: Colour, other: Colour) -> float:
    """As the rules of legibility count it: from 1, the same, to 21."""
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def brightness(colour: Colour) -> float:
    red, green, blue = (math.pow(max(0.0, min(1.0, part)), 2.2) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def at(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = (float(each) for each in matrix[:6])
    return a * x + c * y + e, b * x + d * y + f


def stretch(matrix: Matrix) -> float:
    a, b, c, d = (float(each) for each in matrix[:4])
    return math.sqrt(abs(a * d - b * c))


def corners_of(operator: bytes, operands: Any, *, cm: Matrix) -> list[tuple[float, float]]:
    figures = [float(each) for each in operands if isinstance(each, int | float)]
    if operator == b"re" and len(figures) == 4:
        x, y, wide, high = figures
        return [at(cm, x, y), at(cm, x + wide, y), at(cm, x, y + high), at(cm, x + wide, y + high)]
    if len(figures) >= 2:
        return [at(cm, figures[-2], figures[-1])]
    return []


def box_of(corners: Sequence[tuple[float, float]]) -> Box:
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(across), min(up), max(across), max(up))


def letters_of(shown: Any) -> int:
    if isinstance(shown, str | bytes):
        return len(shown)
    parts = shown if isinstance(shown, list) else []
    return sum(len(each) for each in parts if isinstance(each, str | bytes))
