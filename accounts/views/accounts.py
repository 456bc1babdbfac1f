from django.db.models import OuterRef, Subquery, Sum
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.about import account as about
from accounts.about.choices import owners_seen_by
from accounts.about.sight import one_seen
from accounts.about.websites import bare, website_of
from accounts.asking import admins_of
from accounts.models import Account, Opportunity
from accounts.tables.records import accounts_table, by_name
from accounts.views.records import record_or_survivor, render_list, render_record
from revenue.users.access import OrgRequest, any_member
from revenue.users.models import Membership


@any_member
@require_safe
def account_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader = request.membership
    open_deals = Opportunity.objects.visible_to(reader).filter(
        account_ref=OuterRef("external_id"), is_closed=False
    )
    pipeline = open_deals.order_by().values("account_ref").annotate(sum=Sum("corporate_amount"))
    table = accounts_table(currency=request.org.currency, owners=owners_seen_by(reader)).bind(
        request.GET,
        queryset=by_name(Account.objects.visible_to(reader))
        .select_related("org", "owner")
        .annotate(open_pipeline=Subquery(pipeline.values("sum"))),
        path=request.path,
    )
    return render_list(request, "accounts/account_list.html", table, admins=admins_of(request.org))


@any_member
@require_safe
def account_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    account = record_or_survivor(Account, pk, request, kind="account")
    return render_record(
        request, account, kind="account", object_name="Account", contents=contents_of
    )


def contents_of(account: Account, *, reader: Membership) -> dict[str, object]:
    return {
        "parent": one_seen(Account, account.parent_ref, reader=reader),
        "figures": about.figures(account, reader=reader, at=timezone.now()),
        "contacts": about.contacts_of(account, reader=reader),
        "open_deals": about.deals_of(account, reader=reader, closed=False),
        "closed_deals": about.deals_of(account, reader=reader, closed=True),
        "cases": about.cases_of(account, reader=reader),
        "products": about.products_of(account, reader=reader),
        "address": address_of(account),
        "website_url": website_of(account.website),
        "website_text": bare(account.website),
        "linked": about.linked_accounts(account, person=reader.user),
    }


def address_of(account: Account) -> list[str]:
    town = " ".join(part for part in (account.postal_code, account.city) if part)
    lines = [*account.street.splitlines(), town, account.state, account.country]
    return [line for line in lines if line.strip()]
