"""What matters about a deal: each theme has one thing to say in each section, and a weight."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.claims import Claim
from assistant.plans.composing.view import View
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.known import Person, Reason
from assistant.plans.gathering.passages import Ask
from assistant.plans.points import cited, claim
from assistant.plans.wording import in_points, lowered, plain

HOW_TO = ("practice", "competitors", "other")


@dataclass
class Risk:
    lead: str
    why: Claim
    answers: Sequence[Claim]


class Theme:
    """Nothing to say in a section unless the theme says so."""

    name = ""
    looks_for: Ask | None = None  # what the house may have written about it

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

    def asks(self) -> Ask | None:
        """Of documents that tell how to sell, not of those that tell what."""
        found = self.looks_for
        return replace(found, kinds=HOW_TO) if found else None

    def answers(self, own: str, *keys: str, triggers: Sequence[str] = ()) -> list[Claim]:
        """The play of the house unless it was given already, else ours; and what is written."""
        play = self.known.foreseen.play(*triggers) if triggers else None
        if play and play.key not in self.view.plays:
            self.view.plays.add(play.key)
            found = claim(f"→ {plain(play.advice)}", play.key)
        else:
            found = claim(f"→ {own}", *keys)
        written = cited(self.known.best(f"theme:{self.name}"))
        return [found, written] if written else [found]

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
