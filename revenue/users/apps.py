from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "revenue.users"
    label = "users"
    verbose_name = "People"
