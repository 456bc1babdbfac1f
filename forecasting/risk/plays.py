"""The playbook that an org begins with: what to do about each warning, and each move in reach."""

from django.db import transaction

from forecasting.models import Play
from revenue.users.models import Org

USUAL: tuple[tuple[str, str, str], ...] = (
    (
        "no_activity",
        "Call the main contact this week",
        (
            "Ask what has changed since you last spoke, and leave the call with a date for the next"
            " one. If nobody can be reached twice, say so to your manager and lower the forecast."
        ),
    ),
    (
        "ghosted",
        "Reach them another way",
        (
            "Do not send the same e-mail again. Call, or ask a second person at the customer"
            " whether the project still has its budget and its date. Offer to close the file if it"
            " has not: that often brings the answer."
        ),
    ),
    (
        "overdue",
        "Agree on a new close date with the customer",
        (
            "Ask which steps are left on their side and who signs. Set the date that follows from"
            " those steps, and not the end of the month."
        ),
    ),
    (
        "single_threaded",
        "Meet a second person",
        (
            "Ask your contact who else decides, pays or works with it, and invite one of them to"
            " the next meeting. If the contact leaves, the deal should not."
        ),
    ),
    (
        "stalled",
        "Find what holds it in this stage",
        (
            "Write down what must be true for the next stage, and ask the customer which of it is"
            " missing. If nothing has moved in two weeks, go back to the pain that began the deal,"
            " or close it as lost."
        ),
    ),
    (
        "no_next_step",
        "Write down the next step, with a date",
        "One step that the customer has agreed to: what, who, by when. “Follow up” is none.",
    ),
    (
        "pushed",
        "Go through the plan with your manager",
        (
            "Three new dates mean that the date is a hope. List each step to the signature with its"
            " owner and its date, share it with the customer, and forecast by it."
        ),
    ),
    (
        "amount_fell",
        "Ask what was taken out, and why",
        (
            "Find out whether the need, the budget or a competitor made it smaller. Offer less"
            " scope for less money before you offer the same for less."
        ),
    ),
    (
        "book_meeting",
        "Book a meeting",
        "Propose two times and an agenda of three lines, of which the last is a decision.",
    ),
    (
        "get_answer",
        "Ask one question that is easy to answer",
        (
            "Write two sentences that end in one question. An answer, even a no, tells more than"
            " silence."
        ),
    ),
    (
        "second_contact",
        "Bring in a second contact",
        "Somebody who will use it or who pays for it: ask your contact for an introduction.",
    ),
    (
        "senior_contact",
        "Bring in a director",
        "Ask your own director to write to theirs: half a page on what the customer gains.",
    ),
    (
        "set_next_step",
        "Agree on the next step",
        "Before the call ends: what happens next, who does it, by when.",
    ),
    (
        "settle_close_date",
        "Settle a realistic close date",
        "Count back from the day on which they need it: signature, legal, security, trial.",
    ),
)


@transaction.atomic
def ensure_playbook(*, org: Org) -> int:
    """Once: an org that has any play, switched off or not, is left as it is."""
    if Play.objects.filter(org=org).exists():
        return 0
    plays = [
        Play(org=org, trigger=trigger, title=title, advice=advice, position=position)
        for position, (trigger, title, advice) in enumerate(USUAL)
    ]
    return len(Play.objects.bulk_create(plays, ignore_conflicts=True))
