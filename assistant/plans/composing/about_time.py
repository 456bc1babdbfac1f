"""Themes of time: silence, dates that do not hold, a stage that goes on, no next step."""

from collections.abc import Sequence

from assistant.claims import Claim
from assistant.plans.composing.themes import Risk, Theme
from assistant.plans.gathering.passages import Ask
from assistant.plans.points import claim
from assistant.plans.wording import counted, in_points, on_day, percent, plain

QUIET = 14
SHORT = 7  # days of which the date is short before it is worth a word
SLOW = 1.6
STALE = 21


class Silence(Theme):
    """Nothing happens, or nothing comes back."""

    name = "silence"
    looks_for = Ask(
        "days without a sign from the customer is a stall send something of use", ("stall", "sign")
    )

    def holds(self) -> bool:
        facts, foreseen = self.known.foreseen.facts, self.known.foreseen
        self.days = facts.get("days_since_activity") or 0.0
        self.back = facts.get("days_since_sign")
        self.is_one_way = foreseen.warns("ghosted") is not None
        if foreseen.probability is None:
            return False
        quiet = self.days >= QUIET or foreseen.warns("no_activity") is not None
        self.weight = 12 + self.size("activity", "incoming", "meeting") + (5 if quiet else 2)
        return quiet or self.is_one_way

    def headline(self) -> Claim:
        reason = self.reason("activity", "incoming", "meeting", "call")
        cost = f" ({in_points(reason.points)})" if reason else ""
        keys = ["outlook", reason.key if reason else ""]
        if self.is_one_way and self.days < QUIET and self.back:
            return claim(
                f"We write and they do not: the last sign from the customer is"
                f" {counted(self.back, 'day')} old{cost}.",
                *keys,
            )
        return claim(
            self.view.pick(
                (
                    f"It has gone quiet: nothing on record for {counted(self.days, 'day')}{cost}.",
                    f"Nothing has happened for {counted(self.days, 'day')}{cost}.",
                    f"There is no call, mail or meeting in {counted(self.days, 'day')}{cost}.",
                ),
                "silence",
            ),
            *keys,
        )

    def aim(self) -> Claim:
        person = self.view.contact
        return claim(
            f"get a plain yes, no or not now from {self.by_name(person)}, and a date with it",
            person.key if person else "deal",
        )

    def talk(self) -> tuple[str, Sequence[Claim]] | None:
        last = next((each for each in self.known.said if each.is_incoming and each.text), None)
        if last is None:
            return None
        words = self.view.quote(last)
        if not words:
            return None
        return (
            "Pick up their last word, not ours",
            [
                claim(
                    f"The last thing that came from them: {self.view.who(last)}: {words}", last.key
                ),
                claim("Begin there; a new pitch would start the silence again.", last.key),
            ],
        )

    def risk(self) -> Risk:
        span = self.back if self.is_one_way and self.back else self.days
        what = "without a sign from them" if self.is_one_way else "without any activity"
        return Risk(
            "The project has been dropped and nobody told us",
            claim(f"{counted(span or 0, 'day')} {what}.", "outlook"),
            self.answers(
                "Try another channel and another person, and offer to close the file.",
                "outlook",
                triggers=("ghosted", "no_activity", "get_answer"),
            ),
        )

    def question(self) -> Claim:
        return claim(
            "“Has something changed on your side since we last spoke: the need, the budget or"
            " the date?”",
            "outlook",
        )

    def measure(self) -> Claim:
        return claim("They have answered, and the next conversation is in both calendars.", "deal")


