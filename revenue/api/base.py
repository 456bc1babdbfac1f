"""What every API view is made of: docs/api.md says how to write one in ten lines."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from revenue.api.pagination import (
    DEFAULT_PAGE_SIZE,
    MAX_CURSOR_LENGTH,
    MAX_PAGE_SIZE,
    Order,
    page_of,
)
from revenue.api.requests import django_request
from revenue.api.strict import StrictSerializer, query_values
from revenue.api.throttling import rate_limit_headers
from revenue.users.access import Access
from revenue.users.models import Membership, Org, User


class NoQuery(StrictSerializer):
    pass


class ApiView(APIView):
    """Set `access`; set `person_only` where a key must not do it, `query` for parameters."""

    access: ClassVar[Access]
    person_only: ClassVar[bool] = False
    query: ClassVar[type[StrictSerializer]] = NoQuery
    # No OPTIONS: what a view takes stands in the OpenAPI document.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101  `Declared` has seen to it
        return self.request.user

    @property
    def membership(self) -> Membership:
        return self.request.membership  # type: ignore[no-any-return, attr-defined]

    @property
    def org(self) -> Org:
        return self.request.org  # type: ignore[no-any-return, attr-defined]

    @property
    def http_request(self) -> HttpRequest:
        """For the audit trail."""
        return django_request(self.request)

    @classmethod
    def query_class(cls) -> type[StrictSerializer]:
        return cls.query

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Failed credentials and unknown methods are counted, too, so limits come before them."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        # An odd charset in the Content-Type would be used for the address as well.
        django_request(request).encoding = "utf-8"
        refusal = self.failed_authentication(request)
        self.check_throttles(request)
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        if refusal:
            raise refusal
        self.check_permissions(request)
        asked = self.query_class()(data=query_values(request.query_params))
        asked.is_valid(raise_exception=True)
        self.asked: dict[str, Any] = asked.validated_data

    def failed_authentication(self, request: Request) -> APIException | None:
        try:
            self.perform_authentication(request)
        except APIException as error:
            return error
        return None

    def body(self, serializer: type[serializers.BaseSerializer[Any]], **options: Any) -> Any:
        """The request's body, checked; a problem with a list of fields where it is not right."""
        checked = serializer(data=self.request.data, context={"view": self}, **options)
        checked.is_valid(raise_exception=True)
        return checked.validated_data

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        state = getattr(self.http_request, "rate_limit", None)
        for name, value in rate_limit_headers(state).items():
            final[name] = value
        final.setdefault("Cache-Control", "no-store")
        patch_vary_headers(final, ("Authorization", "X-API-Key", "Cookie"))
        return final


class ListView(ApiView):
    """GET answers a page: give `rows`, `row` (a serializer), `orders`, and `filters` if any."""

    row: ClassVar[type[serializers.BaseSerializer[Any]]]
    filters: ClassVar[type[StrictSerializer]] = NoQuery
    # What clients say → a path of columns that are never null; the first is the default.
    orders: ClassVar[Mapping[str, str]] = {"-id": "id", "id": "id"}

    @classmethod
    def query_class(cls) -> type[StrictSerializer]:
        fields = {
            "order": serializers.ChoiceField(
                choices=list(cls.orders),
                default=next(iter(cls.orders)),
                help_text="A leading minus is downward.",
            ),
            "page_size": serializers.IntegerField(
                min_value=1, max_value=MAX_PAGE_SIZE, default=DEFAULT_PAGE_SIZE
            ),
            "cursor": serializers.CharField(
                max_length=MAX_CURSOR_LENGTH,
                required=False,
                trim_whitespace=False,
                help_text="Where a page begins, as `next` and `previous` have it.",
            ),
        }
        return type(f"{cls.__name__}Query", (cls.filters,), fields)

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        name = self.asked["order"]
        page = page_of(
            self.rows(),
            order=Order(name=name, field=self.orders[name]),
            size=self.asked["page_size"],
            cursor=self.asked.get("cursor", ""),
            place=type(self).__qualname__,
        )
        rows = self.row(page.rows, many=True, context={"view": self, "request": request})
        return Response(
            {
                "next": self.address_of(page.next),
                "previous": self.address_of(page.previous),
                "results": rows.data,
            }
        )

    def address_of(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = {**self.request.query_params.dict(), "cursor": cursor}
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(query)}")
