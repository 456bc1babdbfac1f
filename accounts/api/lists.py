"""Lists of records: each is what its reader may see, narrowed by what the address asks for."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import models as m
from accounts.api import rows as r
from revenue.api.base import ApiView, ListView
from revenue.api.permissions import ANY_MEMBER
from revenue.api.strict import StrictSerializer


class FactFilters(StrictSerializer):
    external_id = serializers.CharField(
        required=False, max_length=64, help_text="The CRM's id, to the letter."
    )
    modified_since = serializers.DateTimeField(
        required=False, help_text="By the CRM's clock: this moment or later."
    )
    synced_since = serializers.DateTimeField(
        required=False,
        help_text="Changed here at this moment or later: what to ask for to keep a copy.",
    )


def a_ref(told: str) -> Any:
    return serializers.CharField(required=False, max_length=64, help_text=told)


def a_text(told: str) -> Any:
    return serializers.CharField(required=False, max_length=255, help_text=told)


class RecordList(ListView):
    """`narrowed` says which parameter is which lookup."""

    access = ANY_MEMBER
    filters: ClassVar[type[StrictSerializer]] = FactFilters
    model: ClassVar[type[Model]]
    narrowed: ClassVar[Mapping[str, str]] = {}
    BASE = {
        "external_id": "external_id",
        "modified_since": "modified_at__gte",
        "synced_since": "synced_at__gte",
    }

    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model.objects.visible_to(self.membership)  # type: ignore[attr-defined]
        for name, lookup in (self.BASE | dict(self.narrowed)).items():
            if name in self.asked:
                found = found.filter(**{lookup: self.asked[name]})
        return found


class RecordShow(ApiView):
    """One record by the CRM's id."""

    access = ANY_MEMBER
    model: ClassVar[type[m.Fact]]
    row: ClassVar[type[serializers.BaseSerializer[Any]]]

    def answer(self, external_id: str) -> Response:
        rows = self.model.objects.visible_to(self.membership)
        found = None if "\0" in external_id else rows.filter(external_id=external_id).first()
        if found is None:
            raise Http404
        return Response(self.row(found, context={"view": self}).data)


class AccountFilters(FactFilters):
    owner = a_ref("The owner's id in the CRM.")
    parent = a_ref("Those below this account.")
    industry = a_text("To the letter.")
    country = a_text("To the letter.")


class AccountList(RecordList):
    model, row, filters = m.Account, r.AccountSerializer, AccountFilters
    narrowed = {
        "owner": "owner_ref",
        "parent": "parent_ref",
        "industry": "industry",
        "country": "country",
    }


class AccountShow(RecordShow):
    model, row = m.Account, r.AccountSerializer

    @extend_schema(
        operation_id="accounts_show", responses=r.AccountSerializer, summary="One account"
    )
    def get(self, _request: Request, org_slug: str, external_id: str) -> Response:  # noqa: ARG002
        return self.answer(external_id)


class ContactFilters(FactFilters):
    account = a_ref("The account's id in the CRM.")
    owner = a_ref("The owner's id in the CRM.")
    email = a_text("Whatever the case of its letters.")


class ContactList(RecordList):
    model, row, filters = m.Contact, r.ContactSerializer, ContactFilters
    narrowed = {"account": "account_ref", "owner": "owner_ref", "email": "email__iexact"}


class ContactShow(RecordShow):
    model, row = m.Contact, r.ContactSerializer

    @extend_schema(
        operation_id="contacts_show", responses=r.ContactSerializer, summary="One contact"
    )
    def get(self, _request: Request, org_slug: str, external_id: str) -> Response:  # noqa: ARG002
        return self.answer(external_id)


class LeadFilters(FactFilters):
    owner = a_ref("The owner's id in the CRM.")
    status = a_text("To the letter.")
    is_converted = serializers.BooleanField(required=False)


class LeadList(RecordList):
    model, row, filters = m.Lead, r.LeadSerializer, LeadFilters
    narrowed = {"owner": "owner_ref", "status": "status", "is_converted": "is_converted"}


class LeadShow(RecordShow):
    model, row = m.Lead, r.LeadSerializer

    @extend_schema(operation_id="leads_show", responses=r.LeadSerializer, summary="One lead")
    def get(self, _request: Request, org_slug: str, external_id: str) -> Response:  # noqa: ARG002
        return self.answer(external_id)


class OpportunityFilters(FactFilters):
    account = a_ref("The account's id in the CRM.")
    owner = a_ref("The owner's id in the CRM.")
    stage = a_text("To the letter.")
    is_closed = serializers.BooleanField(required=False)
    is_won = serializers.BooleanField(required=False)
    close_from = serializers.DateField(required=False, help_text="Closes on this day or later.")
    close_to = serializers.DateField(required=False, help_text="Closes on this day or before.")


class OpportunityList(RecordList):
    model, row, filters = m.Opportunity, r.OpportunitySerializer, OpportunityFilters
    narrowed = {
        "account": "account_ref",
        "owner": "owner_ref",
        "stage": "stage",
        "is_closed": "is_closed",
        "is_won": "is_won",
        "close_from": "close_date__gte",
        "close_to": "close_date__lte",
    }


class OpportunityShow(RecordShow):
    model, row = m.Opportunity, r.OpportunitySerializer

    @extend_schema(
        operation_id="opportunities_show",
        responses=r.OpportunitySerializer,
        summary="One opportunity",
    )
    def get(self, _request: Request, org_slug: str, external_id: str) -> Response:  # noqa: ARG002
        return self.answer(external_id)


class RoleFilters(FactFilters):
    opportunity = a_ref("The opportunity's id in the CRM.")
    contact = a_ref("The contact's id in the CRM.")


class OpportunityContactList(RecordList):
    model, row = m.OpportunityContact, r.OpportunityContactSerializer
    filters = RoleFilters
    narrowed = {"opportunity": "opportunity_ref", "contact": "contact_ref"}


class CaseFilters(FactFilters):
    account = a_ref("The account's id in the CRM.")
    contact = a_ref("The contact's id in the CRM.")
    owner = a_ref("The owner's id in the CRM.")
    is_closed = serializers.BooleanField(required=False)


class CaseList(RecordList):
    model, row, filters = m.Case, r.CaseSerializer, CaseFilters
    narrowed = {
        "account": "account_ref",
        "contact": "contact_ref",
        "owner": "owner_ref",
        "is_closed": "is_closed",
    }
