"""Themes of the case itself: what they object to, who competes, what shrank, how well they are."""

from collections.abc import Sequence

from assistant.claims import Claim
from assistant.plans.composing.themes import HOW_TO, Risk, Theme
from assistant.plans.composing.topics import Concern
from assistant.plans.gathering.known import Said
from assistant.plans.gathering.passages import Ask
from assistant.plans.points import cited, claim
from assistant.plans.wording import capital, in_points, plain

IN_HOUSE = ("in-house", "in house", "inhouse", "internal", "do nothing", "none", "no decision")
FRESH = 45


class Answer(Theme):
    """The newest thing that they hold against it."""

    name = "answer"
    place = 0

    def asks(self) -> Ask | None:
        topic = self.concern.topic
        return Ask(topic.looks_for, topic.must, kinds=HOW_TO)

    def holds(self) -> bool:
        concerns = self.view.concerns
        if len(concerns) <= self.place:
            return False
        self.concern: Concern = concerns[self.place]
        age = (self.known.today - self.concern.said.on).days
        self.weight = 17 - 4 * self.place - min(10, age / 12)
        if self.concern.said.is_incoming:
            self.weight += 4
        return True

    @property
    def is_answered(self) -> bool:
        """A mail of ours after theirs; whether it said enough nobody can tell from here."""
        return any(
            each.kind == "email" and not each.is_incoming and each.on >= self.concern.said.on
            for each in self.known.said
        )

    def headline(self) -> Claim | None:
        said = self.concern.said
        words = self.view.quote(said)
        if not words:
            return None
        since = " No mail of ours has gone out since." if said.is_incoming and not (
            self.is_answered
        ) else ""  # fmt: skip
        lead = self.view.pick(
            (
                "What stands in the way on their side is",
                "Open on their side:",
                "They hesitate over",
            ),
            "answer",
        )
        return claim(
            f"{lead} {self.concern.topic.label}; {self.view.who(said)}: {words}{since}", said.key
        )

    def aim(self) -> Claim | None:
        return claim(
            f"settle {self.concern.topic.label}, and have them say so", self.concern.said.key
        )

    def talk(self) -> tuple[str, Sequence[Claim]]:
        topic, said = self.concern.topic, self.concern.said
        words = self.view.quote(said)
        told = f"{capital(self.view.who(said))}: {words}" if words else ""
        claims = [claim(told, said.key)] if told else []
        claims.append(claim(f"{self.view.pick(topic.answer, topic.name)}.", said.key))
        written = cited(self.known.best(f"theme:{self.name}"))
        return f"Answer {topic.label}", [*claims, written] if written else claims

    def risk(self) -> Risk:
        topic, said = self.concern.topic, self.concern.said
        return Risk(
            topic.risk,
            claim(f"{capital(topic.label)} has been open since {self.view.day(said)}.", said.key),
            [claim(f"→ {topic.remedy}.", said.key)],
        )

    def question(self) -> Claim:
        said = self.concern.said
        person = next((each for each in self.view.here if each.name == said.by), self.view.contact)
        asked = self.concern.topic.question
        asked = f"{person.first}, {asked}" if person else capital(asked)
        return claim(
            f"“{asked}”",
            said.key,
            person.key if person else "",
        )

    def measure(self) -> Claim:
        return claim(self.concern.topic.settled, self.concern.said.key)


class Second(Answer):
    """The one after it, where there are two."""

    name = "second"
    place = 1

    def headline(self) -> Claim | None:
        return None


