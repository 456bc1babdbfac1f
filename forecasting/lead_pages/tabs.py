"""The pages of lead scoring beside each other."""

from typing import Any

from django.urls import reverse

from revenue.users.models import Org

PAGES = (("forecasting:lead-list", "Scores"), ("forecasting:lead-speed", "Speed to lead"))


def tabs_of(org: Org, *, here: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(name, args=[org.slug]), "active": name == here}
        for name, label in PAGES
    ]
