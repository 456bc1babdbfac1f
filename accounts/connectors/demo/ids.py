"""Ids in Salesforce's form: 15 letters that differ by case, and 3 that say which are capital."""

import numpy as np

from accounts.connectors.demo.draws import Ints

DIGITS = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8
)
CHECKS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
WEIGHTS = np.array([1, 2, 4, 8, 16], dtype=np.int64)

PREFIXES = {
    "UserRole": "00E",
    "User": "005",
    "DatedConversionRate": "04w",
    "Product2": "01t",
    "Account": "001",
    "Contact": "003",
    "Campaign": "701",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "OpportunityLineItem": "00k",
    "Asset": "02i",
    "OpportunityHistory": "008",
    "OpportunityFieldHistory": "017",
    "AccountHistory": "018",
    "AssetHistory": "019",
    "Case": "500",
    "Task": "00T",
    "Event": "00U",
    "EmailMessage": "02s",
    "CampaignMember": "00v",
    "ForecastingQuota": "0J9",
}
# Two orgs of one company never share an id, unless one is a copy of the other.
PODS = {"meridian-americas": "5f", "meridian-cloud": "Kj", "meridian-europe": "7h"}


def ids(object_name: str, pod: str, numbers: Ints) -> list[str]:
    """Ascending byte by byte where the numbers ascend."""
    count = len(numbers)
    if not count:
        return []
    letters = np.empty((count, 18), dtype=np.uint8)
    letters[:, :5] = np.frombuffer((PREFIXES[object_name] + pod).encode(), dtype=np.uint8)
    rest = numbers.copy()
    for place in range(14, 4, -1):
        rest, digit = np.divmod(rest, 62)
        letters[:, place] = DIGITS[digit]
    capital = (letters[:, :15] >= ord("A")) & (letters[:, :15] <= ord("Z"))
    letters[:, 15:] = CHECKS[capital.reshape(count, 3, 5) @ WEIGHTS]
    return [str(name) for name in letters.view("S18").ravel().astype("U18").tolist()]
