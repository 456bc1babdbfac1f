from django.urls import path

from crosssell.views import allocation, evaluation, expansion, panels, policy, recommendations, team

app_name = "crosssell"

# /o/<org_slug>/…
urlpatterns = [
    # sell/: what to sell next, and to whom
    path("sell/", recommendations.recommendation_list, name="recommendation-list"),
    path(
        "sell/export.csv",
        recommendations.recommendation_export,
        {"kind": "csv"},
        name="recommendation-csv",
    ),
    path(
        "sell/export.xlsx",
        recommendations.recommendation_export,
        {"kind": "xlsx"},
        name="recommendation-xlsx",
    ),
    path("sell/accounts/", recommendations.suggested_accounts, name="suggested-accounts"),
    path("sell/accounts/<int:pk>/", panels.account_panel, name="account-panel"),
    path("sell/deals/<int:pk>/", panels.deal_panel, name="deal-panel"),
    path("sell/team/", team.recommendation_team, name="recommendation-team"),
    path("sell/policy/", policy.policy_show, name="policy-show"),
    path("sell/evaluation/", evaluation.evaluation_show, name="evaluation-show"),
    path("sell/<int:pk>/", recommendations.recommendation_show, name="recommendation-show"),
    path(
        "sell/<int:pk>/decide/",
        recommendations.recommendation_decide,
        name="recommendation-decide",
    ),
    # sell/expansion/: what an account is expected to bring
    path("sell/expansion/", expansion.expansion_list, name="expansion-list"),
    path(
        "sell/expansion/export.csv",
        expansion.expansion_export,
        {"kind": "csv"},
        name="expansion-csv",
    ),
    path(
        "sell/expansion/export.xlsx",
        expansion.expansion_export,
        {"kind": "xlsx"},
        name="expansion-xlsx",
    ),
    path("sell/expansion/<int:pk>/", expansion.expansion_show, name="expansion-show"),
    path("sell/expansion/<int:pk>/panel/", expansion.expansion_panel, name="expansion-panel"),
    # sell/allocation/: whose hours go where
    path("sell/allocation/", allocation.allocation_list, name="allocation-list"),
    path("sell/allocation/start/", allocation.allocation_start, name="allocation-start"),
    path("sell/allocation/compare/", allocation.allocation_compare, name="allocation-compare"),
    path("sell/allocation/types/", allocation.allocation_types, name="allocation-types"),
    path("sell/allocation/mine/", allocation.allocation_mine, name="allocation-mine"),
    path(
        "sell/allocation/export.csv",
        allocation.allocation_export,
        {"kind": "csv"},
        name="allocation-csv",
    ),
    path(
        "sell/allocation/export.xlsx",
        allocation.allocation_export,
        {"kind": "xlsx"},
        name="allocation-xlsx",
    ),
    path("sell/allocation/<int:pk>/", allocation.allocation_show, name="allocation-show"),
    path("sell/allocation/<int:pk>/again/", allocation.allocation_again, name="allocation-again"),
    path(
        "sell/allocation/<int:pk>/cancel/", allocation.allocation_cancel, name="allocation-cancel"
    ),
    path("sell/allocation/<int:pk>/adopt/", allocation.allocation_adopt, name="allocation-adopt"),
    path("sell/allocation/<int:pk>/drop/", allocation.allocation_drop, name="allocation-drop"),
]
