from django.apps import AppConfig


class MlConfig(AppConfig):
    name = "revenue.ml"
    label = "ml"
    verbose_name = "Models"
