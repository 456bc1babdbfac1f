"""The product's addresses, and one that breaks."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from revenue import urls as product
from revenue.users.access import public

handler400 = product.handler400
handler403 = product.handler403
handler404 = product.handler404
handler429 = product.handler429
handler500 = product.handler500


@public
def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("This view breaks, as views may.")


urlpatterns = [path("break-down/", break_down), *product.urlpatterns]
