"""What is known of the customer's use and cases, as it stands in a plan."""

from collections.abc import Sequence

from assistant.plans.gathering.customer import Customer
from assistant.plans.gathering.known import Ticket
from assistant.plans.points import Writing, claim
from assistant.plans.wording import listed, percent, plain

IDLE, FULL = 0.6, 0.95  # of the licences


def use_told(writing: Writing, customer: Customer | None) -> None:
    use = customer.use if customer else None
    if use is None or customer is None or not customer.owned:
        return
    has = listed([plain(each) for each in customer.owned[:3]])
    said = f"They have {has} and {use.active:,} of {use.licensed:,} licences in use"
    if use.share < IDLE:
        more = ": unused licences are an argument against buying more, until you know why."
    elif use.share > FULL:
        more = ": they are at their limit, which is a reason to talk about more."
    else:
        more = "."
    writing.add(claim(f"{said} ({percent(use.share)}){more}", use.key))


def cases_told(writing: Writing, tickets: Sequence[Ticket]) -> None:
    if not tickets:
        return
    named = list(dict.fromkeys(f"“{plain(each.subject)}”" for each in tickets[:2]))
    urgent = " Some of it is escalated." if any(each.is_escalated for each in tickets) else ""
    writing.add(
        claim(f"Open with support: {listed(named)}.{urgent}", *(each.key for each in tickets[:2]))
    )
