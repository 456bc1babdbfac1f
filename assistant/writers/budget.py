"""What a person may still spend today, and what was spent: asked before, booked after."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Sum

from assistant.models import WriterPolicy, WriterSpend
from assistant.writers.asking import OfflineError, Request, Said
from revenue.users.models import Org, User

LETTERS_A_TOKEN = 3  # on the safe side, where a provider does not count for us
USED_UP = (
    "Your budget for written answers is used up for today, so this was put together without a "
    "language model. It starts anew tomorrow."
)


@dataclass(frozen=True)
class Spent:
    tokens: int = 0
    cost: Decimal = Decimal(0)


def spent_on(day: date, *, org: Org, person: User) -> Spent:
    sums = WriterSpend.objects.filter(org=org, person=person, day=day).aggregate(
        tokens=Sum(F("tokens_in") + F("tokens_out")), cost=Sum("cost")
    )
    return Spent(tokens=sums["tokens"] or 0, cost=sums["cost"] or Decimal(0))


def share_used(policy: WriterPolicy, spent: Spent) -> float | None:
    """Of the nearer of the two limits; none where there is no limit."""
    shares = []
    if policy.daily_tokens is not None:
        shares.append(spent.tokens / policy.daily_tokens if policy.daily_tokens else 1.0)
    if policy.daily_cost is not None:
        shares.append(float(spent.cost / policy.daily_cost) if policy.daily_cost else 1.0)
    return max(shares, default=None)


@dataclass
class Account:
    """One question's: what it may still cost, and where its cost is written."""

    policy: WriterPolicy
    person: User
    purpose: str
    day: date

    def refuse_when_used_up(self) -> None:
        spent = spent_on(self.day, org=self.policy.org, person=self.person)
        share = share_used(self.policy, spent)
        if share is not None and share >= 1:
            raise OfflineError(USED_UP)

    def book(self, request: Request, said: Said, *, has_failed: bool) -> Said:
        """What nobody counted for us is estimated, and what was never taken costs nothing."""
        counted = counted_of(request, said, has_failed=has_failed)
        cost = self.policy.cost(tokens_in=counted.tokens_in, tokens_out=counted.tokens_out)
        row, _ = WriterSpend.objects.get_or_create(
            org=self.policy.org, person=self.person, day=self.day, purpose=self.purpose
        )
        WriterSpend.objects.filter(pk=row.pk).update(
            calls=F("calls") + 1,
            failed=F("failed") + int(has_failed),
            tokens_in=F("tokens_in") + counted.tokens_in,
            tokens_out=F("tokens_out") + counted.tokens_out,
            cost=F("cost") + cost,
        )
        return counted


def account_of(policy: WriterPolicy, *, by: User, purpose: str, at: datetime) -> Account:
    return Account(policy, by, purpose, policy.org.today(at=at))


def counted_of(request: Request, said: Said, *, has_failed: bool) -> Said:
    tokens_in, tokens_out = said.tokens_in, said.tokens_out
    has_come = bool(said.text or said.asked)
    if not tokens_in and (has_come or not has_failed):
        tokens_in = estimated(length_of(request))
    if not tokens_out and has_come:
        letters = len(said.text) + sum(len(asked.arguments) for asked in said.asked)
        tokens_out = estimated(letters)
    return Said(said.text, said.asked, tokens_in, tokens_out, said.is_cut)


def length_of(request: Request) -> int:
    texts = [request.system, *(turn.text for turn in request.turns)]
    for each in request.rounds:
        texts += [each.said.text, *each.results]
    return sum(map(len, texts))


def estimated(letters: int) -> int:
    return -(-letters // LETTERS_A_TOKEN)
