from django.urls import path

from revenue.ml import views

app_name = "ml"

# /o/<org_slug>/models/
urlpatterns = [
    path("", views.model_list, name="model-list"),
    path("fairness/", views.model_fairness, name="model-fairness"),
    path("<int:pk>/", views.model_show, name="model-show"),
    path("<int:pk>/card.md", views.model_card, name="model-card"),
    path("<int:pk>/card.html", views.model_page, name="model-page"),
    path("<int:pk>/promote/", views.model_promote, name="model-promote"),
    path("<int:pk>/revert/", views.model_revert, name="model-revert"),
]
