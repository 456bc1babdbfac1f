"""Ids of Salesforce: 15 characters that differ by case, or 18 that say the case once more."""

import re

CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT = re.compile(r"[a-zA-Z0-9]{15}")
# What the first three characters of an id say it is an id of.
ACCOUNT, CONTACT, LEAD, OPPORTUNITY, CASE = "001", "003", "00Q", "006", "500"
TASK, EVENT, EMAIL = "00T", "00U", "02s"
CURRENCY, DATED_RATE = "01L", "04w"
KNOWN = {
    *(ACCOUNT, CONTACT, LEAD, OPPORTUNITY, CASE, TASK, EVENT, EMAIL, CURRENCY, DATED_RATE),
    *("005", "00E", "00D", "00G", "00I", "00J", "00K", "00k", "00v", "008", "017", "01Z", "01s"),
    *("01t", "01u", "02i", "04m", "0J9", "0PY", "701", "800", "801", "802", "810"),
}


def full_id(text: str) -> str:
    """Of a text from anywhere: the 18 characters where it begins as an id of a known object."""
    return long_id(text) if text[:3] in KNOWN else text


def long_id(text: str) -> str:
    """Of what Salesforce itself calls an id: its 18 characters, whatever object it is of."""
    return text + checksum(text) if SHORT.fullmatch(text) else text


def checksum(short: str) -> str:
    """Of each five characters, which are capitals."""
    return "".join(
        CHECKSUM[sum(1 << place for place, letter in enumerate(part) if "A" <= letter <= "Z")]
        for part in (short[0:5], short[5:10], short[10:15])
    )