class Dates(Theme):
    """The close date has passed, moves, or leaves less time than won deals needed."""

    name = "dates"
    looks_for = Ask(
        "mutual plan with names and days on both sides closed in the quarter", ("plan",), "plan"
    )

    def holds(self) -> bool:
        known = self.known
        left, needed = known.days_left, known.timing.still_needed
        self.is_over = left is not None and left < 0
        self.is_short = left is not None and needed is not None and 0 <= left < needed - SHORT
        pushes = known.timing.pushes
        self.weight = 5 + self.size("pushes", "close_date") + 2 * min(pushes, 4)
        self.weight += 9 if self.is_over else 6 if self.is_short else 0
        return self.is_over or self.is_short or pushes >= 2

    def headline(self) -> Claim:
        known = self.known
        pushes = known.timing.pushes
        moved = f" and was moved {times(pushes)} before" if pushes else ""
        if self.is_over:
            late = counted(-(known.days_left or 0), "day")
            return claim(f"The close date passed {late} ago{moved}.", "deal", known.timing.key)
        if self.is_short:
            return claim(
                f"The date is {counted(known.days_left or 0, 'day')} away, and deals that were won"
                f" still needed {counted(known.timing.still_needed or 0, 'day')} from this point"
                f"{'; it was moved ' + times(pushes) + ' already' if pushes else ''}.",
                "deal",
                known.timing.key,
            )
        far = counted(known.timing.pushed_days, "day")
        return claim(
            f"The close date was moved {times(pushes)}, by {far} in all.", known.timing.key
        )

    def aim(self) -> Claim:
        person = self.view.decider or self.view.contact
        return claim(
            f"have {self.by_name(person)} set the date, counted back from the day they need it",
            person.key if person else "deal",
        )

    def talk(self) -> tuple[str, Sequence[Claim]] | None:
        known = self.known
        if known.deal.close_date is None or not (self.is_short or self.is_over):
            return None
        due = on_day(known.deal.close_date, today=known.today)
        was = "was" if self.is_over else "is"
        return (
            "Replace our date by theirs",
            [
                claim(
                    f"{due} {was} a date of ours. Put the steps on the table — approval, legal,"
                    " security, signature — and let them fill in the days.",
                    "deal",
                )
            ],
        )

    def risk(self) -> Risk:
        lead = "The date is ours, not theirs"
        if self.is_over or self.known.timing.pushes >= 2:
            why = (
                f"Moved {times(self.known.timing.pushes)} so far"
                if self.known.timing.pushes
                else ("It has passed without a decision")
            )
            reason = self.reason("pushes", "close_date")
            cost = f" ({in_points(reason.points)})" if reason else ""
            because = claim(
                f"{why}{cost}.", self.known.timing.key, "deal", reason.key if reason else ""
            )
        else:
            because = claim(
                "It leaves less time than deals that were won needed from this stage.",
                self.known.timing.key,
            )
        return Risk(
            lead,
            because,
            self.answers(
                "Share a plan of every step to the signature, and forecast by what it says.",
                "deal",
                triggers=("overdue", "pushed", "settle_close_date"),
            ),
        )

    def question(self) -> Claim:
        return claim(
            "“By which day must this work for you, and what happens if it does not?”", "deal"
        )

    def measure(self) -> Claim:
        return claim("The close date in the CRM is one that the customer has named.", "deal")


class Stalled(Theme):
    """It stands in its stage for longer than deals that were won."""

    name = "stalled"
    looks_for = Ask(
        "ask what happens if nothing changes no decision plan with days on both sides", ("nothing",)
    )

    def holds(self) -> bool:
        timing = self.known.timing
        spent, usual = timing.days_in_stage, timing.usual
        if spent is None or not usual:
            return False
        self.weight = 6 + self.size("pace", "moves") + min(6, spent / max(1, usual))
        return spent >= SLOW * usual and spent - usual >= SHORT

    def headline(self) -> Claim:
        timing = self.known.timing
        reason = self.reason("pace", "moves")
        cost = f" ({in_points(reason.points)})" if reason else ""
        return claim(
            f"It has been in {plain(self.known.deal.stage)} for"
            f" {counted(timing.days_in_stage or 0, 'day')}; deals that were won left after"
            f" {counted(timing.usual or 0, 'day')}{cost}.",
            timing.key,
            reason.key if reason else "",
        )

    def aim(self) -> Claim:
        return claim("agree with them on the one thing that keeps it from the next stage", "deal")

    def risk(self) -> Risk:
        return Risk(
            f"It stays in {plain(self.known.deal.stage)}",
            claim(
                f"{counted(self.known.timing.days_in_stage or 0, 'day')} in the stage so far.",
                self.known.timing.key,
            ),
            self.answers(
                "Write down what must be true for the next stage, and ask the customer which of it"
                " is missing.",
                "deal",
                triggers=("stalled",),
            ),
        )

    def question(self) -> Claim:
        return claim("“What would have to be settled for you to take the next step?”", "deal")

    def measure(self) -> Claim | None:
        move = self.known.foreseen.move("advance_stage")
        if move is None:
            return claim("It leaves its stage, forward or out.", "deal")
        return claim(
            f"It is in the next stage, where deals like it stand at {percent(move.probability)}.",
            move.key,
        )


class Step(Theme):
    """No next step, or one that has been forgotten."""

    name = "step"
    looks_for = Ask("agenda of three lines on the day before meetings took place", ("agenda",))

    def holds(self) -> bool:
        self.text = plain(self.known.deal.next_step)
        self.weight = 4 + self.size("next_step")
        return not self.text and not self.known.ahead

    def headline(self) -> Claim:
        return claim("No next step is written down and no meeting is booked.", "deal")

    def aim(self) -> Claim:
        return claim("end the call with one step that they take, by a day that they name", "deal")

    def risk(self) -> Risk:
        return Risk(
            "It drifts",
            claim("Nothing is agreed on beyond today.", "deal"),
            self.answers(
                "Propose the step yourself, in writing, as soon as the call has ended.",
                "deal",
                triggers=("no_next_step", "set_next_step"),
            ),
        )

    def measure(self) -> Claim:
        return claim("The next step stands in the CRM: what, who, by when.", "deal")


def times(size: int) -> str:
    return {1: "once", 2: "twice"}.get(size, f"{size} times")
