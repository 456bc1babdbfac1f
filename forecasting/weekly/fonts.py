"""Letters of every language that names are written in, and fonts that have them."""

from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
PLAIN, BOLD, JAPANESE = "NotoSans-Regular", "NotoSans-Bold", "NotoSansJP-Regular"
NEVER_SHOWN = "\u00ad\u200b\u200c\u200d\ufeff"


@lru_cache(maxsize=1)
def letters() -> dict[str, frozenset[int]]:
    """By font, what it can write; registered on the way."""
    found = {}
    for name in (PLAIN, BOLD, JAPANESE):
        font = TTFont(name, str(FOLDER / f"{name}.ttf"))
        registerFont(font)
        found[name] = frozenset(font.face.charToGlyph)
    registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    return found


def font_of(letter: str) -> str:
    known = letters()
    if ord(letter) in known[PLAIN] or ord(letter) not in known[JAPANESE]:
        return ""
    return JAPANESE


def printed(text: str) -> str:
    """As ReportLab's paragraphs take it: what the usual font lacks, in one that has it."""
    shown = "".join(one for one in text if one not in NEVER_SHOWN)
    return "".join(
        f'<font name="{font}">{escape("".join(part))}</font>' if font else escape("".join(part))
        for font, part in groupby(shown, key=font_of)
    )
