"""What of an account tells which company it is, in a form in which two spellings are equal."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from accounts.matching.words import (
    FILLERS,
    FREE_MAIL,
    LEGAL_FORMS,
    SECOND_LEVEL,
    SHARED_HOSTS,
    STREET_WORDS,
)

SHORTEST_PHONE = 7


@dataclass(frozen=True)
class Traits:
    org_id: int
    account_ref: str
    name: str
    core_name: str
    domain: str
    phone: str
    street: str
    postal_code: str
    city: str
    country: str


def plain(text: str) -> str:
    """Small letters and digits of any script, without accents, single spaces between words."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    folded = unicodedata.normalize("NFKD", letters)
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w]+|_", " ", bare.replace("&", " and ").replace("'", "")).split())


def core_name(name: str) -> str:
    """Without legal form and fillers; of a name that is nothing else, all of it."""
    # "S.p.A." and "G.m.b.H." are one word each.
    joined = re.sub(r"\b((?:\w\.){2,}\w?)", lambda found: found[0].replace(".", ""), name)
    words = [word for word in plain(joined).split() if word not in FILLERS]
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words) or plain(name)


def domain_of(address: str) -> str:
    """The part of a web or e-mail address that a company owns; nothing for addresses of anybody."""
    text = address.strip().casefold()
    if "@" in text and "/" not in text:
        host = text.rpartition("@")[2]
    else:
        try:
            host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
        except ValueError:
            return ""
    labels = [label for label in host.strip(".").split(".") if label]
    if len(labels) < 2 or not all(re.fullmatch(r"[\w-]+", label) for label in labels):
        return ""
    if labels[-1].isdigit():
        return ""
    size = 3 if len(labels) > 2 and labels[-2] in SECOND_LEVEL and len(labels[-1]) == 2 else 2
    found = ".".join(labels[-size:])
    return "" if found in FREE_MAIL | SHARED_HOSTS else found


def phone_of(number: str) -> str:
    """Its last nine digits, which no way of writing the country or the trunk zero changes."""
    digits = re.sub(r"\D", "", re.split(r"(?i)\b(?:ext|x)\b", number)[0])
    if len(digits) < SHORTEST_PHONE or len(set(digits)) <= 2:
        return ""
    return digits[-9:]


def street_of(street: str) -> str:
    words = plain(street).split()
    short = [re.sub(r"strasse$", "str", STREET_WORDS.get(word, word)) for word in words]
    return " ".join(short)
