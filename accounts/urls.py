from django.urls import path

from accounts.views import (
    accounts,
    connection,
    deals,
    mapping,
    matching,
    operations,
    people,
    search,
    team,
    trust,
)

app_name = "accounts"

# /o/<org_slug>/…
urlpatterns = [
    path("accounts/", accounts.account_list, name="account-list"),
    path("accounts/<int:pk>/", accounts.account_show, name="account-show"),
    path("contacts/", people.contact_list, name="contact-list"),
    path("contacts/<int:pk>/", people.contact_show, name="contact-show"),
    path("leads/", people.lead_list, name="lead-list"),
    path("leads/<int:pk>/", people.lead_show, name="lead-show"),
    path("deals/", deals.deal_list, name="deal-list"),
    path("deals/<int:pk>/", deals.deal_show, name="deal-show"),
    path("search/", search.search_show, name="search-show"),
    path("team/", team.team_show, name="team-show"),
    path("overview/", team.org_overview, name="org-overview"),
    path("customers/", matching.match_list, name="match-list"),
    path("customers/<int:pk>/decide", matching.match_decide, name="match-decide"),
    path("operations/", operations.operations_show, name="operations-show"),
    path("sync/", trust.sync_show, name="sync-show"),
    path("sync/start/", trust.sync_start, name="sync-start"),
    path("sync/refused/", trust.refused_list, name="refused-list"),
    path("sync/refused/download/", trust.refused_download, name="refused-download"),
    path("sync/mapping/<str:object_name>/", mapping.mapping_list, name="mapping-list"),
    path("sync/mapping/<str:object_name>/<int:pk>/", mapping.mapping_change, name="mapping-change"),
    path("connection/", connection.connection_show, name="connection-show"),
    path("connection/test/", connection.connection_test, name="connection-test"),
    path("connection/renew/", connection.connection_renew, name="connection-renew"),
    path("connection/disconnect/", connection.connection_disconnect, name="connection-disconnect"),
    path("connection/pace/", connection.connection_pace, name="connection-pace"),
]
