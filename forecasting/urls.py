from django.urls import path

from forecasting.views import (
    acting,
    bridge,
    calls,
    changes,
    dashboard,
    deal,
    diagnosis,
    forecast,
    forecast_policy,
    group,
    health,
    health_policy,
    interaction,
    lead_policy,
    lead_speed,
    leads,
    plays,
    policy,
    record,
    scenario,
    team,
    weekly,
)

app_name = "forecasting"

# /o/<org_slug>/…
urlpatterns = [
    # risk/: open deals by risk and value
    path("risk/", dashboard.risk_list, name="risk-list"),
    path("risk/export.csv", dashboard.risk_export, {"kind": "csv"}, name="risk-csv"),
    path("risk/export.xlsx", dashboard.risk_export, {"kind": "xlsx"}, name="risk-xlsx"),
    path("risk/team/", team.risk_team, name="risk-team"),
    path("risk/changes/", changes.changes_show, name="changes-show"),
    path("risk/changes/start/", changes.changes_start, name="changes-start"),
    # lead-scores/: which leads are likely to convert, and lead-speed/: how soon they are answered
    path("lead-scores/", leads.lead_list, name="lead-list"),
    path("lead-scores/export.csv", leads.lead_export, {"kind": "csv"}, name="lead-csv"),
    path("lead-scores/export.xlsx", leads.lead_export, {"kind": "xlsx"}, name="lead-xlsx"),
    path("lead-scores/policy/", lead_policy.lead_policy, name="lead-policy"),
    path("lead-scores/leads/<int:pk>/", leads.lead_panel, name="lead-panel"),
    path("lead-scores/leads/<int:pk>/override/", leads.lead_override, name="lead-override"),
    path("lead-speed/", lead_speed.lead_speed, name="lead-speed"),
    # forecast/bridge/: what moved it
    path("forecast/bridge/", bridge.forecast_bridge, name="forecast-bridge"),
    path("forecast/bridge/start/", bridge.bridge_start, name="bridge-start"),
    # forecast/what-if/: what it would be
    path("forecast/what-if/", scenario.scenario_show, name="forecast-scenario"),
    path("forecast/what-if/save/", scenario.scenario_save, name="scenario-save"),
    path("forecast/what-if/compare/", scenario.scenario_compare, name="scenario-compare"),
    path("forecast/what-if/<int:pk>/delete/", scenario.scenario_delete, name="scenario-delete"),
    # forecast/calls/: what people say of the number
    path("forecast/calls/", calls.calls_show, name="forecast-calls"),
    path("forecast/calls/make/", calls.call_make, name="forecast-call-make"),
    path("forecast/policy/", forecast_policy.forecast_policy, name="forecast-policy"),
    # risk/interaction/: one feature against what it adds
    path("risk/interaction/", interaction.interaction_show, name="interaction-show"),
    # why/: why the win rate moved
    path("why/", diagnosis.why_show, name="why-show"),
    path("why/start/", diagnosis.why_start, name="why-start"),
    path("why/weekly/", weekly.weekly_show, name="weekly-show"),
    path("why/weekly/start/", weekly.weekly_start, name="weekly-start"),
    path("why/weekly/mail/", weekly.weekly_mail, name="weekly-mail"),
    path("why/weekly/report.pdf", weekly.weekly_pdf, name="weekly-pdf"),
    path("why/<int:pk>/deals/<int:place>/", diagnosis.why_deals, name="why-deals"),
    # forecast/: what a period is likely to bring
    path("forecast/", forecast.forecast_show, name="forecast-show"),
    path("forecast/start/", forecast.forecast_start, name="forecast-start"),
    path("forecast/deals/", forecast.forecast_deals, name="forecast-deals"),
    path("forecast/deals/export.csv", forecast.forecast_csv, name="forecast-csv"),
    path("forecast/group/", group.forecast_group, name="forecast-group"),
    path("forecast/record/", record.forecast_record, name="forecast-record"),
    # risk/deals/<pk>/: what is foreseen of a deal, and what is done about it
    path("risk/deals/<int:pk>/", deal.deal_panel, name="deal-panel"),
    path("risk/deals/<int:pk>/reasons/", deal.deal_reasons, name="deal-reasons"),
    path("risk/deals/<int:pk>/reasons/all/", deal.deal_every_reason, name="deal-every-reason"),
    path("risk/deals/<int:pk>/moves/", deal.deal_moves, name="deal-moves"),
    path("risk/deals/<int:pk>/weeks/", deal.deal_weeks, name="deal-weeks"),
    path("risk/deals/<int:pk>/risk/", deal.deal_risk, name="deal-risk"),
    path("risk/deals/<int:pk>/similar/", deal.deal_similar, name="deal-similar"),
    path("risk/deals/<int:pk>/actions/", deal.deal_actions, name="deal-actions"),
    path(
        "risk/deals/<int:pk>/actions/<int:action_pk>/",
        acting.action_decide,
        name="action-decide",
    ),
    path("risk/deals/<int:pk>/notes/", acting.deal_notes, name="deal-notes"),
    path("risk/deals/<int:pk>/notes/<int:note_pk>/", acting.note_change, name="note-change"),
    path("risk/deals/<int:pk>/notes/<int:note_pk>/delete/", acting.note_delete, name="note-delete"),
    path("risk/accounts/<int:pk>/", deal.account_panel, name="account-panel"),
    # health/: how well customers are
    path("health/", health.health_list, name="health-list"),
    path("health/export.csv", health.health_export, {"kind": "csv"}, name="health-csv"),
    path("health/export.xlsx", health.health_export, {"kind": "xlsx"}, name="health-xlsx"),
    path("health/team/", health.health_team, name="health-team"),
    path("health/policy/", health_policy.health_policy, name="health-policy"),
    path("health/accounts/<int:pk>/", health.health_panel, name="health-panel"),
    path(
        "health/accounts/<int:pk>/actions/<int:action_pk>/",
        health.health_action,
        name="health-action",
    ),
    # risk/policy/: weights, grades and warnings
    path("risk/policy/", policy.policy_show, name="policy-show"),
    # risk/plays/: the playbook
    path("risk/plays/", plays.play_list, name="play-list"),
    path("risk/plays/add/", plays.play_add, name="play-add"),
    path("risk/plays/<int:pk>/", plays.play_change, name="play-change"),
    path("risk/plays/<int:pk>/switch/", plays.play_switch, name="play-switch"),
    path("risk/plays/<int:pk>/move/", plays.play_move, name="play-move"),
]
