"""What to sell next, for programs: the list, one suggestion, and what people say to it."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crosssell import feedback
from crosssell.listing.behind import lookalikes_of
from crosssell.listing.board import SHOWN_WITH, rows_for
from crosssell.listing.table import product_name
from crosssell.models import Recommendation
from revenue.api.base import ApiView, ListView
from revenue.api.permissions import ANY_MEMBER, members_with
from revenue.api.problems import MEDIA_TYPE, Problem
from revenue.api.schema import ProblemSerializer
from revenue.api.strict import StrictSerializer
from revenue.users.roles import SELLING

REFUSED = {(409, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "It cannot be decided so.")}


class ReasonSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(required=False, help_text="What it is about.")
    words = serializers.CharField(required=False)
    points = serializers.FloatField(required=False, help_text="Below zero it speaks against it.")


class LookalikeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    org_name = serializers.CharField(help_text="Where it is a customer of another org.")
    likeness = serializers.FloatField()


class RecommendationSerializer(serializers.ModelSerializer[Recommendation]):
    account_name = serializers.CharField(source="account.name")
    kind = serializers.CharField(help_text="first, next, bundle, lookalike, renewal or upsell.")
    state = serializers.CharField(
        help_text="suggested, accepted, dismissed, converted, expired or withdrawn."
    )
    product_name = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField(help_text="The strongest first.")

    class Meta:
        model = Recommendation
        fields = (
            "id", "account_ref", "account_name", "product_ref", "product_name", "kind", "state",
            "rank", "probability", "price", "quantity", "value", "sources", "reasons", "as_of",
            "suggested_at", "expires_on", "decided_at", "reason", "ended_at", "bought_at",
            "bought_for",
        )  # fmt: skip
        read_only_fields = fields

    def get_product_name(self, row: Recommendation) -> str:
        return product_name(row)

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, row: Recommendation) -> list[dict[str, Any]]:
        told = ("title", "words", "points")
        return [{name: each[name] for name in told if name in each} for each in row.reasons]


class OneRecommendationSerializer(RecommendationSerializer):
    lookalikes = serializers.SerializerMethodField(help_text="Of those that you may see.")

    class Meta:
        model = Recommendation
        fields = (*RecommendationSerializer.Meta.fields, "lookalikes")
        read_only_fields = fields

    @extend_schema_field(LookalikeSerializer(many=True))
    def get_lookalikes(self, row: Recommendation) -> list[dict[str, Any]]:
        behind = lookalikes_of([row], person=self.context["view"].person)
        said = LookalikeSerializer(behind.get(row.pk, []), many=True)
        return list(said.data)


def a_ref(told: str, source: str | None = None) -> Any:
    return serializers.CharField(required=False, max_length=64, help_text=told, source=source)


class RecommendationFilters(StrictSerializer):
    """Of each parameter `source` is the lookup, where it is not its name."""

    account = a_ref("The account's id in the CRM.", "account_ref")
    product = a_ref("The product's id in the CRM.", "product_ref")
    owner = a_ref("The CRM's id of the account's owner.", "account__owner_ref")
    kind = serializers.ChoiceField(
        choices=Recommendation.Kind.choices,
        required=False,
        error_messages={
            "invalid_choice": "Nothing is suggested of the kind “{input}”: choose one of "
            + ", ".join(Recommendation.Kind.values)
            + "."
        },
    )
    state = serializers.ChoiceField(choices=Recommendation.State.choices, required=False)
    is_open = serializers.BooleanField(
        required=False, help_text="Suggested or accepted, and not yet at an end."
    )
    least_value = serializers.DecimalField(
        required=False, max_digits=24, decimal_places=4, source="value__gte"
    )
    suggested_since = serializers.DateTimeField(required=False, source="suggested_at__gte")
    expires_to = serializers.DateField(
        required=False, source="expires_on__lte", help_text="On this day or before."
    )


class RecommendationList(ListView):
    access = ANY_MEMBER
    row = RecommendationSerializer
    filters = RecommendationFilters
    orders = {
        "-id": "id",
        "id": "id",
        "-probability": "probability",
        "-suggested_at": "suggested_at",
    }

    @extend_schema(
        summary="What to sell next",
        description="Of the accounts that you read; what is held out is shown to nobody.",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Any]:
        paging = ("order", "page_size", "cursor", "is_open")
        lookups = {name: value for name, value in self.asked.items() if name not in paging}
        rows = rows_for(self.membership).filter(**lookups)
        match self.asked.get("is_open"):
            case True:
                rows = rows.open()
            case False:
                rows = rows.exclude(state__in=Recommendation.OPEN)
        return rows.select_related("account", "product")


class OneView(ApiView):
    def one(self, pk: int) -> Recommendation:
        rows = rows_for(self.membership).select_related(*SHOWN_WITH)
        found: Recommendation | None = rows.filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def answer(self, pk: int) -> Response:
        said = OneRecommendationSerializer(self.one(pk), context={"view": self})
        return Response(said.data)


class RecommendationShow(OneView):
    access = ANY_MEMBER

    @extend_schema(
        operation_id="recommendations_show",
        responses=OneRecommendationSerializer,
        summary="One suggestion",
    )
    def get(self, _request: Request, org_slug: str, pk: int) -> Response:  # noqa: ARG002
        return self.answer(pk)


class RecommendationAccept(OneView):
    access = members_with(*SELLING)

    @extend_schema(
        operation_id="recommendations_accept",
        request=None,
        responses={200: OneRecommendationSerializer, **REFUSED},
        summary="Accept a suggestion",
    )
    def post(self, _request: Request, org_slug: str, pk: int) -> Response:  # noqa: ARG002
        try:
            feedback.accept(self.one(pk), by=self.person, at=timezone.now())
        except feedback.FeedbackError as error:
            raise refusal(error) from error
        return self.answer(pk)


class DismissalSerializer(StrictSerializer):
    why = serializers.ChoiceField(choices=list(feedback.WHY_NOT.items()))
    words = serializers.CharField(
        required=False,
        max_length=feedback.MOST_WORDS,
        help_text="In your own words; needed where `why` is `other`.",
    )


class RecommendationDismiss(OneView):
    access = members_with(*SELLING)

    @extend_schema(
        operation_id="recommendations_dismiss",
        request=DismissalSerializer,
        responses={200: OneRecommendationSerializer, **REFUSED},
        summary="Dismiss a suggestion, with the reason",
    )
    def post(self, _request: Request, org_slug: str, pk: int) -> Response:  # noqa: ARG002
        row, said = self.one(pk), self.body(DismissalSerializer)
        try:
            feedback.dismiss(
                row,
                why=said["why"],
                words=said.get("words", ""),
                by=self.person,
                at=timezone.now(),
            )
        except feedback.FeedbackError as error:
            raise refusal(error) from error
        return self.answer(pk)


class RecommendationUndo(OneView):
    access = members_with(*SELLING)

    @extend_schema(
        operation_id="recommendations_undo",
        request=None,
        responses={200: OneRecommendationSerializer, **REFUSED},
        summary="Take back the last decision about a suggestion",
    )
    def post(self, _request: Request, org_slug: str, pk: int) -> Response:  # noqa: ARG002
        try:
            feedback.take_back(self.one(pk), by=self.person, at=timezone.now())
        except feedback.FeedbackError as error:
            raise refusal(error) from error
        return self.answer(pk)


def refusal(error: feedback.FeedbackError) -> Problem:
    return Problem(409, "not-decided", "It cannot be decided so", str(error))
