"""Places on the pages of records for what other apps know; each app owns its panel and its access.

An app adds its URL name to the line of the kind of record. The name takes `org_slug` and `pk`; one
that no app has given an address yet leaves its place empty.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

TOP, MAIN, SIDE = "top", "main", "side"


@dataclass(frozen=True)
class Panel:
    """`title` is what is read until it has come, and leads to it where no script runs."""

    id: str
    url: str
    title: str
    place: str


# On the page of results; the name takes `org_slug`.
TEXTS = "assistant:search-texts"

PANELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "account": (
        ("forecasting:health-panel", "How well it is", MAIN),
        ("forecasting:account-panel", "Outlook of open deals", MAIN),
        ("crosssell:account-panel", "What to offer next", MAIN),
        ("crosssell:expansion-panel", "What it is expected to bring", MAIN),
        ("assistant:account-panel", "Assistant", MAIN),
    ),
    "contact": (("assistant:contact-panel", "Assistant", MAIN),),
    "lead": (
        ("forecasting:lead-panel", "Outlook", MAIN),
        ("assistant:lead-panel", "Assistant", MAIN),
    ),
    "deal": (
        ("forecasting:deal-panel", "Outlook", TOP),
        ("forecasting:deal-reasons", "Why this chance", MAIN),
        ("forecasting:deal-moves", "What would move it", MAIN),
        ("forecasting:deal-weeks", "When it may close", MAIN),
        ("forecasting:deal-risk", "Risk, opened up", MAIN),
        ("forecasting:deal-similar", "Similar deals", MAIN),
        ("crosssell:deal-panel", "What to offer with it", MAIN),
        ("assistant:deal-panel", "Before the call", SIDE),
        ("forecasting:deal-actions", "What to do", SIDE),
        ("forecasting:deal-notes", "Notes", SIDE),
    ),
}


def texts_panel(*, org_slug: str, text: str) -> str:
    """Where the app that reads texts answers the same question; nothing where there is none."""
    try:
        return f"{reverse(TEXTS, kwargs={'org_slug': org_slug})}?{urlencode({'q': text})}"
    except NoReverseMatch:
        return ""


def panels_of(kind: str, *, org_slug: str, pk: int) -> list[Panel]:
    found = []
    for name, title, place in PANELS[kind]:
        try:
            url = reverse(name, kwargs={"org_slug": org_slug, "pk": pk})
        except NoReverseMatch:
            continue
        key = f"panel-{name.replace(':', '-')}"
        found.append(Panel(id=key, url=url, title=title, place=place))
    return found
