from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.panels import texts_panel
from accounts.search import Kind, search
from accounts.search_results import as_results
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page

SUGGESTED = 4
SHOWN = 6
SHOWN_OF_ONE_KIND = 50
LISTBOX = "record-search-list"


@any_member
@require_safe
def search_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    """The page of all results, and for the box in the bar its list of the first few."""
    text = request.GET.get("q", "")
    is_box = bool(request.htmx) and request.htmx.target == LISTBOX
    asked = request.GET.get("kind", "")
    one = asked in Kind.values
    shown = SHOWN_OF_ONE_KIND if one else SHOWN
    found = search(
        reader=request.membership,
        text=text,
        kinds=(Kind(asked),) if one else tuple(Kind),
        most=SUGGESTED if is_box else shown,
    )
    context = {
        "text": text.strip(),
        "groups": [as_results(each, org=request.org, text=text) for each in found],
        "kind": Kind(asked).label if one else "",
        "texts_url": ""
        if is_box or not text.strip()
        else texts_panel(org_slug=org_slug, text=text),
    }
    return render_page(
        request, "accounts/search_show.html", context, partial=[LISTBOX, "search-found"]
    )
