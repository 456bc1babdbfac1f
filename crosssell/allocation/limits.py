"""What a person asks of a plan, as the page gives it and as a plan keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Choice:
    """So many of a type at an account, by a seller: kept whatever else changes."""

    account: str
    action: str
    count: int
    owner: str


@dataclass(frozen=True)
class Limits:
    """The classic case where nothing is said: 250 actions over 500 customers, 5 each at most."""

    customers: int = 500
    total: int | None = 250
    each: int = 5
    hours: float = 40.0
    hours_of: Mapping[str, float] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)
    strategic: int = 20
    strategic_refs: Sequence[str] = ()
    strategic_above: float | None = None  # what a customer brings that is one by that alone
    strategic_where: str = ""  # a fact about customers and its value: industry:Mining
    cover: int = 1
    shares_territory: bool = False
    locks: Sequence[Choice] = ()
    excluded: Sequence[tuple[str, str]] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        known = {name: said[name] for name in cls.__dataclass_fields__ if name in said}
        known["locks"] = tuple(Choice(**one) for one in known.get("locks", ()))
        known["excluded"] = tuple((one[0], one[1]) for one in known.get("excluded", ()))
        return cls(**known)
