"""The pages of the forecast beside each other; each keeps the period and the team."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from forecasting.quarter_pages.asked import Asked
from revenue.users.access import OrgRequest
from revenue.users.roles import Role

WHOLE_ORG = frozenset({Role.EXECUTIVE, Role.ADMIN})
READERS = WHOLE_ORG | {Role.REP, Role.MANAGER}
GROUP, WHY = "forecast-group", "why-show"
TABS = (
    ("Forecast", "forecast-show", READERS),
    ("Group", GROUP, WHOLE_ORG),
    ("Deals", "forecast-deals", READERS),
    ("Changes", "forecast-bridge", READERS),
    ("What if", "forecast-scenario", READERS),
    ("Record", "forecast-record", READERS),
    ("Calls", "forecast-calls", READERS),
    ("Why", WHY, WHOLE_ORG),
)


def tabs_of(request: OrgRequest, *, active: str, asked: Asked) -> list[dict[str, Any]]:
    """`active` is the name of the page's address."""
    found = []
    for label, name, roles in TABS:
        if request.membership.role not in roles:
            continue
        if name == GROUP and request.org.group_id is None:
            continue
        try:
            url = reverse(f"forecasting:{name}", args=[request.org.slug])
        except NoReverseMatch:
            continue
        query = "" if name == WHY else f"?{asked.query()}"
        found.append({"label": label, "url": f"{url}{query}", "active": name == active})
    return found
