"""A plan as its reader sees it: without what the reader may not open, and with what was checked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString

from accounts.models import Activity, Case, Contact, Opportunity
from assistant.models import CallPlan, Passage, PlanSection, PlanVersion
from assistant.plans.changing import is_being_written, newest_of
from assistant.plans.points import Point
from assistant.plans.sections import BY_KEY, Section
from assistant.plans.text import html_of, text_of
from crosssell.models import Recommendation
from revenue.users.models import Membership

# Of the other keys the plan's own record is the source, which whoever reads the plan reads.
MODELS: Mapping[str, Any] = {
    "contact": Contact,
    "activity": Activity,
    "like": Opportunity,
    "offer": Recommendation,
    "case": Case,
}


def closed_keys(keys: Collection[str], *, reader: Membership) -> set[str]:
    """Sources that the reader may not open now, in one question a kind."""
    by_kind: dict[str, set[int]] = {}
    for key in keys:
        kind, _, pk = key.partition(":")
        if (kind in MODELS or kind == "passage") and pk.isdecimal():
            by_kind.setdefault(kind, set()).add(int(pk))
    closed = set()
    for kind, pks in by_kind.items():
        if kind == "passage":
            rows = Passage.objects.ever_visible_to(reader)
        else:
            rows = MODELS[kind].objects.visible_to(reader)
        seen = set(rows.filter(pk__in=pks).values_list("pk", flat=True))
        closed |= {f"{kind}:{pk}" for pk in pks - seen}
    return closed


@dataclass(frozen=True)
class Shown:
    """One section, for one reader."""

    row: PlanSection
    about: Section
    titles: Mapping[str, Mapping[str, str]]
    closed: Collection[str]

    @property
    def key(self) -> str:
        return self.about.key

    @cached_property
    def points(self) -> Sequence[Point]:
        return [Point.from_json(each) for each in self.row.points]

    @cached_property
    def text(self) -> str:
        """With its marks: what is edited, and what is put on paper."""
        return self.row.text or text_of(self.points, without=self.closed)

    @property
    def html(self) -> SafeString:
        return html_of(self.text, titles=self.titles)

    @property
    def is_ready(self) -> bool:
        return self.row.state == PlanSection.State.READY

    @property
    def is_by_person(self) -> bool:
        return self.row.by == PlanSection.By.PERSON

    @property
    def hidden(self) -> int:
        """Sentences that name something which this reader may not open."""
        return sum(
            bool(set(claim.sources) & set(self.closed))
            for point in self.points
            for claim in point.claims
        )


@dataclass(frozen=True)
class Page:
    plan: CallPlan
    version: PlanVersion
    reader: Membership
    at: datetime
    newest_number: int

    @cached_property
    def rows(self) -> list[PlanSection]:
        return list(self.version.sections.select_related("edited_by").order_by("position"))

    @cached_property
    def sections(self) -> list[Shown]:
        used = {
            key
            for row in self.rows
            for point in row.points
            for claim in point["claims"]
            for key in claim["sources"]
        }
        closed = closed_keys(used, reader=self.reader)
        titles = self.version.sources
        return [Shown(row, BY_KEY[row.key], titles, closed) for row in self.rows]

    @property
    def is_newest(self) -> bool:
        return self.version.number == self.newest_number

    @property
    def is_mine(self) -> bool:
        return self.plan.made_by_id == self.reader.user_id

    @property
    def is_writing(self) -> bool:
        return is_being_written(self.version)

    @property
    def may_change(self) -> bool:
        return self.is_mine and self.is_newest and not self.is_writing

    @property
    def is_broken_off(self) -> bool:
        """Its job ended before the last section was written."""
        return self.version.state == PlanVersion.State.WRITING and not self.is_writing

    @property
    def done(self) -> int:
        return sum(row.state == PlanSection.State.READY for row in self.rows)

    @property
    def counted(self) -> dict[str, int]:
        checked = [row for row in self.rows if row.by != PlanSection.By.PERSON]
        return {
            "figures": sum(row.figures for row in checked),
            "claims": sum(row.claims for row in checked),
            "struck": sum(len(row.struck) for row in checked),
            "edited": len(self.rows) - len(checked),
            "hidden": sum(section.hidden for section in self.sections),
        }

    @property
    def stamp(self) -> str:
        """What a page that asks again has seen: it changes with any section."""
        newest = max((row.changed_at for row in self.rows), default=self.version.made_at)
        return f"{newest:%Y%m%d%H%M%S%f}"


def page_of(
    plan: CallPlan, *, reader: Membership, at: datetime, number: int | None = None
) -> Page | None:
    last = newest_of(plan)
    if last is None:
        return None
    version = last
    if number is not None and number != last.number:
        found = plan.versions.select_related("job").filter(number=number).first()
        if found is None:
            return None
        version = found
    return Page(plan, version, reader, at, last.number)


def changed_since(page: Page, stamp: str) -> list[Shown]:
    if not (stamp.isdecimal() and len(stamp) == 20):
        return page.sections
    return [each for each in page.sections if f"{each.row.changed_at:%Y%m%d%H%M%S%f}" > stamp]


def plain_title(plan: CallPlan) -> str:
    return str(plan.record or "a record that the CRM no longer has")
