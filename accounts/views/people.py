"""Contacts and leads: the people whom a customer's side is made of."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.about.account import part_of
from accounts.about.choices import owners_seen_by, values_of
from accounts.about.sight import seen, with_account_seen
from accounts.about.websites import bare, website_of
from accounts.asking import admins_of
from accounts.models import Account, Contact, Lead, Opportunity, OpportunityContact
from accounts.tables.records import by_name, contacts_table, leads_table
from accounts.views.records import (
    FRAGMENTS,
    activity_of,
    asks_for_timeline,
    frame_of,
    record_or_survivor,
    render_list,
)
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page

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
    reader = request.membership
    contact = record_or_survivor(Contact, pk, request, kind="contact")
    if isinstance(contact, HttpResponse):
        return contact
    ref = contact.external_id
    context = {"contact": contact} | activity_of(request, contact_ref=ref)
    if asks_for_timeline(request):
        return render_page(request, "accounts/contact_show.html", context, partial=FRAGMENTS)
    context |= frame_of(contact, kind="contact", object_name="Contact")
    roles = OpportunityContact.objects.visible_to(reader).filter(contact_ref=ref)
    deals = Opportunity.objects.visible_to(reader).filter(
        external_id__in=roles.values("opportunity_ref")
    )
    context |= {
        "account": seen(Account, [contact.account_ref], reader=reader).get(
            contact.account_ref or ""
        ),
        "manager": seen(Contact, [contact.reports_to_ref], reader=reader).get(
            contact.reports_to_ref or ""
        ),
        "deals": part_of(deals.order_by("is_closed", "-close_date", "-id"), most=SHOWN_DEALS),
    }
    return render_page(request, "accounts/contact_show.html", context)


@any_member
@require_safe
def lead_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader = request.membership
    rows = Lead.objects.visible_to(reader).filter(is_converted=False)
    declared = leads_table(
        owners=owners_seen_by(reader), statuses=values_of(rows, "status", reader=reader)
    )
    table = declared.bind(
        request.GET, queryset=by_name(rows.select_related("org", "owner")), path=request.path
    )
    return render_list(request, "accounts/lead_list.html", table, admins=admins_of(request.org))


@any_member
@require_safe
def lead_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    reader = request.membership
    lead = record_or_survivor(Lead, pk, request, kind="lead")
    if isinstance(lead, HttpResponse):
        return lead
    context = {"lead": lead} | activity_of(request, lead_ref=lead.external_id)
    if asks_for_timeline(request):
        return render_page(request, "accounts/lead_show.html", context, partial=FRAGMENTS)
    context |= frame_of(lead, kind="lead", object_name="Lead")
    context |= {
        "website_url": website_of(lead.website),
        "website_text": bare(lead.website),
        "became_account": seen(Account, [lead.converted_account_ref], reader=reader).get(
            lead.converted_account_ref or ""
        ),
        "became_contact": seen(Contact, [lead.converted_contact_ref], reader=reader).get(
            lead.converted_contact_ref or ""
        ),
        "became_deal": seen(Opportunity, [lead.converted_opportunity_ref], reader=reader).get(
            lead.converted_opportunity_ref or ""
        ),
    }
    return render_page(request, "accounts/lead_show.html", context)
