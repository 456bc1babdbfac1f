from django.urls import path

from revenue.observe.views import health_live, health_ready, metrics_show

app_name = "observe"
urlpatterns = [
    path("healthz/live", health_live, name="health-live"),
    path("healthz/ready", health_ready, name="health-ready"),
    path("metrics", metrics_show, name="metrics-show"),
]
