"""Themes of people: who left, who pays and is not there, who is alone, who speaks for us."""

from collections.abc import Sequence

from assistant.claims import Claim
from assistant.plans.composing.themes import Risk, Theme
from assistant.plans.gathering.known import Person
from assistant.plans.points import claim
from assistant.plans.wording import counted, in_points, listed, on_day

LONG_AGO = 45  # days from which somebody counts as absent
DECIDES = ("decision", "economic", "champion", "sponsor", "executive")


class Left(Theme):
    """Somebody with a part in the deal is no longer there."""

    name = "left"

    def holds(self) -> bool:
        gone = self.view.gone
        if not gone:
            return False
        heavy = [each for each in gone if any(name in each.role.lower() for name in DECIDES)]
        self.person = next(iter(heavy), gone[0])
        self.weight = 26 if heavy or self.person.is_primary else 9
        return True

    @property
    def called(self) -> str:
        role = self.person.role.lower() or "contact"
        return f"{self.person.name}, the {role} on record,"

    @property
    def next(self) -> Person | None:
        return self.view.contact

    def headline(self) -> Claim:
        others = [each for each in self.view.gone if each is not self.person]
        also = f", and so has {listed([each.name for each in others])}" if others else ""
        return claim(
            f"{self.called} has left {self.known.company}{also}: "
            + self.view.pick(
                (
                    "whatever was agreed has to be agreed again with a successor.",
                    "the case has to be made anew to whoever took over.",
                    "until there is a successor, nobody over there owns this deal.",
                ),
                "left",
            ),
            self.person.key,
            *(each.key for each in others),
        )

    def aim(self) -> Claim:
        if self.next is None:
            return claim(
                f"find out who took over from {self.person.first}, and get a first date with"
                " that person",
                self.person.key,
            )
        return claim(
            f"get {self.next.first} to name who took over from {self.person.first}, and to make"
            " the introduction",
            self.next.key,
            self.person.key,
        )

    def risk(self) -> Risk:
        who = self.next
        return Risk(
            f"The deal goes with {self.person.first}",
            claim(
                f"The support that is on record was that of {self.person.name}; a successor has"
                " no reason to keep to it.",
                self.person.key,
            ),
            claim(
                f"Call {who.name} this week and rebuild the case from the reason for buying."
                if who
                else "Call the switchboard rather than write: nobody else is known there.",
                *(key for key in (who.key if who else None, self.person.key) if key),
            ),
        )

    def question(self) -> Claim:
        asked = f"Ask {self.next.first}" if self.next else "Ask whoever answers"
        return claim(
            f"{asked}: “Who has taken over from {self.person.first}, and what will that person"
            " be measured by this year?”",
            self.person.key,
        )

    def measure(self) -> Claim:
        return claim(
            f"The successor of {self.person.first} is in the CRM with a role, and a first"
            " meeting with that person has a date.",
            self.person.key,
        )


class Payer(Theme):
    """Who pays is not known, or has not been in the conversation for long."""

    name = "payer"

    def holds(self) -> bool:
        self.person = self.view.payer or self.view.decider
        self.weight = 11 + self.size("people")
        if self.person is None:
            return bool(self.known.people)
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
            return claim(
                "Nobody on record holds the budget: "
                f"{counted(len(self.known.people), 'person', 'people')} in the deal, and no"
                " economic buyer among them.",
                *(each.key for each in self.known.people[:3]),
                "deal",
            )
        return claim(
            f"{self.person.name}, who is down as {self.person.role.lower()}, {self.since}.",
            self.person.key,
        )

    def aim(self) -> Claim:
        talk = self.view.contact
        if self.person is None:
            return claim(
                f"learn from {self.by_name(talk)} who signs, and leave with a way to that person",
                talk.key if talk else "deal",
            )
        way = "through " + talk.first if talk and talk is not self.person else "directly"
        return claim(
            f"get a date with {self.person.first}, {way}", self.person.key, talk.key if talk else ""
        )

    def risk(self) -> Risk:
        move = self.known.foreseen.move("senior_contact", "another_contact")
        gain = (
            f" Deals like this one with such a contact stand {in_points(move.points)} higher."
            if move
            else ""
        )
        keys = [move.key] if move else []
        if self.person is None:
            return Risk(
                "We sell to people who cannot sign",
                claim("No economic buyer is named on the deal.", "deal"),
                claim(
                    "Write half a page for whoever holds the budget, and ask your contact to"
                    f" carry it there with you copied in.{gain}",
                    "deal",
                    *keys,
                ),
            )
        return Risk(
            f"{self.person.first} decides without having heard us",
            claim(f"{self.person.name} {self.since}.", self.person.key),
            claim(
                f"Have someone of {self.person.first}'s own level write first: your manager or"
                f" your executive sponsor.{gain}",
                self.person.key,
                *keys,
            ),
        )

    def question(self) -> Claim:
        if self.person is None:
            return claim("“Whose budget does this come from, and who has to sign?”", "deal")
        return claim(
            f"“What does {self.person.first} need to see before saying yes, and when can the"
            " three of us go through it?”".replace("the three of us", "we"),
            self.person.key,
        )

    def measure(self) -> Claim:
        if self.person is None:
            return claim("The economic buyer has a name in the CRM.", "deal")
        return claim(f"{self.person.first} is invited to the next meeting.", self.person.key)


class Threads(Theme):
    """One person alone, or nobody."""

    name = "threads"

    def holds(self) -> bool:
        here = self.view.here
        self.weight = 12 + self.size("people")
        return len(here) <= 1

    def headline(self) -> Claim | None:
        warned = self.known.foreseen.warns("single_threaded")
        if not self.view.here:
            return claim("Nobody at the customer is named on this deal.", "deal")
        person = self.view.here[0]
        return claim(
            f"Everything hangs on {person.name}: no other person is named on the deal.",
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
        play = self.known.foreseen.play("single_threaded", "second_contact")
        return Risk(
            f"If {person.first} goes quiet, so does the deal",
            claim("No second person is named on it.", "deal"),
            claim(
                play.advice
                if play
                else f"Ask {person.first} who else works with it, pays or can stop it, and invite"
                " one of them.",
                play.key if play else person.key,
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
        return claim("A second name, with its role, stands on the deal.", "deal")


class Champion(Theme):
    """The CRM says that nobody speaks for us inside."""

    name = "champion"

    def holds(self) -> bool:
        self.weight = 6 + self.size("own_Champion__c")
        known = self.known
        return known.has_champion_field and known.champion.lower() not in ("confirmed", "yes")

    @property
    def candidate(self) -> Person | None:
        for said in self.view.good:
            for each in self.view.here:
                if each.first in said.text or said.by == each.name:
                    self.said = said
                    return each
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
        person = self.candidate
        if person is None:
            return None
        said = self.said
        words = self.view.quote(said)
        if not words:
            return None
        return (
            f"Make a champion of {person.first}",
            [
                claim(
                    f"{person.first} has shown more than politeness; {self.view.who(said)}:"
                    f" {words}",
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
                f"The CRM has “{self.known.champion}” as champion."
                if self.known.champion
                else "The field for the champion is empty.",
                "deal",
            ),
            claim(
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
        return claim("Somebody has done something for us that cost effort.", "deal")


def last_word(person: Person, *, today_year: int) -> str:
    return on_day(person.last_on, today=person.last_on) if person.last_on else ""
