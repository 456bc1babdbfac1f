from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from revenue.api.base import ApiView, ListView
from revenue.api.permissions import ANY_MEMBER, members_with
from revenue.api.strict import StrictSerializer
from revenue.jobs import running, starting
from revenue.jobs.models import Job
from revenue.jobs.queues import Queue
from revenue.users.roles import Role


class JobSerializer(serializers.ModelSerializer[Job]):
    started_by = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField(help_text="Why it failed; for admins of the org.")

    class Meta:
        model = Job
        fields = (
            "id",
            "title",
            "task",
            "queue",
            "state",
            "step",
            "done",
            "total",
            "started_by",
            "cancel_requested_at",
            "created_at",
            "started_at",
            "finished_at",
            "attempts",
            "result",
            "error",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.EmailField(allow_null=True))
    def get_started_by(self, job: Job) -> str | None:
        return job.started_by.email if job.started_by else None

    @extend_schema_field(serializers.DictField())
    def get_result(self, job: Job) -> dict[str, Any]:
        return dict(job.result)

    def get_error(self, job: Job) -> str:
        return job.error if self.context["view"].membership.role == Role.ADMIN else ""


class JobFilters(StrictSerializer):
    state = serializers.ChoiceField(choices=Job.State.choices, required=False)
    queue = serializers.ChoiceField(choices=Queue.choices, required=False)
    since = serializers.DateTimeField(required=False, help_text="Asked for at or after.")


class NewCheckSerializer(StrictSerializer):
    queue = serializers.ChoiceField(choices=Queue.choices, default=Queue.INTERACTIVE)


class JobList(ListView):
    access = ANY_MEMBER
    row = JobSerializer
    filters = JobFilters
    orders = {"-created_at": "created_at", "created_at": "created_at"}

    @extend_schema(
        summary="The jobs that I may see",
        description="An admin sees all of the org, everybody else what they started.",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Job]:
        rows = Job.objects.visible_to(self.membership).select_related("started_by")
        for name in ("state", "queue"):
            if name in self.asked:
                rows = rows.filter(**{name: self.asked[name]})
        if "since" in self.asked:
            rows = rows.filter(created_at__gte=self.asked["since"])
        return rows


class JobView(ApiView):
    access = ANY_MEMBER

    def job(self, job_id: Any) -> Job:
        rows = Job.objects.visible_to(self.membership).select_related("started_by")
        return get_object_or_404(rows, pk=job_id)

    def answer(self, job: Job, *, status: int = 200) -> Response:
        return Response(JobSerializer(job, context={"view": self}).data, status=status)


class JobShow(JobView):
    @extend_schema(operation_id="jobs_show", responses=JobSerializer, summary="One job")
    def get(self, _request: Request, org_slug: str, job_id: Any) -> Response:  # noqa: ARG002
        return self.answer(self.job(job_id))


class JobCancel(JobView):
    @extend_schema(
        operation_id="jobs_cancel",
        request=None,
        responses=JobSerializer,
        summary="Cancel a job",
        description="A waiting job ends at once, a running one before its next step. "
        "To cancel a finished job changes nothing.",
    )
    def post(self, _request: Request, org_slug: str, job_id: Any) -> Response:  # noqa: ARG002
        job = running.cancel(self.job(job_id), by=self.person, request=self.http_request)
        return self.answer(job)


class CheckStart(JobView):
    access = members_with(Role.ADMIN)

    @extend_schema(
        operation_id="jobs_check_start",
        request=NewCheckSerializer,
        responses={202: JobSerializer},
        summary="Check the system",
        description="Starts a job that measures database, cache, broker and disk from a worker.",
    )
    def post(self, _request: Request, org_slug: str) -> Response:  # noqa: ARG002
        asked = self.body(NewCheckSerializer)
        job = starting.check_system(
            org=self.org, by=self.person, queue=Queue(asked["queue"]), request=self.http_request
        )
        return self.answer(job, status=202)
