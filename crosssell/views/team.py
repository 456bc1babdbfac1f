"""What to sell next by team, down the hierarchy."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.about.hierarchy import Node
from accounts.asking import admins_of
from crosssell.listing.board import Board, rows_for
from crosssell.listing.teams import Book, book_of, rows_of, total_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page


@for_roles(Role.MANAGER, Role.EXECUTIVE)
@require_safe
def recommendation_team(request: OrgRequest, org_slug: str) -> HttpResponse:
    org = request.org
    path = reverse("crosssell:recommendation-team", args=[org_slug])
    list_url = reverse("crosssell:recommendation-list", args=[org_slug])
    board = Board(
        reader=request.membership,
        asked=request.GET,
        path=path,
        today=org.today(at=timezone.now()),
    )
    tree = board.tree

    def url_of(node: Node) -> str:
        return f"{path}?{urlencode({'of': node.key})}"

    book: Book = board.kept("book")(lambda: book_of(rows_for(request.membership)))
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
            ("What to sell next", list_url),
            ("Teams", path if line else ""),
            *((one.name, url_of(one) if one is not node else "") for one in line),
        ],
        "list_url": list_url,
        "fresh": board.freshness,
        "admins": admins_of(org),
        "currency": org.currency,
    }
    return render_page(request, "crosssell/team.html", context)