class Competitor(Theme):
    """Somebody else is in it; what is said of them stands in a section of its own."""

    name = "rival"

    def holds(self) -> bool:
        known = self.known
        self.weight = 7 + self.size("own_Competitor__c")
        self.mentions = known.rivals_mentioned
        own = known.rival if known.rival.lower() not in IN_HOUSE else ""
        self.rival = own or (self.mentions[0][0] if self.mentions else "")
        if self.mentions:
            said = next((e for e in known.said if e.key == self.mentions[0][1]), None)
            if said and (known.today - said.on).days <= FRESH:
                self.weight += 5
        return bool(self.rival)

    def headline(self) -> Claim | None:
        reason = next((each for each in self.known.foreseen.hurts if "ompet" in each.title), None)
        if reason is None:
            return None
        return claim(
            f"{plain(self.rival)} is in it ({in_points(reason.points)}).", reason.key, "deal"
        )

    def heard(self) -> Said | None:
        key = next((key for name, key in self.mentions if name == self.rival), "")
        return next((each for each in self.known.said if each.key == key), None)

    def talk(self) -> tuple[str, Sequence[Claim]] | None:
        said = self.heard()
        words = self.view.quote(said) if said else ""
        if said is None or not words:
            return None
        found = self.known.best("rival")
        claims = [
            claim(f"{capital(self.view.who(said))}: {words}", said.key),
            claim("Grant what is true of it, and move to where they are weak.", said.key),
        ]
        written = cited(found, "Our ground")
        return f"Take on {plain(self.rival)} before they do", (
            [*claims, written] if written else claims
        )

    def risk(self) -> Risk | None:
        said = self.heard()
        reason = next((each for each in self.known.foreseen.hurts if "ompet" in each.title), None)
        if said is None and reason is None:
            return None
        cost = f" ({in_points(reason.points)})" if reason else ""
        keys = [each.key for each in (said, reason) if each]
        wrong = self.known.best("rival-not")
        answers = [claim("→ Ask for the criteria before the comparison, and add the lines on which"
                         " we are better.", *keys)]  # fmt: skip
        if wrong:
            answers.append(claim(f"What not to do: “{wrong.text}”", wrong.key))
        return Risk(
            f"They choose {plain(self.rival)}",
            claim(f"{plain(self.rival)} is in it{cost}.", *keys, "deal"),
            answers,
        )

    def question(self) -> Claim:
        keys = [key for name, key in self.mentions if name == self.rival][:1]
        return claim(
            f"“If you had to choose today, what would speak for {plain(self.rival)}, and what"
            " would we have to show you?”",
            *(keys or ["deal"]),
        )


class Shrunk(Theme):
    """The amount fell, or there is none."""

    name = "amount"

    def holds(self) -> bool:
        self.fell = self.known.foreseen.warns("amount_fell")
        self.weight = 9 if self.fell else 4
        return self.fell is not None or self.known.deal.amount is None

    def headline(self) -> Claim | None:
        if self.fell is None:
            return None
        return claim(f"The amount was cut {self.fell.lasting}.".replace("  ", " "), self.fell.key)

    def risk(self) -> Risk | None:
        if self.fell is None:
            return None
        return Risk(
            "It goes on shrinking",
            claim(f"The amount fell {self.fell.lasting}.", self.fell.key),
            self.answers(
                "Find out what was taken out, and why, before the next offer.",
                "deal",
                triggers=("amount_fell",),
            ),
        )

    def question(self) -> Claim:
        if self.fell is not None:
            return claim("“What did you take out, and what made you decide so?”", self.fell.key)
        return claim("“How many people would work with it in the first year?”", "deal")

    def measure(self) -> Claim | None:
        if self.fell is not None:
            return None
        return claim("The deal has an amount that the customer has heard.", "deal")


class Unwell(Theme):
    """The customer is not content with what it has."""

    name = "unwell"
    looks_for = Ask("a call with an open critical case begins with the case", ("case",))

    def holds(self) -> bool:
        customer = self.known.customer
        self.health = customer.health if customer else None
        self.urgent = next((each for each in self.known.tickets if each.is_escalated), None)
        bad = self.health is not None and self.health.band != "Healthy"
        self.weight = 10 if self.urgent or (bad and self.health and self.health.score <= 50) else 5
        return bool(customer and customer.owned) and (bad or self.urgent is not None)

    def headline(self) -> Claim | None:
        if self.health is None or self.health.score > 50:
            return None
        return claim(
            f"They are not a happy customer: health is {self.health.score} of 100.",
            self.health.key,
        )

    def talk(self) -> tuple[str, Sequence[Claim]] | None:
        ticket = self.urgent or next(iter(self.known.tickets), None)
        if ticket is None:
            return None
        more = len(self.known.tickets) - 1
        return (
            "Settle what is broken before selling more",
            [
                claim(
                    f"“{plain(ticket.subject)}” is still open"
                    + (", with other cases beside it" if more else "")
                    + ": know its state before you dial, and bring the answer with you.",
                    ticket.key,
                )
            ],
        )

    def risk(self) -> Risk | None:
        if self.health is None:
            return None
        worst = next((each for each in self.health.reasons if each.get("points", 0) < 0), None)
        why = f": {plain(worst['text'])}" if worst else ""
        return Risk(
            "What they have today speaks against us",
            claim(f"Health is {self.health.score} of 100{why}.", self.health.key),
            self.answers(
                "Bring in customer success before the next offer, and show what has been put"
                " right.",
                self.health.key,
            ),
        )

    def question(self) -> Claim | None:
        if self.health is None:
            return None
        return claim(
            "“What should we put right in what you have before we speak of anything new?”",
            self.health.key,
        )
