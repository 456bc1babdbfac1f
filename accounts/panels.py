"""Places on the pages of records for what other apps know; each app owns its panel and its access.

An app adds its URL name to the line of the kind of record. The name takes `org_slug` and `pk`; one
that no app has given an address yet leaves its place empty.
"""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Panel:
    id: str
    url: str


PANELS: dict[str, tuple[str, ...]] = {
    "account": ("forecasting:account-panel", "crosssell:account-panel", "assistant:account-panel"),
    "contact": ("assistant:contact-panel",),
    "lead": ("forecasting:lead-panel", "assistant:lead-panel"),
    "deal": ("forecasting:deal-panel", "crosssell:deal-panel", "assistant:deal-panel"),
}


def panels_of(kind: str, *, org_slug: str, pk: int) -> list[Panel]:
    found = []
    for name in PANELS[kind]:
        try:
            url = reverse(name, kwargs={"org_slug": org_slug, "pk": pk})
        except NoReverseMatch:
            continue
        found.append(Panel(id=f"panel-{name.replace(':', '-')}", url=url))
    return found
