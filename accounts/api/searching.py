from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.search import COUNTED, Kind, search
from accounts.search_results import note_of
from revenue.api.base import ApiView
from revenue.api.permissions import ANY_MEMBER
from revenue.api.strict import StrictSerializer

MOST = 25


class SearchQuery(StrictSerializer):
    q = serializers.CharField(
        max_length=200, help_text="Words of a name, a domain, an e-mail address, or an id."
    )
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)


class FoundRecordSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    note = serializers.CharField(help_text="What tells it from others of the name.")


class FoundKindSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="account, contact, deal, lead or product.")
    count = serializers.IntegerField(help_text=f"Of those that you may see; counted to {COUNTED}.")
    records = FoundRecordSerializer(many=True)


class SearchAnswerSerializer(serializers.Serializer[Any]):
    found = FoundKindSerializer(many=True)


class RecordSearch(ApiView):
    access = ANY_MEMBER
    query = SearchQuery

    @extend_schema(
        operation_id="search",
        responses=SearchAnswerSerializer,
        summary="Search all records",
        description=f"The closest {MOST} of each kind. Small misspellings are forgiven.",
    )
    def get(self, _request: Request, org_slug: str) -> Response:  # noqa: ARG002
        kind = self.asked.get("kind")
        found = search(
            reader=self.membership,
            text=self.asked["q"],
            kinds=(Kind(kind),) if kind else tuple(Kind),
            most=MOST,
        )
        return Response(
            {
                "found": [
                    {
                        "kind": str(each.kind),
                        "count": each.count,
                        "records": [self.record(row, kind=each.kind) for row in each.rows],
                    }
                    for each in found
                ]
            }
        )

    def record(self, row: Any, *, kind: Kind) -> dict[str, Any]:
        return {
            "id": row.pk,
            "external_id": row.external_id,
            "name": str(row),
            "note": note_of(row, kind=kind, org=self.org),
        }
