"""What a person may go to, by role. Whoever adds a page to the frame adds a line here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.urls import reverse


class OrgLike(Protocol):
    slug: str
    name: str


class MembershipLike(Protocol):
    role: str

    @property
    def org(self) -> Any: ...


@dataclass(frozen=True)
class NavItem:
    label: str
    url_name: str
    icon: str
    roles: frozenset[str]


@dataclass(frozen=True)
class NavGroup:
    title: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True)
class NavLink:
    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class NavSection:
    title: str
    links: tuple[NavLink, ...]


@dataclass(frozen=True)
class OrgChoice:
    name: str
    slug: str
    role: str
    url: str
    active: bool


def item(label: str, url_name: str, icon: str, *roles: str) -> NavItem:
    return NavItem(label=label, url_name=url_name, icon=icon, roles=frozenset(roles))


READERS = ("rep", "manager", "executive", "admin")
# Who builds on the org's data reads all of it, but for what people forecast.
EVERYBODY = (*READERS, "integrator")
GROUPS = (
    NavGroup(
        "Revenue",
        (
            item("Deals at risk", "forecasting:risk-list", "triangle-alert", *EVERYBODY),
            item("Forecast", "forecasting:forecast-show", "calendar", *READERS),
            item("Pipeline changes", "forecasting:changes-show", "trending-up", *EVERYBODY),
            item("Overview", "accounts:org-overview", "gauge", "executive", "admin"),
            item("Win rate", "forecasting:why-show", "chart-column", "executive", "admin"),
            item("Team", "accounts:team-show", "users", "manager", "executive"),
        ),
    ),
    NavGroup(
        "Growth",
        (
            item("Account health", "forecasting:health-list", "activity", *EVERYBODY),
            item("Cross-sell", "crosssell:recommendation-list", "package", *EVERYBODY),
            item("Expansion", "crosssell:expansion-list", "trending-up", *EVERYBODY),
            item("Lead scores", "forecasting:lead-list", "star", *EVERYBODY),
            item(
                "Allocation", "crosssell:allocation-list", "clock", "manager", "executive", "admin"
            ),
            item("My plan", "crosssell:allocation-mine", "clock", "rep"),
        ),
    ),
    NavGroup(
        "Assistant",
        (
            item("Ask", "assistant:chat-show", "sparkles", *READERS),
            item("Knowledge", "assistant:knowledge-list", "file-text", *EVERYBODY),
        ),
    ),
    NavGroup(
        "Records",
        (
            item("Deals", "accounts:deal-list", "handshake", *EVERYBODY),
            item("Accounts", "accounts:account-list", "building-2", *EVERYBODY),
            item("Contacts", "accounts:contact-list", "user", *EVERYBODY),
            item("Leads", "accounts:lead-list", "target", *EVERYBODY),
        ),
    ),
    NavGroup(
        "Organisation",
        (
            item("Operations", "accounts:operations-show", "server", "admin"),
            item(
                "Data",
                "accounts:sync-show",
                "database",
                "rep",
                "manager",
                "executive",
                "admin",
                "integrator",
            ),
            item("Models", "ml:model-list", "chart-column", "executive", "admin"),
            item("Connection", "accounts:connection-show", "plug", "admin"),
            item("Imports", "accounts:import-list", "file-text", "admin"),
            item("Same customers", "accounts:match-list", "link", "admin"),
            item("Writing", "assistant:writer-policy", "pencil", "admin"),
            item("Spend", "assistant:writer-spend", "chart-column", "admin"),
            item("Members", "users:member-list", "user-plus", "admin", "manager", "executive"),
            item("Jobs", "jobs:job-list", "activity", "admin"),
            item("Audit trail", "users:audit-list", "scroll-text", "admin"),
        ),
    ),
    NavGroup(
        "Build",
        (item("Developers", "users:developer-show", "code", "integrator", "admin"),),
    ),
)

HOME_BY_ROLE = {
    "rep": "forecasting:risk-list",
    "manager": "forecasting:risk-list",
    "executive": "accounts:org-overview",
    "admin": "accounts:operations-show",
    "integrator": "users:developer-show",
}


def sections(
    *,
    membership: MembershipLike,
    path: str,
    groups: Sequence[NavGroup] = GROUPS,
) -> list[NavSection]:
    """The groups of the sidebar with the links that this role has; empty groups are left out."""
    slug = membership.org.slug
    own = [
        (group, [each for each in group.items if str(membership.role) in each.roles])
        for group in groups
    ]
    urls = [address(each, slug=slug) for _, items in own for each in items]
    here = nearest(path, urls)
    return [
        NavSection(
            title=group.title, links=tuple(link(each, slug=slug, here=here) for each in items)
        )
        for group, items in own
        if items
    ]


def address(each: NavItem, *, slug: str) -> str:
    return reverse(each.url_name, kwargs={"org_slug": slug})


def nearest(path: str, urls: Iterable[str]) -> str:
    """Of a page that lies below another, only its own link is marked."""
    return max((url for url in urls if path.startswith(url)), key=len, default="")


def link(each: NavItem, *, slug: str, here: str) -> NavLink:
    url = address(each, slug=slug)
    return NavLink(label=each.label, url=url, icon=each.icon, active=url == here)


def home_url(*, membership: MembershipLike) -> str:
    url_name = HOME_BY_ROLE[str(membership.role)]
    return reverse(url_name, kwargs={"org_slug": membership.org.slug})


def org_choices(
    *,
    memberships: Iterable[MembershipLike],
    current: OrgLike | None,
    same_page: Callable[[Any], str] | None = None,
) -> list[OrgChoice]:
    """Switching org keeps the page where the role there has it, else lands on that role's home."""
    return [
        OrgChoice(
            name=each.org.name,
            slug=each.org.slug,
            role=str(each.role),
            url=(same_page(each) if same_page else "") or home_url(membership=each),
            active=current is not None and each.org.slug == current.slug,
        )
        for each in memberships
    ]
