"""Leads of a company whose truth is simple: sources differ, and quick answers help."""

from datetime import UTC, datetime, timedelta

import numpy as np

from accounts.models import Activity, Lead
from revenue.users.models import Org

BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)
DAYS = 700
SOURCES = {"Referral": 1.2, "Web": 0.0, "Cold Call": -1.5}
ENDED = {1: "Converted", 0: "Unqualified"}


def some_leads(org: Org, *, count: int = 600, days: int = DAYS, seed: int = 0) -> datetime:
    """The moment up to which they came; those of the last days are still open."""
    rng = np.random.default_rng(seed)
    came = np.sort(rng.uniform(0, days, count))
    source = rng.choice(list(SOURCES), count)
    hours = np.exp(rng.normal(1.5, 1.2, count))
    score = -0.6 + np.array([SOURCES[one] for one in source]) - 0.5 * np.log(hours / 4)
    won = rng.random(count) < 1 / (1 + np.exp(-score))
    took = rng.uniform(8, 30, count)
    until = BEGAN + timedelta(days=days)
    leads, acts = [], []
    for at in range(count):
        created = BEGAN + timedelta(days=float(came[at]))
        ends = created + timedelta(days=float(took[at]))
        is_over = ends <= until
        is_won = bool(won[at]) and is_over
        usual = {"org": org, "synced_at": until, "created_at": created}
        leads.append(
            Lead(
                **usual,
                external_id=f"L{at:05}",
                name=f"Lead {at}",
                company=f"Firm {at}",
                email=f"who@firm{at}.example",
                title="Director" if at % 3 else "Analyst",
                source=source[at],
                status=ENDED[int(is_won)] if is_over else "Open",
                modified_at=min(ends, until),
                is_converted=is_won,
                converted_date=ends.date() if is_won else None,
                extra={"Note": f"text {at}", "Fate": "good" if is_won else "none"},
            )
        )
        answered = created + timedelta(hours=float(hours[at]))
        if answered <= min(ends, until):
            acts.append(
                Activity(
                    org=org,
                    external_id=f"A{at:05}",
                    synced_at=until,
                    created_at=answered,
                    happens_at=answered,
                    kind="call",
                    is_done=True,
                    lead_ref=f"L{at:05}",
                )
            )
    Lead.objects.bulk_create(leads)
    Activity.objects.bulk_create(acts)
    return until
