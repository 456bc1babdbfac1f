from django.urls import path

from revenue.web import views

app_name = "web"

urlpatterns = [
    path("theme/", views.theme_set, name="theme-set"),
    path("styleguide/", views.styleguide_show, name="styleguide-show"),
    path("styleguide/progress/", views.styleguide_progress, name="styleguide-progress"),
]
