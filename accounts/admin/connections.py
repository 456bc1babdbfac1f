"""Connections: how each org is reached. A secret goes in by a page of its own, and never out."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import RegexValidator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from accounts import connecting
from accounts.admin.rows import OrgRowAdmin
from accounts.connection_forms import RENEWALS
from accounts.models import Connection, ObjectSync, SyncRun
from accounts.schedule import next_run_at, schedule_of
from accounts.sync.starting import start_sync
from revenue.users.admin.scope import actor
from revenue.users.models import AuditEvent
from revenue.users.roles import Role

EDITED = ("api_version", "quota_share", "bulk_from")
CREDENTIAL_PAGE = "admin/accounts/connection/credential.html"


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    api_version = forms.CharField(
        label="API version",
        max_length=8,
        validators=[
            RegexValidator(
                r"^([6-9]\d|\d{3})\.0$",
                "Give a version of Salesforce's API from 60.0 on, such as 62.0.",
            )
        ],
    )
    quota_share = forms.FloatField(
        label="Share of the calls",
        min_value=0.01,
        max_value=1,
        help_text="Of the calls that the CRM allows a day, the share at which a sync stops.",
    )
    bulk_from = forms.IntegerField(
        label="Bulk from",
        min_value=1,
        max_value=2**31 - 1,
        help_text="Rows from which a whole object is read in bulk.",
    )

    class Meta:
        model = Connection
        fields = EDITED


@admin.register(Connection)
class ConnectionAdmin(OrgRowAdmin):
    form = ConnectionForm
    action = AuditEvent.Action.ORG_CHANGED
    change_form_template = "admin/accounts/connection/change_form.html"
    list_display = ("org", "state", "last_run", "schedule_said", "source", "method", "problem")
    list_filter = ("state", "method", "org__kind")
    list_select_related = ("org", "schedule__interval", "schedule__crontab")
    search_fields = ("org__name", "org__slug", "login_url", "username", "organization_id")
    ordering = ("org__name", "id")
    actions = ("test_connections", "sync_now")
    readonly_fields = (
        "org",
        "method",
        "login_url",
        "client_id",
        "username",
        "organization_id",
        "instance_url",
        "state",
        "state_changed_at",
        "problem",
        "secret_said",
        "schedule_said",
        "next_run",
    )
    fields = (*readonly_fields, *EDITED)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        runs = SyncRun.objects.filter(org=OuterRef("org")).order_by("-started_at", "-id")
        found: QuerySet[Any] = super().get_queryset(request).defer(*Connection.encrypted_fields)
        annotated: QuerySet[Any] = found.annotate(run_at=Subquery(runs.values("started_at")[:1]))
        return annotated

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No address may ask how even the encrypted text begins."""
        asked = lookup.split("__", maxsplit=1)[0]
        return asked not in Connection.encrypted_fields and super().lookup_allowed(
            lookup, value, request
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        """Only what was edited: a sync may be writing the rest at this moment."""
        obj.save(update_fields=list(EDITED))

    # What is shown

    @admin.display(description="Source", ordering="org__kind")
    def source(self, obj: Connection) -> str:
        return obj.org.get_kind_display()

    @admin.display(description="Last sync", ordering="run_at")
    def last_run(self, obj: Any) -> Any:
        return obj.run_at

    @admin.display(description="Synced")
    def schedule_said(self, obj: Connection) -> str:
        return str(schedule_of(obj))

    @admin.display(description="Next sync")
    def next_run(self, obj: Connection) -> str:
        return said(next_run_at(obj, at=timezone.now()))

    @admin.display(description="Secret")
    def secret_said(self, obj: Connection) -> str:
        if not obj.secrets:
            return "None"
        if obj.secrets_changed_at is None:
            return "Set"
        by = f" by {obj.secrets_changed_by}" if obj.secrets_changed_by else ""
        return f"Set on {said(obj.secrets_changed_at)}{by}"

    # What can be done

    @admin.action(description="Test the connection")
    def test_connections(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for each in queryset:
            self.begin_test(request, each)

    @admin.action(description="Sync now")
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for each in queryset:
            self.begin_sync(request, each)

    def begin_test(self, request: HttpRequest, connection: Connection) -> None:
        if not connection.is_there:
            messages.error(request, f"{connection.org} is not connected: there is nothing to test.")
            return
        connecting.start_test(org=connection.org, by=actor(request), request=request)
        messages.success(request, f"The connection of {connection.org} is being tested.")

    def begin_sync(self, request: HttpRequest, connection: Connection) -> None:
        if reason := connecting.why_not_synced(connection):
            messages.error(request, f"{connection.org}: {reason}")
            return
        trigger = SyncRun.Trigger.PERSON
        start_sync(org=connection.org, by=actor(request), trigger=trigger, request=request)
        messages.success(request, f"A sync of {connection.org} is under way.")

    # Pages of one connection

    def get_urls(self) -> list[URLPattern]:
        views = {"credential": self.credential, "test": self.test, "sync": self.sync}
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"accounts_connection_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def one(self, request: HttpRequest, pk: int) -> Connection | None:
        """None where there is none that the reader may know of, told as Django's admin tells it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        found: Connection | None = self.get_queryset(request).filter(pk=pk).first()
        if found is None:
            messages.warning(request, "There is no such connection.")
        return found

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done(request, pk, self.begin_test)

    def sync(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done(request, pk, self.begin_sync)

    def done(self, request: HttpRequest, pk: int, deed: Any) -> HttpResponse:
        found = self.one(request, pk)
        if found is None:
            return redirect("admin:accounts_connection_changelist")
        if request.method == "POST":
            deed(request, found)
        return redirect("admin:accounts_connection_change", found.pk)

    def credential(self, request: HttpRequest, pk: int) -> HttpResponse:
        return sensitive_post_parameters()(self.renew)(request, pk)

    def renew(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self.one(request, pk)
        if found is None:
            return redirect("admin:accounts_connection_changelist")
        if found.method not in RENEWALS or not found.secrets:
            messages.error(request, connecting.NOTHING_TO_RENEW)
            return redirect("admin:accounts_connection_change", found.pk)
        form = RENEWALS[found.method](request.POST or None)
        if form.is_valid() and self.began_renewal(request, found, form.secrets):
            return redirect("admin:accounts_connection_change", found.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": found,
            "title": f"Renew the credential of {found.org}",
            "form": form,
        }
        return TemplateResponse(
            request, CREDENTIAL_PAGE, context, status=422 if form.is_bound else 200
        )

    def began_renewal(
        self, request: HttpRequest, connection: Connection, secrets: dict[str, str]
    ) -> bool:
        try:
            connecting.renew_credential(
                org=connection.org, secrets=secrets, by=actor(request), request=request
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return False
        messages.info(request, connecting.UNTIL_IT_WORKS)
        return True

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Pages of an org are for its members; a superuser who is none is not sent there."""
        obj: Connection | None = kwargs.get("obj")
        if obj is not None:
            context |= {"can_renew": obj.method in RENEWALS and bool(obj.secrets)}
            memberships = request.memberships  # type: ignore[attr-defined]
            runs_it = any(m.org_id == obj.org_id and m.role == Role.ADMIN for m in memberships)
            context |= {"org_pages": pages_of(obj) if runs_it else []}
        return super().render_change_form(request, context, *args, **kwargs)


def said(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%d %b %Y, %H:%M %Z}" if moment else "–"


def pages_of(connection: Connection) -> list[tuple[str, str]]:
    slug = connection.org.slug
    names = ObjectSync.objects.filter(org=connection.org).order_by("object_name")
    return [
        ("Connection", reverse("accounts:connection-show", args=[slug])),
        ("Data", reverse("accounts:sync-show", args=[slug])),
        *(
            (f"Fields of {name}", reverse("accounts:mapping-list", args=[slug, name]))
            for name in names.values_list("object_name", flat=True)
        ),
    ]
