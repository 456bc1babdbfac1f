"""What pages of lists have in common: a view of one's own, the bar while it is made, and files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRefresh

from revenue.jobs.models import Job
from revenue.users import saved_views
from revenue.users.access import OrgRequest
from revenue.users.exports import export_answer
from revenue.web import exporting
from revenue.web.rendering import render_page
from revenue.web.tables import BoundTable

BAR = "scoring"


@dataclass(frozen=True)
class ListPage:
    """`name` is that of its URL, `exports` begins those of its files, `file` begins their names."""

    name: str
    exports: str
    subject: str
    file: str

    def own_view(self, request: OrgRequest) -> HttpResponse | None:
        """Where the plain address leads to for who has chosen a view."""
        if request.GET or request.htmx:
            return None
        chosen = saved_views.default_address(request.membership, page=self.name)
        return redirect(chosen) if chosen else None

    def context(self, request: OrgRequest, table: BoundTable) -> dict[str, Any]:
        query = request.META.get("QUERY_STRING", "")
        return {
            "exports": exporting.addresses(self.exports, org_slug=request.org.slug, query=query),
            "views": saved_views.views_of(
                request.membership,
                page=self.name,
                asked=request.GET,
                query=table.url.partition("?")[2],
            ),
        }

    def export(
        self, request: OrgRequest, table: BoundTable, *, kind: str, made_at: datetime | None
    ) -> HttpResponseBase:
        """Of the list as it is filtered, with the columns that it shows."""
        return export_answer(
            request, table, kind=kind, subject=self.subject, file=self.file, made_at=made_at
        )


def asks_for_bar(request: OrgRequest) -> bool:
    return bool(request.htmx) and request.htmx.target == BAR


def scoring_bar(request: OrgRequest, template: str, *, job: Job | None) -> HttpResponse:
    """While scores are made; then the page is read anew."""
    if job is None:
        return HttpResponseClientRefresh()
    return render_page(request, template, {"job": job, "poll_url": request.path}, partial=BAR)
