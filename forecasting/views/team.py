"""The same deals by who they belong to, down the hierarchy."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.about.hierarchy import Node
from accounts.about.kept import kept
from accounts.about.teams import teams_seen_by
from accounts.asking import admins_of
from forecasting.dashboard.freshness import freshness_of
from forecasting.dashboard.team_rows import Book, book_of, rows_of, total_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page


@for_roles(Role.MANAGER, Role.EXECUTIVE)
@require_safe
def risk_team(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader, org = request.membership, request.org
    today = org.today(at=timezone.now())
    fresh = freshness_of(org)
    tree = teams_seen_by(reader)
    path = reverse("forecasting:risk-team", args=[org_slug])

    def url_of(node: Node) -> str:
        return f"{path}?{urlencode({'of': node.key})}"

    remember = kept(
        reader,
        about=("book", today, org.fiscal_month),
        scored_at=fresh.scored_at,
        is_scoring=fresh.is_scoring,
    )
    book: Book = remember(lambda: book_of(reader, today=today))
    node = None
    if asked := request.GET.get("of", ""):
        node = tree.nodes.get(asked)
        if node is None:
            raise Http404
    rows = rows_of(tree, node, book, url_of=url_of)
    if node is None and len(rows) == 1 and rows[0].url:
        # One stands above all: what is below is what there is to compare.
        node = rows[0].node
        rows = rows_of(tree, node, book, url_of=url_of)
    line = tree.path(node) if node else []
    context = {
        "node": node,
        "rows": rows,
        "total": total_of(rows, query=urlencode({"team": node.key}) if node else ""),
        "crumbs": [
            ("Deals at risk", reverse("forecasting:risk-list", args=[org_slug])),
            ("Teams", path if line else ""),
            *((one.name, url_of(one) if one is not node else "") for one in line),
        ],
        "list_url": reverse("forecasting:risk-list", args=[org_slug]),
        "fresh": fresh,
        "admins": admins_of(org),
        "currency": org.currency,
    }
    return render_page(request, "forecasting/team.html", context)
