from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from revenue.users import saved_views
from revenue.users.access import OrgRequest, any_member
from revenue.users.models import SavedView
from revenue.users.saved_view_forms import ChangeViewForm, SaveViewForm
from revenue.users.saved_views import PAGES, SavedViewError
from revenue.web.rendering import render_page


def own_view(request: OrgRequest, *, pk: int) -> SavedView:
    """A shared view of somebody else can be used, and is not there to be changed."""
    return get_object_or_404(SavedView.objects.of(request.membership), pk=pk)


def first_error(form: Form) -> str:
    return next(str(each) for errors in form.errors.values() for each in errors)


@any_member
@require_safe
def view_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    rows = SavedView.objects.of(request.membership).order_by("page", "name", "id")
    views = [
        {
            "view": row,
            "page": PAGES[row.page],
            "url": saved_views.address_of(row, path=reverse(row.page, args=[org_slug])),
        }
        for row in rows
        if row.page in PAGES
    ]
    back = request.GET.get("page", "")
    crumbs = [(PAGES[back], reverse(back, args=[org_slug]))] if back in PAGES else []
    return render_page(
        request,
        "users/saved_views.html",
        {"views": views, "crumbs": [*crumbs, ("Saved views", "")]},
    )


@any_member
@require_POST
def view_save(request: OrgRequest, org_slug: str) -> HttpResponse:
    page = request.POST.get("page", "")
    if page not in PAGES:
        raise Http404
    path = reverse(page, args=[org_slug])
    query = saved_views.tidy(request.POST.get("query", ""))
    form = SaveViewForm(request.POST)
    try:
        if not form.is_valid():
            raise SavedViewError(first_error(form))
        view = saved_views.save(
            by=request.membership, at=timezone.now(), **form.cleaned_data | {"query": query}
        )
    except SavedViewError as error:
        messages.error(request, str(error))
        return redirect(f"{path}?{query}" if query else path)
    messages.success(request, f"Saved: {view.name}.")
    return redirect(saved_views.address_of(view, path=path))


@any_member
@require_POST
def view_change(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    view, form = own_view(request, pk=pk), ChangeViewForm(request.POST)
    try:
        if not form.is_valid():
            raise SavedViewError(first_error(form))
        saved_views.change(view, at=timezone.now(), **form.cleaned_data)
    except SavedViewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Saved: {view.name}.")
    return to_list(view, org_slug=org_slug)


@any_member
@require_POST
def view_delete(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    view = own_view(request, pk=pk)
    view.delete()
    messages.success(request, f"Deleted: {view.name}.")
    return to_list(view, org_slug=org_slug)


def to_list(view: SavedView, *, org_slug: str) -> HttpResponse:
    return redirect(f"{reverse('users:view-list', args=[org_slug])}?page={view.page}")
