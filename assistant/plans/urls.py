"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern, path

from assistant.plans import views

# assistant:plan-…, deal-panel and account-panel
urlpatterns: list[URLPattern] = [
    path("plans/deals/<int:pk>/", views.deal_panel, name="deal-panel"),
    path("plans/accounts/<int:pk>/", views.account_panel, name="account-panel"),
    path("plans/deals/<int:pk>/start/", views.deal_plan_start, name="deal-plan-start"),
    path("plans/accounts/<int:pk>/start/", views.account_plan_start, name="account-plan-start"),
    path("plans/<int:pk>/", views.plan_show, name="plan-show"),
    path("plans/<int:pk>/poll/", views.plan_poll, name="plan-poll"),
    path("plans/<int:pk>/again/", views.plan_again, name="plan-again"),
    path("plans/<int:pk>/cancel/", views.plan_cancel, name="plan-cancel"),
    path("plans/<int:pk>/sections/<slug:key>/", views.plan_edit, name="plan-edit"),
    path("plans/<int:pk>/versions/", views.plan_versions, name="plan-versions"),
    path("plans/<int:pk>/restore/", views.plan_restore, name="plan-restore"),
    path("plans/<int:pk>/vote/", views.plan_vote, name="plan-vote"),
    path("plans/<int:pk>/plan.pdf", views.plan_file, {"kind": "pdf"}, name="plan-pdf"),
    path("plans/<int:pk>/plan.docx", views.plan_file, {"kind": "docx"}, name="plan-docx"),
]
