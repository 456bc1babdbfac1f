"""Addresses below /api/v1/orgs/<org_slug>/jobs."""

from django.urls import path

from revenue.jobs.api import CheckStart, JobCancel, JobList, JobShow

app_name = "jobs-api"

urlpatterns = [
    path("", JobList.as_view(), name="job-list"),
    path("/check", CheckStart.as_view(), name="check-start"),
    path("/<uuid:job_id>", JobShow.as_view(), name="job-show"),
    path("/<uuid:job_id>/cancel", JobCancel.as_view(), name="job-cancel"),
]
