"""Addresses below /api/v1/orgs/<org_slug>/."""

from django.urls import path

from accounts.api import identity, lists, more_lists, searching, syncs

app_name = "accounts-api"

urlpatterns = [
    path("accounts", lists.AccountList.as_view(), name="account-list"),
    path("accounts/<str:external_id>", lists.AccountShow.as_view(), name="account-show"),
    path("contacts", lists.ContactList.as_view(), name="contact-list"),
    path("contacts/<str:external_id>", lists.ContactShow.as_view(), name="contact-show"),
    path("leads", lists.LeadList.as_view(), name="lead-list"),
    path("leads/<str:external_id>", lists.LeadShow.as_view(), name="lead-show"),
    path("opportunities", lists.OpportunityList.as_view(), name="opportunity-list"),
    path(
        "opportunities/<str:external_id>",
        lists.OpportunityShow.as_view(),
        name="opportunity-show",
    ),
    path("opportunity-contacts", lists.OpportunityContactList.as_view(), name="role-list"),
    path("cases", lists.CaseList.as_view(), name="case-list"),
    path("activities", more_lists.ActivityList.as_view(), name="activity-list"),
    path("products", more_lists.ProductList.as_view(), name="product-list"),
    path("line-items", more_lists.LineItemList.as_view(), name="line-item-list"),
    path("purchases", more_lists.PurchaseList.as_view(), name="purchase-list"),
    path("campaigns", more_lists.CampaignList.as_view(), name="campaign-list"),
    path("campaign-members", more_lists.CampaignMemberList.as_view(), name="campaign-member-list"),
    path("quotas", more_lists.QuotaList.as_view(), name="quota-list"),
    path("currency-rates", more_lists.CurrencyRateList.as_view(), name="currency-rate-list"),
    path("crm-users", more_lists.CrmUserList.as_view(), name="crm-user-list"),
    path("crm-roles", more_lists.CrmRoleList.as_view(), name="crm-role-list"),
    path("stage-changes", more_lists.StageChangeList.as_view(), name="stage-change-list"),
    path("field-changes", more_lists.FieldChangeList.as_view(), name="field-change-list"),
    path("snapshots", more_lists.SnapshotList.as_view(), name="snapshot-list"),
    path("matches", identity.MatchList.as_view(), name="match-list"),
    path(
        "customer-accounts",
        identity.CustomerAccountList.as_view(),
        name="customer-account-list",
    ),
    path("search", searching.RecordSearch.as_view(), name="search-show"),
    path("sync", syncs.SyncStart.as_view(), name="sync-start"),
    path("sync/runs", syncs.SyncRunList.as_view(), name="sync-run-list"),
    path("sync/objects", syncs.ObjectStateList.as_view(), name="object-state-list"),
    path("sync/refused-rows", syncs.RefusedRowList.as_view(), name="refused-row-list"),
]
