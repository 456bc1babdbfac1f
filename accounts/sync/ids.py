"""Ids of Salesforce: 15 characters that differ by case, or 18 that say the case once more."""

import re

CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT = re.compile(r"[a-zA-Z0-9]{15}")
# What the first three characters of an id say it is an id of.
ACCOUNT, CONTACT, LEAD, OPPORTUNITY, CASE = "001", "003", "00Q", "006", "500"
TASK, EVENT, EMAIL = "00T", "00U", "02s"
KNOWN = {
    *(ACCOUNT, CONTACT, LEAD, OPPORTUNITY, CASE, TASK, EVENT, EMAIL),
    *("005", "00E", "00D", "00G", "00I", "00J", "00K", "00k", "00v", "008", "017", "01Z", "01s"),
    *("01t", "01u", "02i", "04m", "0J9", "0PY", "701", "800", "801", "802", "810"),
}


def full_id(text: str) -> str:
    """The 18 characters of an id of 15; whatever is no id of Salesforce stays as it is."""
    if len(text) == 15 and text[:3] in KNOWN and SHORT.fullmatch(text):
        return text + checksum(text)
    return text


def checksum(short: str) -> str:
    """Of each five characters, which are capitals."""
    return "".join(
        CHECKSUM[sum(1 << place for place, letter in enumerate(part) if "A" <= letter <= "Z")]
        for part in (short[0:5], short[5:10], short[10:15])
    )
