"""Which addresses show the rep's rows, and to whom: so that a wall which hides all is seen too.

Of Django's admin, which shows an admin whatever is the org's, one stands for all.
"""

from tests.access.people import MARKED
from tests.access.rules import Persona
from tests.factories.facts import DAY

P = Persona
# Whoever stands above the rep in the hierarchy, or reads the whole org.
READERS = {P.REP, P.MANAGER, P.EXECUTIVE, P.ADMIN, P.INTEGRATOR}
PAGES = ("account-list", "account-show", "contact-list", "contact-show", "deal-list", "deal-show")
OF_A_DEAL = (
    "account-panel",
    "deal-panel",
    "deal-reasons",
    "deal-every-reason",
    "deal-moves",
    "deal-weeks",
    "deal-risk",
    "deal-similar",
    "deal-actions",
    "deal-notes",
)
OF_THE_QUARTER = tuple(
    f"forecasting:forecast-{name}"
    for name in ("show", "deals", "csv", "record", "calls", "bridge", "scenario")
)
LISTS = (
    "account",
    "activity",
    "campaign-member",
    "case",
    "contact",
    "field-change",
    "lead",
    "line-item",
    "opportunity",
    "purchase",
    "quota",
    "role",
    "snapshot",
    "stage-change",
)
SHOWS: dict[str, set[Persona]] = {
    **{f"accounts:{name}": READERS for name in (*PAGES, "lead-list", "lead-show", "search-show")},
    **{f"accounts-api:{name}-list": READERS for name in LISTS},
    **{f"accounts-api:{name}-show": READERS for name in ("account", "contact", "lead")},
    "accounts-api:opportunity-show": READERS,
    "accounts-api:search-show": READERS,
    "accounts-api:refused-row-list": {P.EXECUTIVE, P.ADMIN, P.INTEGRATOR},
    **{f"forecasting:{name}": READERS for name in OF_A_DEAL},
    **{f"forecasting:{name}": {P.ADMIN} for name in ("play-list", "play-change")},
    "accounts:refused-list": {P.ADMIN},
    "accounts:refused-download": {P.ADMIN},
    "admin:accounts_refusedrow_changelist": {P.ADMIN, P.SUPERUSER},
    "forecasting:risk-list": READERS,
    "forecasting:risk-csv": READERS,
    **{f"forecasting:health-{name}": READERS for name in ("list", "csv", "panel")},
    **{f"forecasting:lead-{name}": READERS for name in ("list", "csv", "panel", "speed")},
    "forecasting:changes-show": READERS,
    "forecasting:interaction-show": READERS,
    **dict.fromkeys(OF_THE_QUARTER, READERS - {P.INTEGRATOR}),
    **{f"crosssell:expansion-{name}": READERS for name in ("list", "csv", "show")},
    **{f"crosssell:recommendation-{name}": READERS for name in ("list", "csv", "show")},
    "crosssell:suggested-accounts": READERS,
    "crosssell:allocation-mine": READERS - {P.INTEGRATOR},
    "crosssell:allocation-csv": READERS - {P.INTEGRATOR},
    "crosssell:allocation-show": READERS - {P.INTEGRATOR, P.REP},
    **{f"assistant:{name}": READERS for name in ("deal-panel", "account-panel")},
    **{f"assistant:search-{name}": READERS for name in ("texts", "activity")},
    **{
        f"assistant:plan-{name}": READERS - {P.INTEGRATOR}
        for name in ("show", "poll", "versions", "pdf", "docx")
    },
    "assistant:plan-edit": {P.REP},
    "crosssell:account-panel": READERS,
    "crosssell:deal-panel": READERS,
    "crosssell-api:recommendation-list": READERS,
    "crosssell-api:recommendation-show": READERS,
    "assistant:chat-show": READERS - {P.INTEGRATOR},
    "assistant:chat-open": {P.REP},
    "assistant:mail-show": READERS - {P.INTEGRATOR},
    "jobs:job-list": {P.ADMIN},
    "jobs:job-mine": {P.REP},
    "jobs:job-show": {P.REP, P.ADMIN},
    "jobs-api:job-list": {P.REP, P.ADMIN},
    "jobs-api:job-show": {P.REP, P.ADMIN},
    "users:api-key-list": {P.REP},
    "users:api-key-revoke": {P.REP},
    "users:view-list": {P.REP},
    "users:audit-list": {P.ADMIN},
    "api:audit-list": {P.ADMIN},
    "api:key-list": {P.REP},
}
# What is asked for beyond the plain address.
QUERIES = {
    "accounts:search-show": f"?q={MARKED}",
    "accounts-api:search-show": f"?q={MARKED}",
    "assistant:search-texts": "?q=call",
    # Of the quarter that the rows are of.
    **dict.fromkeys(OF_THE_QUARTER, f"?since={DAY}"),
}
