"""What the sections of one plan share: what was decided once, and what has been quoted already."""

from dataclasses import dataclass, field
from typing import Any

from assistant.plans.composing.topics import Concern, concerns_of, good_signs_of, needs_of
from assistant.plans.gathering.known import Known, Person, Said
from assistant.plans.wording import on_day, one_of, plain, quote

KINDS = {
    "email": ("wrote on {day}", "in the mail of {day}"),
    "call": ("said on the call of {day}", "in the notes of the call of {day}"),
    "meeting": ("said in the meeting of {day}", "in the notes of the meeting of {day}"),
    "task": ("", "in the task of {day}"),
}
DECIDES = ("decision", "economic", "sponsor", "executive", "buyer")
PAYS = ("economic", "budget", "financ", "sponsor")


@dataclass
class View:
    known: Known
    concerns: list[Concern] = field(default_factory=list)
    good: list[Said] = field(default_factory=list)
    needs: list[Said] = field(default_factory=list)
    quoted: set[str] = field(default_factory=set)
    plays: set[str] = field(default_factory=set)  # whose advice has been given

    @classmethod
    def of(cls, known: Known) -> "View":
        concerns = concerns_of(known)
        taken = {each.said.key for each in concerns} | set(known.against)
        return cls(known, concerns, good_signs_of(known), needs_of(known, without=taken))

    def pick(self, choices: tuple[str, ...], *seed: Any) -> str:
        return one_of(choices, self.known.seed, *seed)

    def day(self, said: Said) -> str:
        return on_day(said.on, today=self.known.today)

    def quote(self, said: Said) -> str:
        """Once in a plan; after that it is only referred to."""
        if said.key in self.quoted:
            return ""
        self.quoted.add(said.key)
        return quote(said.text)

    def who(self, said: Said) -> str:
        """ "Julia wrote on 2 October", "The notes of the meeting of 7 October say"."""
        day = self.day(said)
        if said.is_incoming:
            name = plain(said.by).split(" ")[0] if said.by else "the customer"
            return f"{name} wrote on {day}"
        kind = {"call": "call", "meeting": "meeting"}.get(said.kind, "entry")
        return f"the notes of the {kind} of {day} say"

    def where(self, said: Said) -> str:
        return KINDS[said.kind][1].format(day=self.day(said))

    @property
    def here(self) -> list[Person]:
        """Those of the people who are still with the customer, or may be."""
        return [each for each in self.known.people if not each.has_left or each.seen_in]

    @property
    def gone(self) -> list[Person]:
        return [each for each in self.known.people if each.has_left and not each.seen_in]

    @property
    def doubtful(self) -> list[Person]:
        """Marked as gone, and yet seen since."""
        return [each for each in self.known.people if each.seen_in]

    @property
    def contact(self) -> Person | None:
        """The one to talk to: the main one, or whoever was spoken with last."""
        sure = [each for each in self.here if not each.seen_in]
        primary = next((each for each in sure if each.is_primary), None)
        return primary or self.latest

    @property
    def latest(self) -> Person | None:
        known = [each for each in self.here if each.last_on]
        by_day = sorted(
            known, key=lambda each: (not each.seen_in, each.last_on or self.known.today)
        )
        return by_day[-1] if by_day else next(iter(self.here), None)

    @property
    def payer(self) -> Person | None:
        return in_role(self.here, PAYS)

    @property
    def decider(self) -> Person | None:
        return in_role(self.here, DECIDES)

    @property
    def senior(self) -> Person | None:
        return next((each for each in self.here if each.is_senior), None)


def in_role(people: list[Person], names: tuple[str, ...]) -> Person | None:
    """The first name counts most: an economic buyer pays, a decision maker decides."""
    for name in names:
        for each in people:
            if name in each.role.lower():
                return each
    return None
