"""Amounts of money in words: over 50k, between 10,000 and 20.000, unter 1,5 mio."""

import re

NUM = (
    r"[$€£]? ?(\d[\d.,]*(?:k|m|mio|tsd|mn)?)(?![\w.,])"
    r"(?: (thousand|million|tausend|millionen|mio|tsd))?(?: ?(?:usd|eur|euro|dollars?|[$€£]))?"
)
NOT_MONEY = (
    r"(?! ?(?:days?|weeks?|months?|years?|quarters?|tagen?|wochen?|monaten?|%|percent|prozent"
    r"|deals?|accounts?|customers?|leads?|people|points))"
)
ABOVE = (
    r"(?:over|above|more than|greater than|larger than|bigger than|at least|north of|exceeding|>=?"
    r"|minimum(?: of)?|min|worth over|upwards of|uber|ueber|mehr als|mindestens|grosser als|ab)"
)
BELOW = (
    r"(?:under|below|less than|smaller than|up to|at most|<=?|maximum(?: of)?|max|no more than"
    r"|unter|weniger als|hochstens|kleiner als|bis zu)"
)
AMOUNTS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (rf"\b(?:between|zwischen) {NUM} (?:and|und|to) {NUM}", "between"),
        (rf"\b(?:from|von) {NUM} (?:to|bis|until) {NUM}", "between"),
        (rf"(?:^|(?<= )){ABOVE} {NUM}{NOT_MONEY}", "above"),
        (rf"(?:^|(?<= )){BELOW} {NUM}{NOT_MONEY}", "below"),
        (r"(?<![\w.])[$€£]? ?(\d[\d.,]*(?:k|m|mio|mn))()(?: ?\+| plus| or more)", "above"),
    )
)  # fmt: skip
HALF = re.compile(rf"{ABOVE} (?:half a million|(?:einer )?halben million)\b")


def money_of(text: str, scale: str | None) -> int | None:
    """5,000 and 100.000 have thousands; 1.5m and 1,5 mio have parts."""
    match = re.fullmatch(r"(\d[\d.,]*?)[.,]?(k|m|mio|tsd|mn)?", text)
    if match is None:
        return None
    digits, letter = match[1], match[2] or scale or ""
    factor = {"k": 1e3, "tsd": 1e3, "thousand": 1e3, "tausend": 1e3, "": 1.0}.get(letter, 1e6)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        digits = digits.replace(",", "").replace(".", "")
    else:
        digits = digits.replace(",", ".")
    try:
        return round(float(digits) * factor)
    except ValueError:
        return None
