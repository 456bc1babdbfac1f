"""What matters about a deal: each theme has one thing to say in each section, and a weight."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.claims import Claim
from assistant.plans.composing.view import View
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.known import Person, Reason
from assistant.plans.wording import in_points, lowered


@dataclass
class Risk:
    lead: str
    why: Claim
    answer: Claim


class Theme:
    """Nothing to say in a section unless the theme says so."""

    name = ""

    def __init__(self, view: View, known: DealKnown) -> None:
        self.view, self.known = view, known
        self.weight = 0.0

    def holds(self) -> bool:
        """Whether it is so of this deal; sets the weight."""
        raise NotImplementedError

    def headline(self) -> Claim | None:
        return None

    def aim(self) -> Claim | None:
        return None

    def talk(self) -> tuple[str, Sequence[Claim]] | None:
        return None

    def risk(self) -> Risk | None:
        return None

    def question(self) -> Claim | None:
        return None

    def measure(self) -> Claim | None:
        return None

    # What several themes ask of what is known.

    def reason(self, *topics: str, hurts: bool = True) -> Reason | None:
        rows = self.known.foreseen.hurts if hurts else self.known.foreseen.helps
        return next((each for each in rows if each.name in topics), None)

    def size(self, *topics: str) -> float:
        reason = self.reason(*topics)
        return abs(reason.points) * 100 if reason else 0.0

    def by_name(self, person: Person | None, otherwise: str = "your contact") -> str:
        return person.first if person else otherwise

    @property
    def names(self) -> list[str]:
        owner = self.known.deal.owner
        return [owner.name if owner else "", *(each.name for each in self.known.people)]

    def signal(self, reason: Reason) -> str:
        """ "no meeting in 34 days (−4.1 points)"."""
        return f"{lowered(reason.words, names=self.names)} ({in_points(reason.points)})"
