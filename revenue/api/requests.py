from django.http import HttpRequest
from rest_framework.request import Request


def django_request(request: Request) -> HttpRequest:
    """The request below REST framework's, which has no public name for it."""
    return request._request  # noqa: SLF001
