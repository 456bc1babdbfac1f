from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from revenue.users import api_keys, encryption
from revenue.users.access import PersonRequest, signed_in
from revenue.users.forms import ApiKeyForm
from revenue.users.models import ApiKey

NEW = "new_api_key"


@signed_in
@require_safe
@never_cache
def key_list(request: PersonRequest) -> HttpResponse:
    """A secret waits in the session, encrypted, for the one page that shows it."""
    now = timezone.now()
    keys = ApiKey.objects.filter(user=request.user).select_related("org")
    fresh = request.session.pop(NEW, None)
    context = {
        "tab": "keys",
        "keys": [(key, key.state(at=now)) for key in keys.order_by("-created_at", "-id")],
        "secret": encryption.decrypt(fresh) if fresh else "",
    }
    return render(request, "users/api_keys.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def key_create(request: PersonRequest) -> HttpResponse:
    orgs = [each.org for each in request.memberships]
    form = ApiKeyForm(request.POST or None, orgs=orgs)
    if form.is_valid():
        data = form.cleaned_data
        try:
            _, secret = api_keys.make_key(
                by=request.user,
                name=data["name"],
                scope=data["scope"],
                expires_at=form.expires_at,
                org=data["org"],
                request=request,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            request.session[NEW] = encryption.encrypt(secret)
            return redirect("users:api-key-list")
    return render(request, "users/api_key_form.html", {"form": form, "tab": "keys"})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: PersonRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk, user=request.user)
    if request.method == "POST":
        api_keys.revoke_key(key=key, by=request.user, request=request)
        messages.success(
            request, f"“{key.name}” is revoked: calls with it are refused from now on."
        )
        return redirect("users:api-key-list")
    return render(request, "users/api_key_revoke.html", {"key": key, "tab": "keys"})
