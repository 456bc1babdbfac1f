"""What to ask, by role and from the reader's own records."""

from accounts.models import Account
from forecasting.models import DealOutlook
from revenue.users.models import Membership
from revenue.users.roles import Role

BY_ROLE = {
    Role.REP: (
        "Which of my deals are at risk?",
        "Top 5 opportunities",
        "How far am I from quota?",
        "Which leads should I call first?",
        "What should I sell next?",
    ),
    Role.MANAGER: (
        "Which deals of my team are at risk this quarter?",
        "Forecast this quarter",
        "What changed in the pipeline this week?",
        "How is my team doing?",
        "Deals with no next step",
    ),
    Role.EXECUTIVE: (
        "How does the pipeline look?",
        "Forecast this quarter",
        "Why did win rates fall?",
        "Industry trends",
        "Which customers may churn?",
    ),
    Role.ADMIN: (
        "How does the pipeline look?",
        "Forecast this quarter",
        "Industry trends",
        "Which customers may churn?",
        "What can you do?",
    ),
}


def by_role(reader: Membership) -> list[str]:
    return list(BY_ROLE.get(Role(reader.role), BY_ROLE[Role.ADMIN]))


def of_own_records(reader: Membership) -> list[str]:
    """Examples that name what the reader has: the riskiest deal's account, an account of theirs."""
    found: list[str] = []
    riskiest = (
        DealOutlook.objects.visible_to(reader)
        .filter(org=reader.org)
        .exclude(account_name="")
        .order_by("-risk_value", "id")
        .values_list("account_name", "region")
        .first()
    )
    if riskiest is not None:
        name, region = riskiest
        found += [f"Tell me about {name}", f"Write {name} a friendly follow-up"]
        if region:
            found.append(f"Open deals over 50k in {region}")
        return found
    first = list(
        Account.objects.visible_to(reader).order_by("name").values_list("name", flat=True)[:1]
    )
    return [f"Tell me about {name}" for name in first]
