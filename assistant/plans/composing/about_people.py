"""Themes of people: who left, who pays and is not there, who is alone, who speaks for us."""

from collections.abc import Sequence

from assistant.claims import Claim
from assistant.plans.composing.themes import Risk, Theme
from assistant.plans.gathering.known import Person, Said
from assistant.plans.gathering.passages import Ask
from assistant.plans.points import claim
from assistant.plans.wording import counted, in_points, listed, on_day

LONG_AGO = 45  # days from which somebody counts as absent
DECIDES = ("decision", "economic", "champion", "sponsor", "executive")
SPEAK_FOR_US = ("confirmed", "yes", "true")


class Left(Theme):
    """Somebody with a part in the deal is no longer there; or the records disagree about it."""

    name = "left"
    looks_for = Ask("contact leaves the company call the successor", ("successor", "leaves"))

    def holds(self) -> bool:
        gone = self.view.gone
        if not gone:
            return False
        heavy = [each for each in gone if any(name in each.role.lower() for name in DECIDES)]
        self.person = next(iter(heavy), gone[0])
        self.weight = 26 if heavy or self.person.is_primary else 9
        return True

    @property
    def next(self) -> Person | None:
        return self.view.contact

    def headline(self) -> Claim:
        person = self.person
        role = person.role.lower() or "contact"
        since = f" on {on_day(person.left_on, today=self.known.today)}" if person.left_on else ""
        began = self.known.deal.created_at
        if person.left_on and began and person.left_on < began.date():
            since += ", before this deal began"
        others = [each for each in self.view.gone if each is not person]
        also = f" (as have {listed([each.name for each in others])})" if others else ""
        if len(others) == 1:
            also = f" (as has {others[0].name})"
        what = self.view.pick(
            (
                "whatever was agreed has to be agreed again with a successor.",
                "the case has to be made anew to whoever took over.",
                "until there is a successor, nobody over there owns this deal.",
            ),
            "left",
        )
        return claim(
            f"{person.name}, the {role} on record, left{since}{also}: {what}",
            person.key,
            *(each.key for each in others),
        )

    def aim(self) -> Claim:
        person, who = self.person, self.next
        if who is None:
            return claim(
                f"find out who took over from {person.first}, and get a first date with them",
                person.key,
            )
        return claim(
            f"have {who.first} name who took over from {person.first}, and make the introduction",
            who.key,
            person.key,
        )

    def risk(self) -> Risk:
        who = self.next
        own = (
            f"Call {who.name} this week and rebuild the case from the reason for buying."
            if who
            else "Call the switchboard rather than write: nobody else is known there."
        )
        return Risk(
            f"The deal goes with {self.person.first}",
            claim(
                f"The support on record was that of {self.person.name}; a successor has no reason"
                " to keep to it.",
                self.person.key,
            ),
            self.answers(own, who.key if who else self.person.key),
        )

    def question(self) -> Claim:
        who = f"{self.next.first}, who" if self.next else "Who"
        return claim(
            f"“{who} has taken over from {self.person.first}, and what will that person be"
            " measured by this year?”",
            self.person.key,
            self.next.key if self.next else "",
        )

    def measure(self) -> Claim:
        return claim(
            f"The successor of {self.person.first} stands in the CRM with a role, and a first"
            " meeting with them has a date.",
            self.person.key,
        )


class Doubt(Theme):
    """Somebody who decides is marked as gone, and yet appears in what came later."""

    name = "doubt"

    def holds(self) -> bool:
        heavy = [
            each
            for each in self.view.doubtful
            if each.is_primary or any(name in each.role.lower() for name in DECIDES)
        ]
        self.weight = 10
        self.person = next(iter(heavy), None)
        return bool(heavy)

    def headline(self) -> Claim | None:
        person = self.person
        said = self.known_of_it()
        if person is None or said is None:
            return None
        since = f" since {on_day(person.left_on, today=self.known.today)}" if person.left_on else ""
        return claim(
            f"Clear up one thing before you dial: {person.name},"
            f" {person.role.lower() or 'contact'}, is marked as gone{since}, and yet appears"
            f" {self.view.where(said)}.",
            person.key,
            said.key,
        )

    def known_of_it(self) -> Said | None:
        key = self.person.seen_in if self.person else ""
        return next((each for each in self.known.said if each.key == key), None)

    def question(self) -> Claim | None:
        person = self.person
        if person is None:
            return None
        return claim(
            f"“Who works on this at your side today, and is {person.first} still one of them?”",
            person.key,
        )


