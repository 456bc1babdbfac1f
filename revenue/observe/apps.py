from django.apps import AppConfig


class ObserveConfig(AppConfig):
    name = "revenue.observe"
    label = "observe"
