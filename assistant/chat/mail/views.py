"""Drafts of e-mails about a deal: by reason and tone, copied or handed to a mail program."""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Opportunity
from accounts.views.records import record_or_404
from assistant.chat.conversing import is_provided
from assistant.chat.mail.answering import facts_for, remarks, usual_kind
from assistant.chat.mail.drafting import KINDS, TONES, USUAL_TONE, drafted
from assistant.chat.tasks import start_wording, word_mail
from revenue.jobs.models import FINISHED, Job, State
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE, WORDING = "assistant/mail.html", "mail-wording"


@for_roles(Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def mail_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    deal = record_or_404(Opportunity, pk, request, "owner")
    at = timezone.now()
    facts, _ = facts_for(deal, reader=request.membership, at=at)
    asked = request.POST if request.method == "POST" else request.GET
    kind, tone = asked.get("kind", ""), asked.get("tone", "")
    kind = kind if kind in KINDS else usual_kind(facts)
    tone = tone if tone in TONES else USUAL_TONE
    url = reverse("assistant:mail-show", args=[org_slug, pk])
    if request.method == "POST":
        begun = start_wording(
            deal, kind=kind, tone=tone, org=request.org, by=request.user, request=request
        )
        return redirect(f"{url}?kind={kind}&tone={tone}&job={begun.pk}")
    job = job_of(request, deal=deal, kind=kind, tone=tone)
    if request.htmx and request.htmx.target == WORDING and (job is None or job.state in FINISHED):
        return HttpResponseClientRefresh()
    draft = drafted(facts, kind=kind, tone=tone)
    data, notice = draft.as_data(), ""
    if job is not None and job.state == State.SUCCEEDED:
        data, notice = job.result.get("draft", data), job.result.get("notice", "")
    context: dict[str, Any] = {
        "deal": deal,
        "facts": facts,
        "draft": data,
        "is_better": bool(job and job.state == State.SUCCEEDED and job.result.get("is_better")),
        "notice": notice,
        "remarks": remarks(draft, facts),
        "kinds": KINDS.items(),
        "tones": TONES.items(),
        "job": job if job is not None and job.state not in FINISHED else None,
        "failed": job if job is not None and job.state in (State.FAILED, State.CANCELLED) else None,
        "poll_url": request.get_full_path(),
        "is_provided": is_provided(request.org),
    }
    return render_page(request, PAGE, context, partial=WORDING)


def job_of(request: OrgRequest, *, deal: Opportunity, kind: str, tone: str) -> Job | None:
    """The wording of this very draft, begun by this person."""
    given = request.GET.get("job", "")
    if not given:
        return None
    try:
        key = uuid.UUID(given)
    except ValueError as error:
        raise Http404("There is no such job.") from error
    found = Job.objects.filter(
        pk=key, org=request.org, started_by=request.user, task=word_mail.name
    ).first()
    wanted = {"deal": deal.pk, "kind": kind, "tone": tone}
    if found is None or found.arguments != wanted:
        return None
    return found
