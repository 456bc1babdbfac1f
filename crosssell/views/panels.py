"""What an account owns and could own, on the pages of accounts and deals."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.about.sight import one_seen
from accounts.models import Account, Opportunity
from accounts.views.records import record_or_404
from crosssell.listing.panel import panel_of
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page

PANEL = "account-offers"  # where it stands already: after a decision it is drawn anew


@any_member
@require_safe
def account_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return shown(request, record_or_404(Account, pk, request))


@any_member
@require_safe
def deal_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """Of the deal's account: whoever reads a deal reads whose it is."""
    deal = record_or_404(Opportunity, pk, request)
    account = one_seen(Account, deal.account_ref, reader=request.membership)
    if account is None:
        if request.htmx:
            return HttpResponse()
        raise Http404
    account.org = request.org
    return shown(request, account)


def shown(request: OrgRequest, account: Account) -> HttpResponse:
    """htmx puts a panel into its place; whoever has no script gets it as a page."""
    is_panel = bool(request.htmx) and not request.htmx.history_restore_request
    panel = panel_of(account, reader=request.membership)
    is_anew = request.htmx.trigger == PANEL
    if is_panel and not is_anew and not panel.could_own and not panel.of_owned:
        return HttpResponse()
    template = "crosssell/account_panel.html" if is_panel else "crosssell/account.html"
    context = {"account": account, "panel": panel, "currency": request.org.currency}
    return render_page(request, template, context)
