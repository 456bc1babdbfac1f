"""The OpenAPI document and its page; both are public, as they hold no data."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from revenue.api.base import ApiView
from revenue.api.permissions import OPEN


class Schema(SpectacularJSONAPIView):
    access = OPEN
    authentication_classes = ()


class Docs(SpectacularSwaggerSplitView):
    access = OPEN
    title = "API"
    template_name = "api/docs.html"
    url_name = "api:schema-show"


class NothingHere(ApiView):
    """Every other address below /api/: a problem document instead of the pages' 404."""

    access = OPEN
    authentication_classes = ()
    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]

    def initial(self, request: Request, *_args: object, **_kwargs: object) -> None:
        self.format_kwarg = None
        self.check_throttles(request)
        raise Http404

    @extend_schema(exclude=True)
    def get(self, _request: Request, rest: str) -> Response:  # noqa: ARG002
        raise Http404
