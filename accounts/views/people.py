"""Contacts and leads: the people whom a customer's side is made of."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.about.account import part_of
from accounts.about.choices import owners_seen_by, values_of
from accounts.about.sight import one_seen, with_account_seen
from accounts.about.websites import bare, website_of
from accounts.asking import admins_of
from accounts.models import Account, Contact, Lead, Opportunity, OpportunityContact
from accounts.tables.records import by_name, contacts_table, leads_table
from accounts.views.records import record_or_survivor, render_list, render_record
from revenue.users.access import OrgRequest, any_member
from revenue.users.models import Membership

SHOWN_DEALS = 12


@any_member
@require_safe
def contact_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader = request.membership
    rows = Contact.objects.visible_to(reader).select_related("org", "owner")
    table = contacts_table(owners=owners_seen_by(reader)).bind(
        request.GET, queryset=with_account_seen(by_name(rows), reader=reader), path=request.path
    )
    return render_list(request, "accounts/contact_list.html", table, admins=admins_of(request.org))


@any_member
@require_safe
def contact_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    contact = record_or_survivor(Contact, pk, request, kind="contact")
    return render_record(
        request, contact, kind="contact", object_name="Contact", contents=contents_of_contact
    )


def contents_of_contact(contact: Contact, *, reader: Membership) -> dict[str, object]:
    roles = OpportunityContact.objects.visible_to(reader).filter(contact_ref=contact.external_id)
    deals = Opportunity.objects.visible_to(reader).filter(
        external_id__in=roles.values("opportunity_ref")
    )
    return {
        "account": one_seen(Account, contact.account_ref, reader=reader),
        "manager": one_seen(Contact, contact.reports_to_ref, reader=reader),
        "deals": part_of(deals.order_by("is_closed", "-close_date", "-id"), most=SHOWN_DEALS),
    }


@any_member
@require_safe
def lead_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader = request.membership
    rows = Lead.objects.visible_to(reader).filter(is_converted=False)
    statuses = values_of(rows, "status", reader=reader, part="unconverted")
    declared = leads_table(owners=owners_seen_by(reader), statuses=statuses)
    table = declared.bind(
        request.GET, queryset=by_name(rows.select_related("org", "owner")), path=request.path
    )
    return render_list(request, "accounts/lead_list.html", table, admins=admins_of(request.org))


@any_member
@require_safe
def lead_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    lead = record_or_survivor(Lead, pk, request, kind="lead")
    return render_record(request, lead, kind="lead", object_name="Lead", contents=contents_of_lead)


def contents_of_lead(lead: Lead, *, reader: Membership) -> dict[str, object]:
    return {
        "website_url": website_of(lead.website),
        "website_text": bare(lead.website),
        "became_account": one_seen(Account, lead.converted_account_ref, reader=reader),
        "became_contact": one_seen(Contact, lead.converted_contact_ref, reader=reader),
        "became_deal": one_seen(Opportunity, lead.converted_opportunity_ref, reader=reader),
    }
