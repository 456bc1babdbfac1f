"""Addresses below /api/v1/orgs/<org_slug>/."""

from django.urls import path

from revenue.jobs.api import CheckStart, JobCancel, JobList, JobShow

app_name = "jobs-api"

urlpatterns = [
    path("jobs", JobList.as_view(), name="job-list"),
    path("jobs/check", CheckStart.as_view(), name="check-start"),
    path("jobs/<uuid:job_id>", JobShow.as_view(), name="job-show"),
    path("jobs/<uuid:job_id>/cancel", JobCancel.as_view(), name="job-cancel"),
]
