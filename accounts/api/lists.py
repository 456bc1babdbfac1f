"""Lists of records: each is what its reader may see, narrowed by what the address asks for."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import models as m
from accounts.api import rows as r
from revenue.api.base import ApiView, ListView
from revenue.api.permissions import ANY_MEMBER
from revenue.api.strict import StrictSerializer

PAGING = ("order", "page_size", "cursor")


def a_ref(told: str, *, source: str | None = None) -> Any:
    return serializers.CharField(required=False, max_length=64, help_text=told, source=source)


def a_text(told: str, *, source: str | None = None) -> Any:
    return serializers.CharField(required=False, max_length=255, help_text=told, source=source)


class FactFilters(StrictSerializer):
    """Of each parameter `source` is the lookup, where it is not its name."""

    external_id = a_ref("The CRM's id, to the letter.")
    modified_since = serializers.DateTimeField(
        required=False,
        source="modified_at__gte",
        help_text="By the CRM's clock: this moment or later.",
    )
    synced_since = serializers.DateTimeField(
        required=False,
        source="synced_at__gte",
        help_text="Changed here at this moment or later: what to ask for to keep a copy.",
    )


class RecordList(ListView):
    access = ANY_MEMBER
    filters: ClassVar[type[StrictSerializer]] = FactFilters
    model: ClassVar[type[Model]]

    def rows(self) -> QuerySet[Any]:
        lookups = {name: value for name, value in self.asked.items() if name not in PAGING}
        found: QuerySet[Any] = self.model.objects.visible_to(self.membership)  # type: ignore[attr-defined]
        return found.filter(**lookups)


class RecordShow(ApiView):
    """One record by the CRM's id."""

    access = ANY_MEMBER
    model: ClassVar[type[m.Fact]]
    row: ClassVar[type[serializers.BaseSerializer[Any]]]

    def get(self, _request: Request, org_slug: str, external_id: str) -> Response:  # noqa: ARG002
        rows = self.model.objects.visible_to(self.membership)
        found = None if "\0" in external_id else rows.filter(external_id=external_id).first()
        if found is None:
            raise Http404
        return Response(self.row(found, context={"view": self}).data)


def told_as(name: str, row: type[r.FactSerializer], summary: str) -> Any:
    said = extend_schema(operation_id=f"{name}_show", responses=row, summary=summary)
    return extend_schema_view(get=said)


class AccountFilters(FactFilters):
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")
    parent = a_ref("Those below this account.", source="parent_ref")
    industry = a_text("To the letter.")
    country = a_text("To the letter.")


class AccountList(RecordList):
    model, row, filters = m.Account, r.AccountSerializer, AccountFilters


@told_as("accounts", r.AccountSerializer, "One account")
class AccountShow(RecordShow):
    model, row = m.Account, r.AccountSerializer


class ContactFilters(FactFilters):
    account = a_ref("The account's id in the CRM.", source="account_ref")
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")
    email = a_text("Whatever the case of its letters.", source="email__iexact")


class ContactList(RecordList):
    model, row, filters = m.Contact, r.ContactSerializer, ContactFilters


@told_as("contacts", r.ContactSerializer, "One contact")
class ContactShow(RecordShow):
    model, row = m.Contact, r.ContactSerializer


class LeadFilters(FactFilters):
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")
    status = a_text("To the letter.")
    is_converted = serializers.BooleanField(required=False)


class LeadList(RecordList):
    model, row, filters = m.Lead, r.LeadSerializer, LeadFilters


@told_as("leads", r.LeadSerializer, "One lead")
class LeadShow(RecordShow):
    model, row = m.Lead, r.LeadSerializer


class OpportunityFilters(FactFilters):
    account = a_ref("The account's id in the CRM.", source="account_ref")
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")
    stage = a_text("To the letter.")
    is_closed = serializers.BooleanField(required=False)
    is_won = serializers.BooleanField(required=False)
    close_from = serializers.DateField(
        required=False, help_text="Closes on this day or later.", source="close_date__gte"
    )
    close_to = serializers.DateField(
        required=False, help_text="Closes on this day or before.", source="close_date__lte"
    )


class OpportunityList(RecordList):
    model, row, filters = m.Opportunity, r.OpportunitySerializer, OpportunityFilters


@told_as("opportunities", r.OpportunitySerializer, "One opportunity")
class OpportunityShow(RecordShow):
    model, row = m.Opportunity, r.OpportunitySerializer


class RoleFilters(FactFilters):
    opportunity = a_ref("The opportunity's id in the CRM.", source="opportunity_ref")
    contact = a_ref("The contact's id in the CRM.", source="contact_ref")


class OpportunityContactList(RecordList):
    model, row = m.OpportunityContact, r.OpportunityContactSerializer
    filters = RoleFilters


class CaseFilters(FactFilters):
    account = a_ref("The account's id in the CRM.", source="account_ref")
    contact = a_ref("The contact's id in the CRM.", source="contact_ref")
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")
    is_closed = serializers.BooleanField(required=False)


class CaseList(RecordList):
    model, row, filters = m.Case, r.CaseSerializer, CaseFilters
