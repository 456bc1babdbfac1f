"""What an org calls things: people, industries, regions, stages, kinds of deals, products."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.chat.router.words import folded

# What people say for what systems of record usually hold; used only where an org has the value.
ALSO = {
    "industry": {
        "financial services": (
            "finance", "financial", "financials", "banking", "banks", "insurance", "fintech",
            "finanzdienstleistungen", "finanzdienstleister", "finanzbranche", "finanzen", "banken",
            "finanzsektor", "versicherungen",
        ),
        "healthcare": (
            "health care", "hospitals", "life sciences", "gesundheitswesen", "gesundheit",
            "gesundheitsbranche", "gesundheitssektor", "medizin", "pharma",
        ),
        "manufacturing": (
            "manufacturers", "industrial", "factories", "fertigung", "produktion", "fertigungs",
            "hersteller", "verarbeitendes gewerbe",
        ),
        "retail": ("retailers", "shops", "stores", "handel", "einzelhandel", "handels"),
        "technology": (
            "tech", "software", "saas", "technologie", "it branche", "technologiebranche",
            "high tech",
        ),
        "public sector": (
            "government", "public administration", "offentlicher sektor", "offentlichen sektor",
            "offentlicher dienst", "behorden", "verwaltung", "public",
        ),
        "energy": ("utilities", "oil and gas", "energie", "energiebranche"),
        "education": ("schools", "universities", "bildung"),
        "telecommunications": ("telecom", "telco", "telekommunikation"),
        "media": ("entertainment", "medien"),
    },
    "region": {
        "emea": ("europe", "europa"),
        "europe": ("emea", "europa"),
        "apac": ("asia", "asia pacific", "asien"),
        "americas": ("america", "north america", "amerika", "nordamerika", "latam"),
        "dach": ("german speaking", "deutschland osterreich schweiz"),
        "north": ("northern", "nord", "norden"),
        "south": ("southern", "sud", "suden"),
        "east": ("eastern", "ost", "osten"),
        "west": ("western", "westen"),
        "united states": ("usa", "us market", "vereinigte staaten"),
        "united kingdom": ("uk", "britain", "grossbritannien", "england"),
        "germany": ("german", "deutschland"),
        "france": ("french", "frankreich"),
    },
    "stage": {
        "qualification": ("qualifying", "qualified", "qualifizierung"),
        "discovery": ("bedarfsanalyse", "needs analysis"),
        "proposal": ("proposals", "quote", "quoted", "angebot", "angebots"),
        "negotiation": ("negotiations", "negotiating", "verhandlung", "verhandlungs"),
        "prospecting": ("prospect",),
        "contract": ("contracts", "contracting", "vertrag", "vertrags"),
    },
    "kind": {
        "renewal": (
            "renewals", "renewing", "verlangerung", "verlangerungen", "vertragsverlangerungen",
        ),
        "new business": (
            "new logo", "new logos", "new customers", "neugeschaft", "neukunden", "new",
        ),
        "upsell": ("upsells", "expansion deals", "add ons"),
        "expansion": ("expansions", "upsell deals"),
    },
}  # fmt: skip
# One word alone says too little: "new leads" are no new business.
TOO_SHORT = frozenset({"new", "public", "quote"})
SIZES = {
    "enterprise": (
        "enterprise", "enterprises", "large companies", "large customers", "grossunternehmen",
        "konzerne", "grosskunden",
    ),
    "mid": ("mid market", "midmarket", "mid size", "mid sized", "medium sized", "mittelstand",
            "mittelgrosse"),
    "small": ("small business", "small businesses", "smb", "smbs", "sme", "small companies",
              "small customers", "kleine unternehmen", "kleine kunden", "kleinkunden"),
}  # fmt: skip


@dataclass(frozen=True)
class Lexicon:
    """Only what its reader may meet on the pages themselves."""

    people: Sequence[str] = ()
    industries: Sequence[str] = ()
    regions: Sequence[str] = ()
    stages: Sequence[str] = ()
    kinds: Sequence[str] = ()
    products: Sequence[str] = ()
    teams: Sequence[str] = field(default=())

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Lexicon":
        return cls(**{name: tuple(values) for name, values in data.items()})

    @cached_property
    def values(self) -> dict[str, dict[str, str]]:
        """By slot: what may be said, folded, and which value it stands for."""
        found = {
            "industry": phrases(self.industries, ALSO["industry"]),
            "region": phrases(self.regions, ALSO["region"]),
            "stage": phrases(self.stages, ALSO["stage"]),
            "kind": phrases(self.kinds, ALSO["kind"]),
            "product": phrases(self.products, {}),
        }
        found["size"] = {each: size for size, said in SIZES.items() for each in said}
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """Whole names, first names and last names, each as it is mentioned."""
        found: dict[str, str] = {}
        for person in (*self.people, *self.teams):
            parts = folded(person).replace("-", " ").split()
            for said in (" ".join(parts), *parts):
                if len(said) > 2:
                    found.setdefault(said, said)
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        said = [*self.names, *(one for values in self.values.values() for one in values)]
        return frozenset(word for each in said for word in each.split())


def phrases(values: Iterable[str], also: Mapping[str, Iterable[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        plain = " ".join(folded(value).replace("-", " ").split())
        if len(plain) > 1:
            found[plain] = value
    for value in values:
        for said in also.get(folded(value), ()):
            if said not in TOO_SHORT:
                found.setdefault(said, value)
    return found


NO_LEXICON = Lexicon()
