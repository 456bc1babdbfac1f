from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from revenue.users.access import OrgRequest, for_roles
from revenue.users.audit_words import facts_of
from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from revenue.users.sign_in_chart import sign_in_chart, sign_ins_per_day
from revenue.web.daily import DAYS, days_until
from revenue.web.filters import DateRangeFilter, MultiChoiceFilter, TextFilter
from revenue.web.rendering import render_page
from revenue.web.tables import Column, Table

Action = AuditEvent.Action
BAD = {Action.SIGN_IN_FAILED}
NOTABLE = {
    Action.ROLE_CHANGED,
    Action.CREDENTIAL_CHANGED,
    Action.SECOND_FACTOR_REMOVED,
    Action.EXPORT_TAKEN,
    Action.KEY_MADE,
}
GOOD = {Action.SIGNED_IN, Action.SECOND_FACTOR_ADDED}


def badge_of(row: AuditEvent) -> str:
    for actions, kind in ((BAD, "negative"), (NOTABLE, "warning"), (GOOD, "positive")):
        if row.action in actions:
            return kind
    return ""


def who(row: AuditEvent) -> str:
    return row.actor.full_name or row.actor.email if row.actor else row.actor_email


def about(row: AuditEvent) -> str:
    return row.subject or (str(row.person) if row.person_id != row.actor_id else "")


def detail_of(row: AuditEvent) -> str:
    """Small, because an event that needs a page of them is two events."""
    return " · ".join(f"{label}: {text}" for label, text in facts_of(row.detail))


EVENTS = Table(
    id="events",
    noun="events",
    caption="Audit trail",
    default_sort="-when",
    columns=(
        Column(
            name="when",
            label="When",
            kind="moment",
            value="happened_at",
            sort="happened_at",
            href=lambda row: row.url,
        ),
        Column(
            name="action",
            label="What",
            kind="badge",
            value="get_action_display",
            badge=badge_of,
            sort="action",
        ),
        Column(name="who", label="Who", value=who, sort="actor_email"),
        Column(name="about", label="About", value=about),
        Column(name="detail", label="Detail", kind="long", value=detail_of),
        Column(name="ip", label="From", value="ip"),
        Column(name="request_id", label="Request", shown=False),
    ),
    filters=(
        TextFilter(
            name="q",
            label="Search people and subjects",
            paths=("actor_email", "person__email", "subject"),
        ),
        MultiChoiceFilter(name="action", label="What", path="action", choices=Action.choices),
        DateRangeFilter(name="when", label="When", path="happened_at", moments=True),
    ),
    empty_title="Nothing has happened yet",
    empty_text="Sign-ins, changed roles, keys and exports are written here as they happen.",
    drawer=True,
)


def events_of(request: OrgRequest) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.of_org(request.org).select_related("actor", "person")


def first_moment(now: datetime) -> datetime:
    day = timezone.localtime(now) - timedelta(days=DAYS - 1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


@for_roles(Role.ADMIN)
@require_safe
def audit_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    table = EVENTS.bind(request.GET, queryset=events_of(request), path=request.path)
    for row in table.page.rows:
        row.url = reverse("users:audit-show", args=[org_slug, row.pk])  # type: ignore[attr-defined]
    now = timezone.now()
    counts = sign_ins_per_day(
        events_of(request), since=first_moment(now), zone=timezone.get_current_timezone()
    )
    chart = sign_in_chart(counts=counts, days=days_until(timezone.localdate(now)))
    context = {"table": table, "chart": chart}
    return render_page(request, "users/audit.html", context, partial=table.id, push_url=table.url)


@for_roles(Role.ADMIN)
@require_safe
def audit_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    event = get_object_or_404(events_of(request), pk=pk)
    context = {
        "event": event,
        "who": who(event),
        "about": about(event),
        "badge": badge_of(event),
        "facts": facts_of(event.detail),
    }
    return render_page(request, "users/audit_event.html", context, partial="drawer-body")
