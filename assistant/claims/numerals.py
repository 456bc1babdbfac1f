"""Numbers as they are written: in digits, in words, and with the thousands that follow them."""

import re
from dataclasses import dataclass
from decimal import Decimal


def listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
)
TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
SMALL = {word: at for at, word in enumerate(ONES)} | {
    word: (at + 2) * 10 for at, word in enumerate(TENS)
}
LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
OTHER = {"dozen": 12, "hundred": 100}
NTHS = listed("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
NTH = {word: at for at, word in enumerate(NTHS, start=3)}
LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "mm": 10**6, "bn": 10**9, "b": 10**9, "t": 10**12}

DIGITS = r"\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
WORD = "|".join((*sorted(SMALL, key=len, reverse=True), *OTHER, *LARGE))
WORDS = rf"(?:{WORD})(?:(?:[\s-]+and)?[\s-]+(?:{WORD}))*"
SCALE = rf"(?:[\s\u00a0-]?(?P<scale>{'|'.join(LARGE)})s?\b|\s?(?P<letter>k|mn|mm|bn|m|b|t)\b)"
NUMERAL = re.compile(rf"(?:(?P<digits>{DIGITS})|\b(?P<words>{WORDS})\b){SCALE}?", re.IGNORECASE)
BETWEEN = re.compile(r"[\s-]+(?:and[\s-]+)?")


@dataclass(frozen=True)
class Numeral:
    """`step` is what its last digit counts: 1.2M says nothing finer than 100,000."""

    amount: Decimal
    step: Decimal
    scale: Decimal
    is_words: bool = False


def numeral_of(found: "re.Match[str]") -> Numeral:
    scale = Decimal(1)
    if found["scale"]:
        scale = Decimal(LARGE[found["scale"].lower()])
    elif found["letter"]:
        scale = Decimal(LETTERS[found["letter"].lower()])
    if found["words"]:
        return Numeral(Decimal(in_words(found["words"])) * scale, scale, scale, is_words=True)
    digits = re.sub(r"[,\u00a0\u202f\u2009]", "", found["digits"])
    places = len(digits.partition(".")[2])
    return Numeral(Decimal(digits) * scale, scale / Decimal(10) ** places, scale)


def in_words(words: str) -> int:
    """ "two hundred and five thousand": what stands before a large word is counted in it."""
    total = part = 0
    for word in BETWEEN.split(words.lower()):
        if word in LARGE:
            total, part = total + max(part, 1) * LARGE[word], 0
        elif word in OTHER:
            part = max(part, 1) * OTHER[word]
        else:
            part += SMALL[word]
    return total + part
