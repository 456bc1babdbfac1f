"""The page of speed to lead: of the leads that its reader sees, within the days asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse

from accounts.about.choices import MOST, owners_seen_by
from accounts.about.kept import kept
from accounts.visibility import owners_visible_to, sees_whole_org
from forecasting.lead_pages import speed_charts
from forecasting.lead_pages.rows import open_leads, standing, with_answers
from forecasting.lead_pages.speed import (
    WITHIN,
    Bracket,
    Leads,
    Speed,
    Week,
    brackets_of,
    groups_of,
    speed_of,
    weeks_of,
)
from forecasting.lead_pages.words import (
    ANSWER_KINDS,
    NOT_KNOWN,
    TIER_KINDS,
    answer_said,
    hours_said,
    minutes_said,
)
from forecasting.leads.answering import answers
from forecasting.leads.lives import HORIZON_DAYS
from forecasting.leads.policy import Policy, policy_of
from forecasting.models import LeadScore
from forecasting.tables.outlooks import column
from revenue.ml.tasks import moment_for
from revenue.users.models import Membership
from revenue.web.charts import Chart
from revenue.web.columns import Column
from revenue.web.tables import BoundTable, Table

WINDOWS = (30, 90, 180, 365)
USUAL_DAYS = 90
COUNTED_EVERY = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What is counted of the leads of some days: small enough to be kept."""

    whole: Speed
    by_source: Sequence[Speed]
    by_owner: Sequence[Speed]
    weeks: Sequence[Week]
    brackets: Sequence[Bracket]


