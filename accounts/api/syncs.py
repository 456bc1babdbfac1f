"""What the syncs did, where each object stands, what was refused; and to start one."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import models as m
from accounts.api.lists import RecordList, a_text
from accounts.connecting import why_not_synced
from accounts.sync.starting import start_sync
from revenue.api.base import ApiView
from revenue.api.permissions import members_with
from revenue.api.problems import MEDIA_TYPE, Problem
from revenue.api.schema import ProblemSerializer
from revenue.api.strict import Flag, StrictSerializer
from revenue.jobs.api import JobSerializer
from revenue.users.roles import Role


class SyncRunSerializer(serializers.ModelSerializer[m.SyncRun]):
    job = serializers.UUIDField(source="job_id", allow_null=True, read_only=True)
    state = serializers.CharField(help_text="running, succeeded, partial or failed.")
    trigger = serializers.CharField(help_text="schedule, person, command or api.")
    objects_done = serializers.DictField(help_text="By object: rows, calls, seconds.")

    class Meta:
        model = m.SyncRun
        fields = (
            "id", "job", "trigger", "is_full", "state", "started_at", "finished_at",
            "objects_done", "rows_read", "rows_written", "rows_deleted", "rows_refused", "calls",
            "calls_used_today", "calls_allowed_today", "problem",
        )  # fmt: skip
        read_only_fields = fields


class SyncRunFilters(StrictSerializer):
    state = serializers.ChoiceField(choices=m.SyncRun.State.choices, required=False)
    since = serializers.DateTimeField(
        required=False, help_text="Begun at this moment or later.", source="started_at__gte"
    )


class SyncRunList(RecordList):
    model, row, filters = m.SyncRun, SyncRunSerializer, SyncRunFilters
    orders = {"-started_at": "started_at", "started_at": "started_at"}


class ObjectStateSerializer(serializers.ModelSerializer[m.ObjectSync]):
    class Meta:
        model = m.ObjectSync
        fields = (
            "id", "object_name", "source_count", "local_count", "refused_count", "deleted_count",
            "read_up_to", "synced_at", "reconciled_at", "problem",
        )  # fmt: skip
        read_only_fields = fields


class ObjectFilters(StrictSerializer):
    object = a_text("Its name in the source, such as Opportunity.", source="object_name")


class ObjectStateList(RecordList):
    model, row, filters = m.ObjectSync, ObjectStateSerializer, ObjectFilters
    orders = {"object_name": "object_name", "-object_name": "object_name"}


class RefusedRowSerializer(serializers.ModelSerializer[m.RefusedRow]):
    row = serializers.DictField(help_text="As it came.")

    class Meta:
        model = m.RefusedRow
        fields = (
            "id", "object_name", "source", "line", "external_id", "field_name", "reason", "row",
            "refused_at",
        )  # fmt: skip
        read_only_fields = fields


class RefusedRowList(RecordList):
    access = members_with(Role.ADMIN, Role.EXECUTIVE, Role.INTEGRATOR)
    model, row, filters = m.RefusedRow, RefusedRowSerializer, ObjectFilters
    orders = {"-refused_at": "refused_at", "refused_at": "refused_at"}


NOT_POSSIBLE = OpenApiResponse(
    ProblemSerializer, description="The org is not connected, or its connection needs a sign-in."
)


class NewSyncSerializer(StrictSerializer):
    full = Flag(default=False, help_text="Read everything anew.")


class SyncStart(ApiView):
    access = members_with(Role.ADMIN)

    @extend_schema(
        operation_id="sync_start",
        request=NewSyncSerializer,
        responses={202: JobSerializer, (409, MEDIA_TYPE): NOT_POSSIBLE},
        summary="Start a sync",
        description="Answers with the job that does it: the unfinished one where there is one.",
    )
    def post(self, _request: Request, org_slug: str) -> Response:  # noqa: ARG002
        asked: dict[str, Any] = self.body(NewSyncSerializer)
        connection = m.Connection.objects.select_related("org").filter(org=self.org).first()
        if reason := why_not_synced(connection):
            raise Problem(409, "sync-not-possible", "A sync cannot be started", reason)
        job = start_sync(
            org=self.org,
            by=self.person,
            trigger=m.SyncRun.Trigger.API,
            full=asked["full"],
            request=self.http_request,
        )
        return Response(JobSerializer(job, context={"view": self}).data, status=202)
