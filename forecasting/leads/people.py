"""Who asks: how high up, and whether by an address that belongs to no company."""

import re

import numpy as np
import pandas as pd

from forecasting.deals.moments import Moments, objects
from forecasting.deals.running import Timeline, mapped
from forecasting.leads.lives import Lives
from revenue.ml.arrays import Anything, Floats, floats

# From the top down: the first that fits a title counts.
LEVELS = {
    "Chief officer or owner": r"\b(?:chief|c[defimort]o|ciso|president|founder|owner|partner)\b",
    "Vice president": r"\b(?:vp|svp|evp|avp|vice)\b",
    "Director or head": r"\b(?:director|head)\b",
    "Manager": r"\b(?:manager|lead|supervisor|coordinator)\b",
}
VICE = re.compile(r"\bvice\b", re.IGNORECASE)
OTHER = "Others"
FREE_MAIL = frozenset({
    "gmail", "googlemail", "yahoo", "ymail", "hotmail", "outlook", "live", "msn", "icloud",
    "me", "mac", "aol", "gmx", "web", "mail", "email", "proton", "protonmail", "zoho",
    "yandex", "qq", "163", "126", "sina", "comcast", "verizon", "att", "free", "orange",
    "wanadoo", "libero", "t-online", "freenet", "laposte", "rediffmail", "naver", "hanmail"
})  # fmt: skip
COMPANIES = 5  # of different names that write from one domain: it is nobody's own


def level_of(title: str) -> str | None:
    if not title.strip():
        return None
    if VICE.search(title):
        return "Vice president"
    fits = (name for name, form in LEVELS.items() if re.search(form, title, re.IGNORECASE))
    return next(fits, OTHER)


def levels_of(titles: Anything) -> Anything:
    found: Anything = mapped(titles, lambda one: level_of(str(one)), missing=None)
    return found


def domain_of(address: str) -> str:
    _, at, domain = address.strip().lower().rpartition("@")
    return domain if at else ""


def by_free_mail(lives: Lives, moments: Moments) -> Floats:
    """Known by name, or as so many companies had asked from it by then; nothing without an address.

    Companies count from when their first lead came.
    """
    domains = objects(lives.leads["email"].fillna("").map(domain_of))
    codes, _ = pd.factorize(domains)
    company = lives.leads["company"].fillna("").str.lower().str.strip()
    rows = pd.DataFrame({"domain": codes, "company": company, "at": lives.created})
    rows = rows[(company != "").to_numpy(dtype=bool)]
    first = rows.groupby(["domain", "company"], sort=False)["at"].min().reset_index()
    line = Timeline.of(
        first["domain"].to_numpy(dtype=np.int64), first["at"].to_numpy(dtype=np.int64)
    )
    key = codes.astype(np.int64)[moments.deal]
    shared = line.count(key, moments.at) >= COMPANIES
    named = floats(mapped(domains, is_free_by_name, missing=False))[moments.deal] > 0
    there = (domains != "")[moments.deal]
    return np.where(there, floats(shared | named), np.nan)


def is_free_by_name(domain: str) -> bool:
    return domain.split(".", maxsplit=1)[0] in FREE_MAIL
