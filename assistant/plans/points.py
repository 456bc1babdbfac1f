"""What a section is made of: points, each of claims that name their sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.claims import Claim
from assistant.plans.gathering.known import Quoted


@dataclass(frozen=True)
class Point:
    """`lead` is its own bold beginning, checked like any claim where it says anything."""

    claims: Sequence[Claim]
    lead: str = ""
    is_bullet: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "lead": self.lead,
            "bullet": self.is_bullet,
            "claims": [{"text": each.text, "sources": list(each.sources)} for each in self.claims],
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Point":
        return cls(
            claims=[Claim(each["text"], each["sources"]) for each in said["claims"]],
            lead=said.get("lead", ""),
            is_bullet=said.get("bullet", True),
        )


@dataclass
class Writing:
    """A section as it is put together; nothing is said twice in it."""

    points: list[Point] = field(default_factory=list)

    def add(self, *claims: Claim | None, lead: str = "") -> None:
        kept = [claim for claim in claims if claim is not None]
        if kept:
            self.points.append(Point(kept, lead=lead))

    def say(self, *claims: Claim | None) -> None:
        """A paragraph of its own."""
        kept = [claim for claim in claims if claim is not None]
        if kept:
            self.points.append(Point(kept, is_bullet=False))


def claim(text: str, *sources: str | None) -> Claim:
    return Claim(text, list(dict.fromkeys(key for key in sources if key)))


INTRO = {
    "practice": "What has worked here",
    "case_study": "From a customer",
    "capabilities": "What we can say",
    "industry": "What moves their industry",
    "competitors": "What we know",
}


def cited(found: Quoted | None, intro: str = "") -> Claim | None:
    """A sentence of a document, told as one."""
    if found is None:
        return None
    return claim(f"{intro or INTRO.get(found.kind, 'In our documents')}: “{found.text}”", found.key)


def claims_of(points: Iterable[Point]) -> list[Claim]:
    """With the leads, which may hold figures and names too."""
    return [
        Claim(f"{point.lead} {each.text}".strip() if at == 0 else each.text, each.sources)
        for point in points
        for at, each in enumerate(point.claims)
    ]
