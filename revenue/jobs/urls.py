from django.urls import path

from revenue.jobs import views

app_name = "jobs"

# /o/<org_slug>/jobs/
urlpatterns = [
    path("", views.job_list, name="job-list"),
    path("mine/", views.job_mine, name="job-mine"),
    path("check/", views.check_start, name="check-start"),
    path("audit-export/", views.audit_export_start, name="audit-export-start"),
    path("<uuid:job_id>/", views.job_show, name="job-show"),
    path("<uuid:job_id>/cancel/", views.job_cancel, name="job-cancel"),
    path("<uuid:job_id>/file/", views.job_download, name="job-download"),
]
