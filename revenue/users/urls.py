from django.urls import path

from revenue.users import views

app_name = "users"

urlpatterns = [
    path("", views.home, name="home"),
]
