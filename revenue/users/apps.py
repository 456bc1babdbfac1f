from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "revenue.users"
    label = "users"
    verbose_name = "People"

    def ready(self) -> None:
        import_module("revenue.users.signals")
