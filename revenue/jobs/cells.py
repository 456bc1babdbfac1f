"""Text for CSV files that people open in a spreadsheet, where a cell may be read as a formula."""

import re
from datetime import datetime
from typing import Any

from revenue.web.tables import FORMULA_STARTS

PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def cell(value: Any) -> str:
    """A leading apostrophe makes a spreadsheet read text as text; plain numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value).replace("\x00", "")
    risky = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS[:4])
    return f"'{text}" if risky and not PLAIN_NUMBER.fullmatch(text) else text
