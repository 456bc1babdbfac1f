"""Record ids in Salesforce's form: 15 case-sensitive characters and three that check their case."""

import string
from functools import lru_cache

ALPHABET = string.ascii_uppercase + "012345"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase

PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "User": "005",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "OpportunityFieldHistory": "017",
    "UserRole": "00E",
    "Organization": "00D",
    "OpportunityContactRole": "00K",
    "OpportunityLineItem": "00k",
    "Lead": "00Q",
    "Task": "00T",
    "Event": "00U",
    "CampaignMember": "00v",
    "EmailMessage": "02s",
    "Asset": "02i",
    "Product2": "01t",
    "DatedConversionRate": "04w",
    "CurrencyType": "01L",
    "Case": "500",
    "Campaign": "701",
    "ForecastingQuota": "0J9",
    "Custom__c": "a00",
}


@lru_cache(maxsize=200_000)
def long_id(short: str) -> str:
    """The 18 characters of 15: one letter per five, by which of them are capitals."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(
            1 << place for place, c in enumerate(short[start : start + 5]) if "A" <= c <= "Z"
        )
        suffix += ALPHABET[bits]
    return short + suffix


@lru_cache(maxsize=200_000)
def record_id(prefix: str, number: int, *, instance: str = "5g00000") -> str:
    """Ids of neighbouring numbers differ often by case alone, as real ones do."""
    digits = ""
    for _ in range(12 - len(instance)):
        number, rest = divmod(number, 62)
        digits = DIGITS[rest] + digits
    return long_id(prefix + instance + digits)
