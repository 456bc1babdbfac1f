from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "revenue.jobs"
    label = "jobs"
    verbose_name = "Jobs"