@dataclass(frozen=True)
class SpeedPage:
    reader: Membership
    asked: QueryDict
    path: str
    at: datetime

    @cached_property
    def now(self) -> datetime:
        return moment_for(self.reader.org, at=self.at)

    @property
    def counted_at(self) -> datetime:
        """Who waits, waits longer: kept figures of a whole org are soon counted anew."""
        if not sees_whole_org(self.reader):
            return self.now
        return self.now - (self.now - EPOCH) % COUNTED_EVERY

    @property
    def days(self) -> int:
        asked = self.asked.get("days", "")
        return int(asked) if asked in {str(one) for one in WINDOWS} else USUAL_DAYS

    @property
    def windows(self) -> list[dict[str, Any]]:
        return [
            {
                "label": f"{days} days",
                "url": self.path + (f"?days={days}" if days != USUAL_DAYS else ""),
                "active": days == self.days,
            }
            for days in WINDOWS
        ]

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.reader.org)

    @property
    def goal(self) -> str:
        return minutes_said(self.policy.answer_minutes)

    @property
    def goal_hours(self) -> float:
        return self.policy.answer_minutes / 60

    def kept(self, *about: Any) -> Callable[[Callable[[], Any]], Any]:
        return kept(
            self.reader,
            about=("speed", *about, self.policy.answer_minutes, self.days, self.counted_at),
            scored_at=None,
            is_scoring=False,
        )

    @cached_property
    def found(self) -> Found:
        found: Found = self.kept("found")(self.counted)
        return found

    def counted(self) -> Found:
        leads, goal = self.leads(), self.goal_hours
        recent = leads.younger_than(self.days)
        return Found(
            whole=speed_of(recent, goal_hours=goal),
            by_source=groups_of(recent, recent.source, goal_hours=goal),
            by_owner=groups_of(recent, recent.owner, goal_hours=goal),
            weeks=weeks_of(recent, goal_hours=goal),
            brackets=brackets_of(leads.with_time_over(self.days)),
        )

    def leads(self) -> Leads:
        at = self.counted_at
        since = at - timedelta(days=self.days + HORIZON_DAYS)
        frame = answers(org=self.reader.org, as_of=at, since=since, owners=self.owners)
        return Leads.of_frame(frame, as_of=at)

    @property
    def owners(self) -> Sequence[str] | None:
        if sees_whole_org(self.reader):
            return None
        return list(owners_visible_to(self.reader).values_list("external_id", flat=True))

    @property
    def whole(self) -> Speed:
        return self.found.whole

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        whole = self.whole
        return [
            ("Half are answered within", hours_said(whole.median), f"of {whole.leads:,} leads"),
            ("Nine in ten within", hours_said(whole.p90), ""),
            (f"Within {self.goal}, the goal", *rate_said(whole.in_time)),
            *(
                (f"Within {label}", *rate_said(rate))
                for (label, hours), rate in zip(WITHIN, whole.within, strict=True)
                if hours != self.goal_hours
            ),
        ]

    @property
    def by_source(self) -> list[dict[str, Any]]:
        return [
            self.line(replace(one, name=one.name or "No source"), ("source", one.key))
            for one in self.found.by_source
        ]

    @cached_property
    def by_owner(self) -> list[dict[str, Any]]:
        """Nothing where there is only one to look at."""
        if len(self.found.by_owner) < 2:
            return []
        names = dict(owners_seen_by(self.reader))
        return [
            self.line(replace(one, name=names.get(one.key, NO_OWNER)), ("owner", one.key))
            for one in self.found.by_owner[:MOST]
        ]

    def line(self, speed: Speed, query: tuple[str, str]) -> dict[str, Any]:
        path = reverse("forecasting:lead-list", args=[self.reader.org.slug])
        return {
            "speed": speed,
            "median": hours_said(speed.median),
            "p90": hours_said(speed.p90),
            "in_time": speed_charts.said(speed.in_time),
            "interval": speed.in_time.interval,
            "verdict": speed.verdict(self.whole.in_time),
            "url": f"{path}?{urlencode([query])}" if query[1] else "",
        }

    @property
    def charts(self) -> list[Chart]:
        return [
            speed_charts.week_chart(self.found.weeks, goal_minutes=self.policy.answer_minutes),
            speed_charts.bracket_chart(self.found.brackets),
        ]

    @cached_property
    def table(self) -> BoundTable:
        """Who waits, scored or not: one that has just come in has no score yet."""
        declared = Table(
            id="waiting-leads",
            noun="leads",
            caption="Waiting for a first answer",
            default_sort="-waits",
            columns=waiting_columns(),
            page_size=25,
            empty_title="Nobody waits",
            empty_text=f"Every open lead of the last {self.days} days has been answered.",
        )
        return declared.bind(self.asked, queryset=self.waiting, path=self.path)

    @property
    def waiting(self) -> QuerySet[Any]:
        since = self.now - timedelta(days=self.days)
        rows = open_leads(self.reader).filter(created_at__gte=since, created_at__lte=self.now)
        scores = LeadScore.objects.newest().filter(
            org=OuterRef("org"), lead_ref=OuterRef("external_id")
        )
        rows = rows.annotate(
            tier_said=standing("tier", lead="external_id"),
            tier_now=Coalesce(F("tier_said"), Subquery(scores.values("tier")[:1])),
            chance=Subquery(scores.values("probability")[:1]),
        )
        goal = timedelta(minutes=self.policy.answer_minutes)
        found = with_answers(rows, org=self.reader.org, at=self.now, goal=goal)
        waiting: QuerySet[Any] = found.filter(answered_at=None).select_related("org", "owner")
        return waiting


NO_OWNER = "Nobody, or somebody who has left"


def rate_said(rate: Any) -> tuple[str, str]:
    if rate.value is None:
        return NOT_KNOWN, ""
    low, high = rate.interval
    return f"{rate.value:.0%}", f"{low:.0%} to {high:.0%}; {rate.won:,} of {rate.closed:,}"


def waiting_columns() -> tuple[Column, ...]:
    return (
        column("name", "Lead", value=str, sort="name", href=lead_page),
        column("company", "Company", sort="company"),
        column("waits", "Waits", kind="badge", value=answer_said, sort="answer_took",
               badge=lambda row: ANSWER_KINDS.get(row.answer, "")),
        column("tier", "Tier", kind="badge", value="tier_now", sort="tier_now",
               badge=lambda row: TIER_KINDS.get(row.tier_now, "")),
        column("chance", "Chance", kind="percent", sort="chance"),
        column("source", "Source", sort="source"),
        column("owner", "Owner", value=owner_name, sort="owner__name"),
        column("came", "Came in", kind="moment", value="created_at", sort="created_at"),
    )  # fmt: skip


def lead_page(row: Any) -> str:
    return reverse("accounts:lead-show", args=[row.org.slug, row.pk])


def owner_name(row: Any) -> str:
    return row.owner.name if row.owner is not None and row.owner.deleted_at is None else ""