class Payer(Theme):
    """Who pays is not known, or has not been in the conversation for long."""

    name = "payer"
    looks_for = Ask(
        "an executive of the customer should have met one of ours before the proposal",
        ("executive", "executives"),
        "executives",
    )

    def holds(self) -> bool:
        self.person = self.view.payer or self.view.decider
        self.weight = 11 + self.size("people")
        if self.person is None:
            return bool(self.view.here)
        if self.person is self.view.latest:
            return False
        on = self.person.last_on
        return on is None or (self.known.today - on).days >= LONG_AGO

    @property
    def since(self) -> str:
        person = self.person
        if person is None or person.last_on is None:
            return "has never been spoken with, as far as the records go"
        away = (self.known.today - person.last_on).days
        return f"was last spoken with {counted(away, 'day')} ago"

    def headline(self) -> Claim:
        if self.person is None:
            size = len(self.view.here)
            who = counted(size, "person", "people")
            return claim(
                f"Nobody on record holds the budget: {who} still in the deal, and no economic"
                " buyer among them."
                if size > 1
                else "Nobody on record holds the budget.",
                "deal",
                "people",
            )
        return claim(
            f"{self.person.name}, down as {self.person.role.lower()}, {self.since}.",
            self.person.key,
        )

    def aim(self) -> Claim:
        talk = self.view.contact
        if self.person is None:
            return claim(
                f"learn from {self.by_name(talk)} who signs, and leave with a way to that person",
                talk.key if talk else "deal",
            )
        way = f"through {talk.first}" if talk and talk is not self.person else "directly"
        return claim(
            f"get a date with {self.person.first}, {way}", self.person.key, talk.key if talk else ""
        )

    def risk(self) -> Risk:
        if self.person is None:
            return Risk(
                "We sell to people who cannot sign",
                claim("No economic buyer is named on the deal.", "deal"),
                self.answers(
                    "Write half a page for whoever holds the budget, and ask your contact to carry"
                    " it there with you copied in.",
                    "deal",
                    triggers=("senior_contact",),
                ),
            )
        return Risk(
            f"{self.person.first} decides without having heard us",
            claim(f"{self.person.name} {self.since}.", self.person.key),
            self.answers(
                f"Have someone of {self.person.first}'s own level write first: your manager, or an"
                " executive of ours.",
                self.person.key,
                triggers=("senior_contact",),
            ),
        )

    def question(self) -> Claim:
        if self.person is None:
            return claim("“Whose budget does this come from, and who has to sign?”", "deal")
        first = self.person.first
        return claim(
            f"“What does {first} need to see before saying yes, and when can we go through it"
            f" with {first}?”",
            self.person.key,
        )

    def measure(self) -> Claim:
        if self.person is None:
            return claim("The economic buyer has a name in the CRM.", "deal")
        return claim(f"{self.person.first} has accepted the next meeting.", self.person.key)


class Threads(Theme):
    """One person alone, or nobody."""

    name = "threads"
    looks_for = Ask("with one contact we won, with two or three", ("contact",), "contact")

    def holds(self) -> bool:
        here = self.view.here
        self.weight = 12 + self.size("people")
        return len(here) <= 1

    def headline(self) -> Claim | None:
        if not self.view.here:
            gone = " any more" if self.view.gone else ""
            return claim(f"Nobody at the customer stands on this deal{gone}.", "deal")
        person = self.view.here[0]
        warned = self.known.foreseen.warns("single_threaded")
        return claim(
            f"Everything hangs on {person.name}: nobody else who is still there is on the deal.",
            person.key,
            warned.key if warned else "deal",
        )

    def aim(self) -> Claim:
        if not self.view.here:
            return claim("find the person who owns the problem, and put a name on the deal", "deal")
        person = self.view.here[0]
        return claim(f"be introduced by {person.first} to somebody else who decides", person.key)

    def risk(self) -> Risk | None:
        if not self.view.here:
            return None
        person = self.view.here[0]
        return Risk(
            f"If {person.first} goes quiet, so does the deal",
            claim("No second person is on it.", "deal"),
            self.answers(
                f"Ask {person.first} who else works with it, pays or can stop it, and invite that"
                " person to the next meeting.",
                person.key,
                triggers=("single_threaded", "second_contact"),
            ),
        )

    def question(self) -> Claim | None:
        if not self.view.here:
            return None
        person = self.view.here[0]
        return claim(
            f"“{person.first}, who besides you would notice if nothing changed?”", person.key
        )

    def measure(self) -> Claim:
        which = "Another" if self.view.here else "A"
        return claim(f"{which} name, with its role, stands on the deal.", "deal")


class Champion(Theme):
    """The CRM says that nobody speaks for us inside."""

    name = "champion"
    looks_for = Ask(
        "champion test it ask for an introduction confirmed champion won",
        ("champion", "champions"),
        "champion",
    )

    def holds(self) -> bool:
        known = self.known
        self.weight = 6 + self.size("own_Champion__c")
        return known.has_champion_field and known.champion.lower() not in SPEAK_FOR_US

    def candidate(self) -> tuple[Person, Said] | None:
        for said in self.view.good:
            for each in self.view.here:
                if said.key not in self.view.quoted and (
                    each.first in said.text or said.by == each.name
                ):
                    return each, said
        return None

    def headline(self) -> Claim:
        reason = next(
            (each for each in self.known.foreseen.hurts if "champion" in each.title.lower()), None
        )
        if reason:
            return claim(
                f"Nobody inside is known to sell for us ({in_points(reason.points)}).", reason.key
            )
        return claim("No champion is confirmed.", "deal")

    def talk(self) -> tuple[str, Sequence[Claim]] | None:
        found = self.candidate()
        if found is None:
            return None
        person, said = found
        return (
            f"Make a champion of {person.first}",
            [
                claim(
                    f"{person.first} has shown more than politeness; {self.view.who(said)}:"
                    f" {self.view.quote(said)}",
                    said.key,
                    person.key,
                ),
                claim(
                    f"Give {person.first} something to carry inside: one page with the reason, the"
                    " number and the date, in the customer's own words.",
                    person.key,
                ),
            ],
        )

    def risk(self) -> Risk:
        return Risk(
            "Nobody argues for us when we are not there",
            claim(
                f"As champion the CRM has “{self.known.champion}”."
                if self.known.champion
                else "The field for the champion is empty.",
                "deal",
            ),
            self.answers(
                "Test it: ask for something that costs effort, such as an introduction or figures."
                " Who does it is your champion.",
                "deal",
            ),
        )

    def question(self) -> Claim:
        person = self.view.contact
        return claim(
            f"“{person.first + ', what' if person else 'What'} would you say if your management"
            " asked you why us?”",
            person.key if person else "deal",
        )

    def measure(self) -> Claim:
        return claim("Somebody over there has done something for us that cost effort.", "deal")
