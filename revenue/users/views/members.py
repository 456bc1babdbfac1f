import logging
from smtplib import SMTPException

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revenue.users import members
from revenue.users.access import OrgRequest, for_roles
from revenue.users.forms import InviteForm, MemberForm
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web.filters import BooleanFilter, MultiChoiceFilter, TextFilter
from revenue.web.rendering import render_page
from revenue.web.tables import Column, Table

logger = logging.getLogger(__name__)

ROLE_BADGES = {Role.ADMIN: "warning", Role.EXECUTIVE: "positive", Role.MANAGER: "accent"}


def state_of(row: Membership) -> str:
    if not row.is_active or not row.user.is_active:
        return "Inactive"
    return "Invited" if members.needs_invitation(row.user) else "Active"


def member_url(row: Membership) -> str:
    return reverse("users:member-change", args=[row.org.slug, row.pk])


def members_table(*, links: bool) -> Table:
    return Table(
        id="members",
        noun="members",
        caption="Members",
        default_sort="name",
        columns=(
            Column(
                name="name",
                label="Name",
                value=lambda row: row.user.full_name or row.user.email,
                sort="user__full_name",
                href=member_url if links else None,
            ),
            Column(name="email", label="E-mail", value="user__email", sort="user__email"),
            Column(
                name="role",
                label="Role",
                kind="badge",
                value="get_role_display",
                badge=lambda row: ROLE_BADGES.get(row.role, ""),
                sort="role",
            ),
            Column(name="reports_to", label="Reports to", value="reports_to__user__full_name"),
            Column(
                name="state",
                label="State",
                kind="badge",
                value=state_of,
                badge=lambda row: {"Active": "positive", "Invited": "accent"}.get(
                    state_of(row), ""
                ),
            ),
            Column(name="seen", label="Last here", kind="ago", value="last_seen_at"),
            Column(
                name="since",
                label="Member since",
                kind="date",
                value="created_at",
                sort="created_at",
                shown=False,
            ),
        ),
        filters=(
            TextFilter(name="q", label="Search members", paths=("user__full_name", "user__email")),
            MultiChoiceFilter(name="role", label="Role", path="role", choices=Role.choices),
            BooleanFilter(
                name="active", label="State", path="is_active", yes="Active", no="Inactive"
            ),
        ),
        empty_title="Nobody here yet",
        drawer=links,
    )


READING, RUNNING = members_table(links=False), members_table(links=True)


def visible(request: OrgRequest) -> QuerySet[Membership]:
    found = Membership.objects.visible_to(request.membership)
    return found.select_related("user", "org", "reports_to__user")


@for_roles(Role.ADMIN, Role.MANAGER, Role.EXECUTIVE)
@require_safe
def member_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    runs = request.membership.role == Role.ADMIN
    definition = RUNNING if runs else READING
    table = definition.bind(request.GET, queryset=visible(request), path=request.path)
    context = {"table": table, "runs": runs}
    return render_page(request, "users/members.html", context, partial=table.id, push_url=table.url)


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def member_invite(request: OrgRequest, org_slug: str) -> HttpResponse:
    form = InviteForm(request.POST or None, org=request.org)
    if form.is_valid():
        try:
            membership = members.add_member(
                by=request.user, org=request.org, request=request, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            invite(request, membership)
            return redirect("users:member-list", org_slug)
    return render_page(request, "users/member_invite.html", {"form": form}, partial="drawer-body")


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def member_change(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    membership = get_object_or_404(visible(request), pk=pk)
    form = MemberForm(request.POST or None, membership=membership)
    if form.is_valid():
        try:
            members.change_member(
                by=request.user, membership=membership, wish=form.wish, request=request
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{membership.user} is saved.")
            return redirect("users:member-list", org_slug)
    context = {
        "form": form,
        "member": membership,
        "state": state_of(membership),
        "invited": members.needs_invitation(membership.user),
    }
    return render_page(request, "users/member_change.html", context, partial="drawer-body")


@for_roles(Role.ADMIN)
@require_POST
def member_reinvite(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    membership = get_object_or_404(visible(request), pk=pk)
    if members.needs_invitation(membership.user):
        invite(request, membership)
    else:
        messages.info(request, f"{membership.user} has signed in already and needs no invitation.")
    return redirect("users:member-list", org_slug)


def invite(request: OrgRequest, membership: Membership) -> None:
    """The member is there whether or not the mail goes out; who sent it must know which."""
    try:
        members.send_invitation(membership=membership, by=request.user, request=request)
    except (OSError, SMTPException):
        logger.exception("invitation_not_sent")
        messages.warning(
            request,
            f"{membership.user} is a member, but the e-mail could not be sent. "
            "Open the member and send the invitation again.",
        )
    else:
        messages.success(request, f"An invitation is on its way to {membership.user.email}.")
