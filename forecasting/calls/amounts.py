"""Amounts as people type them: 1.2m, 1,200,000, €450k. What could be two amounts is asked again."""

import re
from decimal import ROUND_HALF_UP, Decimal

MOST = Decimal(10**12)
LONGEST = 24
CENT = Decimal("0.01")
TIMES = {
    "": 1,
    **dict.fromkeys(("k", "thousand"), 10**3),
    **dict.fromkeys(("m", "mn", "mio", "mm", "million"), 10**6),
    **dict.fromkeys(("b", "bn", "billion"), 10**9),
}
SIGNS = "$€£¥"
TYPED = re.compile(
    rf"[{SIGNS}]?(?:[a-z]{{3}}(?=[\d.,]))?[{SIGNS}]?(?P<digits>\d[\d.,]*|\.\d+)(?P<step>[a-z]*)[{SIGNS}]?",
    re.ASCII | re.IGNORECASE,
)
GAPS = re.compile(r"[\s_'’]+")
HOW = "Write an amount such as 1.2m, 450k or 1,200,000."


class AmountError(ValueError):
    """Says what to write instead."""


def read_amount(text: str, *, currency: str = "") -> Decimal:
    """Never below nothing, and to the cent."""
    bare = GAPS.sub("", text)
    if currency and bare.upper().endswith(currency.upper()):
        bare = bare[: -len(currency)]
    found = TYPED.fullmatch(bare)
    step = found["step"].lower() if found else ""
    if found is None or step not in TIMES:
        raise AmountError(HOW)
    size = (size_of(found["digits"], is_step=bool(step)) * TIMES[step]).quantize(
        CENT, rounding=ROUND_HALF_UP
    )
    if size > MOST:
        raise AmountError("That is more than a trillion. " + HOW)
    return size


def size_of(digits: str, *, is_step: bool) -> Decimal:
    """Of two kinds of marks the last is the decimal one; one that comes twice groups."""
    marks = [mark for mark in digits if mark in ".,"]
    if len(digits) > LONGEST:
        raise AmountError(HOW)
    if not marks:
        return Decimal(digits)
    point = decimal_mark(digits, marks, is_step=is_step)
    group = "," if point == "." else "."
    whole, _, part = digits.partition(point) if point else (digits, "", "")
    group = group if point else marks[0]
    if group in part or not is_grouped(whole, group):
        raise AmountError(HOW)
    return Decimal(f"{whole.replace(group, '') or 0}.{part or 0}")


def decimal_mark(digits: str, marks: list[str], *, is_step: bool) -> str:
    """Nothing where no mark is one."""
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return ""
    after = len(digits) - digits.index(marks[0]) - 1
    if after == 3 and not is_step:
        if marks[0] == ",":
            return ""
        whole = digits.replace(".", "")
        raise AmountError(f"Is {digits} a thousand times as much? Write {int(whole):,} for that.")
    return marks[0]


def is_grouped(whole: str, group: str) -> bool:
    first, *rest = whole.split(group)
    if not rest:
        return True
    return 1 <= len(first) <= 3 and all(len(one) == 3 for one in rest)
