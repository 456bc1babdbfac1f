"""Text without what nobody sees: characters that control, turn round, hide or carry secretly."""

import re
import unicodedata

# Control, format (bidi, zero width, tags), private use, surrogates, and what is no character yet.
UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn"))
BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Blank by design although they count as letters, marks or symbols; selectors can carry a message.
BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
MOST_MARKS = 4  # upon one letter; towers of them cover the lines above


def cleaned(text: str) -> str:
    """Only what can be read, composed in one way; lines stay lines."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    broken = BREAKS.sub("\n", text)
    # Seen parts may compose anew once what stood between them is gone.
    return unicodedata.normalize("NFC", _low("".join(map(_seen, broken))))


def _seen(letter: str) -> str:
    if letter == "\n":
        return letter
    if letter == "\t":
        return " "
    if letter in BLANK:
        return ""
    category = unicodedata.category(letter)
    if category == "Zs":
        return " "
    return "" if category in UNSEEN else letter


def _low(text: str) -> str:
    kept: list[str] = []
    height = 0
    for letter in unicodedata.normalize("NFD", text):
        height = height + 1 if unicodedata.combining(letter) else 0
        if height <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)
