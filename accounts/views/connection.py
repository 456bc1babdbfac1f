"""How an org's CRM is reached, for its admins. A secret is taken in and never given out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import connecting
from accounts.connection_forms import FORMS, RENEWALS, SCALES, DemoForm, PaceForm
from accounts.models import Connection
from accounts.schedule import NEVER, next_run_at, schedule_of
from revenue.jobs.models import Job
from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import Org
from revenue.users.roles import Role
from revenue.web.rendering import render_page
from revenue.web.templatetags import web

PAGE = "accounts/connection_show.html"
TRIALS = ("test-connection", connecting.RENEWAL)


def connection_of(org: Org) -> Connection | None:
    rows = Connection.objects.filter(org=org)
    return rows.select_related(
        "org", "secrets_changed_by", "schedule__interval", "schedule__crontab"
    ).first()


TAB_LABELS = {
    Connection.Method.JWT: "Certificate (JWT)",
    Connection.Method.CLIENT_CREDENTIALS: "Client credentials",
    Connection.Method.REFRESH_TOKEN: "Refresh token",
    Connection.Method.PASSWORD: "Sandbox password",
}


def last_trial(org: Org) -> Job | None:
    tried = Job.objects.filter(org=org, dedupe_key__in=TRIALS)
    return tried.order_by("-created_at", "-id").first()


def new_form(request: OrgRequest, connection: Connection | None, *, data: Any = None) -> Any:
    """The form of the kind of org and, for Salesforce, of the method that the address names."""
    if request.org.kind == Org.Kind.DEMO:
        usual = {"scale": "small", "seed": 7}
        return DemoForm(data, initial=usual | (connection.options if connection else {}))
    form = FORMS[method_of(request, connection)]
    known = connection and {
        "login_url": connection.login_url,
        "client_id": connection.client_id,
        "username": connection.username,
    }
    return form(data, initial=known or {})


def options_of(connection: Connection) -> list[tuple[str, str]]:
    """How a simulated company was wished for, in the words of the form that asks for it."""
    options = connection.options
    told = [("Size", dict(SCALES).get(options.get("scale", ""), ""))]
    if began := parse_date(options.get("began", "")):
        told.append(("In business since", web.day(began)))
    if "seed" in options:
        told.append(("Company", f"No. {options['seed']}"))
    return [(label, text) for label, text in told if text]


def method_of(request: OrgRequest, connection: Connection | None) -> str:
    there = connection.method if connection else ""
    asked = request.GET.get("method") or there
    return asked if asked in FORMS else Connection.Method.JWT


def shown(
    request: OrgRequest,
    *,
    connection: Connection | None,
    trial: Job | None = None,
    status: int = 200,
    **given: Any,
) -> HttpResponse:
    now = timezone.now()
    there = connection is not None and connection.is_there
    method = method_of(request, connection)
    tabs = [
        {
            "label": TAB_LABELS[Connection.Method(each)],
            "url": f"?method={each}",
            "active": each == method,
        }
        for each in FORMS
    ]
    trial = trial or last_trial(request.org)
    context = {
        "connection": connection,
        "is_there": there,
        "is_salesforce": request.org.kind == Org.Kind.SALESFORCE,
        "is_file_fed": request.org.kind == Org.Kind.CSV,
        "is_changing": "method" in request.GET or not there,
        "tabs": tabs,
        "method": method,
        "trial": trial,
        "trial_said": trial.result.get("said", "") if trial else "",
        "options": options_of(connection) if connection else [],
        "schedule": schedule_of(connection) if connection else NEVER,
        "next_at": next_run_at(connection, at=now) if connection and there else None,
        **forms_of(request, connection),
        **given,
    }
    return render_page(request, PAGE, context, partial="trial", status=status)


def forms_of(request: OrgRequest, connection: Connection | None) -> dict[str, Any]:
    if request.org.kind == Org.Kind.CSV:
        return {}
    found: dict[str, Any] = {"form": new_form(request, connection)}
    if connection is not None and connection.is_there:
        found["pace_form"] = PaceForm(connection=connection, schedule=schedule_of(connection))
        if connection.method in RENEWALS:
            found["renewal_form"] = RENEWALS[connection.method](prefix="new")
    return found


@for_roles(Role.ADMIN)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connection_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    # Before the connection: what a test that has ended found of it is to be read there.
    trial = last_trial(request.org)
    connection = connection_of(request.org)
    if request.method != "POST":
        return shown(request, connection=connection, trial=trial)
    if request.org.kind == Org.Kind.CSV:
        raise Http404("An org that is fed by files has nothing to sign in to.")
    form = new_form(request, connection, data=request.POST)
    if not form.is_valid():
        return shown(request, connection=connection, form=form, is_changing=True, status=422)
    connecting.save_connection(
        org=request.org, wish=form.wish, by=request.user, at=timezone.now(), request=request
    )
    connecting.start_test(org=request.org, by=request.user, request=request)
    messages.success(request, "Saved. The connection is being tested.")
    return redirect("accounts:connection-show", org_slug)


@for_roles(Role.ADMIN)
@require_POST
def connection_test(request: OrgRequest, org_slug: str) -> HttpResponse:
    connection = connection_of(request.org)
    if connection is not None and connection.is_there:
        connecting.start_test(org=request.org, by=request.user, request=request)
    else:
        messages.error(request, "There is nothing to test yet. Connect the org first.")
    return redirect("accounts:connection-show", org_slug)


@for_roles(Role.ADMIN)
@sensitive_post_parameters()
@require_POST
def connection_renew(request: OrgRequest, org_slug: str) -> HttpResponse:
    connection = connection_of(request.org)
    form = None
    if connection is not None and renewable(connection):
        form = RENEWALS[connection.method](request.POST, prefix="new")
    if connection is None or form is None:
        messages.error(request, connecting.NOTHING_TO_RENEW)
        return redirect("accounts:connection-show", org_slug)
    if not form.is_valid():
        return shown(request, connection=connection, renewal_form=form, status=422)
    try:
        connecting.renew_credential(
            org=request.org, secrets=form.secrets, by=request.user, request=request
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.info(request, connecting.UNTIL_IT_WORKS)
    return redirect("accounts:connection-show", org_slug)


def renewable(connection: Connection | None) -> bool:
    return connection is not None and connection.method in RENEWALS and bool(connection.secrets)


@for_roles(Role.ADMIN)
@require_POST
def connection_disconnect(request: OrgRequest, org_slug: str) -> HttpResponse:
    try:
        connecting.disconnect(org=request.org, by=request.user, at=timezone.now(), request=request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{request.org.name} is disconnected. Its data stays here.")
    return redirect("accounts:connection-show", org_slug)


@for_roles(Role.ADMIN)
@require_POST
def connection_pace(request: OrgRequest, org_slug: str) -> HttpResponse:
    connection = connection_of(request.org)
    if connection is None or not connection.is_there:
        messages.error(request, "Connect the org first, then choose when it is synced.")
        return redirect("accounts:connection-show", org_slug)
    form = PaceForm(request.POST, connection=connection, schedule=schedule_of(connection))
    if not form.is_valid():
        return shown(request, connection=connection, pace_form=form, status=422)
    connecting.set_pace(
        org=request.org,
        schedule=form.schedule,
        limits=form.limits,
        by=request.user,
        request=request,
    )
    messages.success(request, f"{request.org.name} is now synced {form.schedule}.")
    return redirect("accounts:connection-show", org_slug)
