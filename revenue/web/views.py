from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from revenue.web import samples, themes
from revenue.web.rendering import render_page


@require_POST
def theme_set(request: HttpRequest) -> HttpResponse:
    """Keep the reader's theme: with the person where there is one, and in a cookie."""
    theme = request.POST.get("theme", "")
    if theme not in themes.THEMES:
        return HttpResponseBadRequest("Choose system, light or dark.")
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = redirect(target if safe else "/")
    themes.keep_theme(
        response=response,
        user=getattr(request, "user", None),
        theme=theme,
        secure=request.is_secure(),
    )
    return response


@require_safe
def styleguide_show(request: HttpRequest) -> HttpResponse:
    table = samples.permission_table(request)
    context = {
        "table": table,
        "permission": samples.chosen_permission(request),
        **samples.components(),
    }
    return render_page(
        request,
        "web/styleguide.html",
        context,
        partial=(table.id, "drawer-body"),
        push_url=table.url,
    )


@require_safe
def styleguide_progress(request: HttpRequest) -> HttpResponse:
    """A bar that runs to its end by its own address, so that polling can be seen and tested."""
    done = min(samples.whole(request.GET.get("done"), default=0) + 20, 100)
    return render_page(request, "web/_progress_sample.html", samples.running_job(done=done))
