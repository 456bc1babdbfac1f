from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "revenue.web"
    label = "web"
    verbose_name = "Pages"
