"""Who gets what from each address: written by hand, apart from the marks that the views carry."""

from dataclasses import replace
from fnmatch import fnmatchcase

from tests.access.growth import GROWTH
from tests.access.records import API_RECORD_OF_THE_REP, RECORD_OF_THE_REP, own
from tests.access.rules import (
    MANAGERS,
    MEMBERS,
    METHODS,
    PEOPLE,
    SELLING,
    SIGNED_OUT,
    STAFF,
    Answers,
    Persona,
    Rule,
    action,
    always,
    api,
    everybody,
    methods,
    page,
    signed_in,
    staff,
)
from tests.access.shows import READERS
from tests.access.words import WORDS

P = Persona
FORM: Answers = methods(get=200, options=200, post=200, put=200)
# A person who is signed in is led away from the pages for those who are not.
ENTRANCE = {person: dict.fromkeys(METHODS, 302) for person in PEOPLE}
LED_AWAY = replace(signed_in(), otherwise=302)
NOT_SET_UP = replace(signed_in(), otherwise=404)


OF_A_DEAL = (
    "deal-panel",
    "deal-reasons",
    "deal-every-reason",
    "deal-moves",
    "deal-weeks",
    "deal-risk",
    "deal-similar",
    "deal-actions",
)
RULES: dict[str, Rule] = {
    **GROWTH,
    **WORDS,
    "users:home": signed_in(get=302),
    "users:org-home": page(*MEMBERS, get=302),
    "users:profile-show": signed_in(get=200, post=200),
    "users:security-show": signed_in(get=200),
    "users:second-factor-list": signed_in(get=302),
    "users:api-key-list": signed_in(get=200),
    "users:api-key-create": signed_in(get=200, post=200),
    "users:api-key-revoke": Rule(
        passes=PEOPLE,
        answers=methods(get=404, post=404),
        but={P.REP: methods(get=200, post=302)},
    ),
    "users:member-list": page(*MANAGERS, P.EXECUTIVE, P.ADMIN),
    "users:member-invite": page(P.ADMIN, post=200),
    "users:member-change": page(P.ADMIN, post=200),
    "users:member-reinvite": action(P.ADMIN, post=302),
    "users:audit-list": page(P.ADMIN),
    "users:audit-show": page(P.ADMIN),
    "users:developer-show": page(P.ADMIN, P.INTEGRATOR),
    "users:view-list": page(*MEMBERS),
    "users:view-save": action(*MEMBERS, post=404),
    "users:view-change": own(P.REP, of=MEMBERS, post=302),
    "users:view-delete": own(P.REP, of=MEMBERS, post=302),
    "users:sign-on-start": always(404),
    "users:sign-on-finish": always(404),
    "accounts:account-list": page(*MEMBERS),
    "accounts:account-show": RECORD_OF_THE_REP,
    "accounts:contact-list": page(*MEMBERS),
    "accounts:contact-show": RECORD_OF_THE_REP,
    "accounts:lead-list": page(*MEMBERS),
    "accounts:lead-show": RECORD_OF_THE_REP,
    "accounts:deal-list": page(*MEMBERS),
    "accounts:deal-show": RECORD_OF_THE_REP,
    "accounts:search-show": page(*MEMBERS),
    "accounts:team-show": page(*MANAGERS, P.EXECUTIVE),
    "accounts:org-overview": page(P.EXECUTIVE, P.ADMIN),
    "accounts:operations-show": page(P.ADMIN),
    "accounts:sync-show": page(*MEMBERS),
    "accounts:sync-start": action(P.ADMIN, post=302),
    "accounts:refused-list": page(P.ADMIN),
    "accounts:refused-download": page(P.ADMIN, head=405),
    "accounts:mapping-list": page(P.ADMIN),
    "accounts:mapping-change": page(P.ADMIN, post=200),
    "accounts:connection-show": page(P.ADMIN, post=404),
    "accounts:connection-test": action(P.ADMIN, post=302),
    "accounts:connection-renew": action(P.ADMIN, post=302),
    "accounts:connection-disconnect": action(P.ADMIN, post=302),
    "accounts:connection-pace": action(P.ADMIN, post=422),
    "accounts:import-list": page(P.ADMIN),
    "accounts:import-upload": action(P.ADMIN, post=422),
    "accounts:import-show": page(P.ADMIN),
    "accounts:import-start": action(P.ADMIN, post=302),
    "accounts:import-discard": action(P.ADMIN, post=302),
    "accounts:import-mapping": page(P.ADMIN, head=405),
    "accounts:import-refused": page(P.ADMIN, head=405),
    "accounts:import-map": page(P.ADMIN, get=302, post=302),
    "accounts:import-read": action(P.ADMIN, post=302),
    "accounts:match-list": page(P.ADMIN),
    "accounts:match-decide": action(P.ADMIN, post=404),
    "ml:model-list": page(P.EXECUTIVE, P.ADMIN),
    "ml:model-show": page(P.EXECUTIVE, P.ADMIN),
    "ml:model-card": page(P.EXECUTIVE, P.ADMIN),
    "ml:model-page": page(P.EXECUTIVE, P.ADMIN),
    "ml:model-promote": action(P.ADMIN, post=302),
    "ml:model-revert": action(P.ADMIN, post=302),
    **{f"forecasting:{name}": RECORD_OF_THE_REP for name in OF_A_DEAL},
    "forecasting:deal-notes": own(*READERS, of=MEMBERS, get=200, post=422),
    "forecasting:action-decide": own(P.REP, P.MANAGER, P.EXECUTIVE, of=SELLING, post=422),
    # A note is its author's alone to change; nobody who is still here wrote this one.
    "forecasting:note-change": page(*MEMBERS, get=404, post=404),
    "forecasting:note-delete": action(*MEMBERS, post=404),
    "forecasting:account-panel": RECORD_OF_THE_REP,
    "forecasting:policy-show": page(P.EXECUTIVE, P.ADMIN, post=422),
    "forecasting:play-list": page(P.ADMIN),
    "forecasting:play-add": page(P.ADMIN, post=422),
    "forecasting:play-change": page(P.ADMIN, post=422),
    "forecasting:play-switch": action(P.ADMIN, post=302),
    "forecasting:play-move": action(P.ADMIN, post=302),
    "forecasting:risk-list": page(*MEMBERS),
    "forecasting:risk-csv": page(*MEMBERS, head=405),
    "forecasting:risk-xlsx": page(*MEMBERS, head=405),
    "forecasting:why-show": page(P.EXECUTIVE, P.ADMIN),
    "forecasting:why-start": action(P.EXECUTIVE, P.ADMIN, post=302),
    "forecasting:why-deals": page(P.EXECUTIVE, P.ADMIN),
    "forecasting:weekly-show": page(P.EXECUTIVE, P.ADMIN),
    "forecasting:weekly-pdf": page(P.EXECUTIVE, P.ADMIN),
    "forecasting:weekly-start": action(P.EXECUTIVE, P.ADMIN, post=302),
    "forecasting:weekly-mail": action(P.EXECUTIVE, P.ADMIN, post=302),
    "forecasting:changes-show": page(*MEMBERS),
    "forecasting:changes-start": action(*MEMBERS, post=302),
    "forecasting:interaction-show": page(*MEMBERS),
    **{
        f"forecasting:forecast-{name}": page(*SELLING, P.ADMIN)
        for name in ("show", "deals", "record")
    },
    "forecasting:forecast-group": page(P.EXECUTIVE, P.ADMIN),
    "forecasting:forecast-start": action(*MANAGERS, P.EXECUTIVE, P.ADMIN, post=302),
    "forecasting:forecast-csv": page(*SELLING, P.ADMIN, get=404, head=405),
    "forecasting:forecast-calls": page(*SELLING, P.ADMIN),
    "forecasting:forecast-call-make": action(*SELLING, post=404),
    "forecasting:forecast-policy": page(P.EXECUTIVE, P.ADMIN, post=422),
    "forecasting:forecast-bridge": page(*SELLING, P.ADMIN),
    "forecasting:bridge-start": action(*SELLING, P.ADMIN, post=302),
    "forecasting:forecast-scenario": page(*SELLING, P.ADMIN),
    "forecasting:scenario-save": action(*SELLING, P.ADMIN, post=302),
    "forecasting:scenario-compare": page(*SELLING, P.ADMIN, get=404),
    "forecasting:scenario-delete": own(P.ADMIN, of={*SELLING, P.ADMIN}, post=302),
    "forecasting:risk-team": page(*MANAGERS, P.EXECUTIVE),
    "jobs:job-list": page(P.ADMIN),
    "jobs:job-mine": page(*MEMBERS),
    "jobs:check-start": action(P.ADMIN, post=302),
    "jobs:audit-export-start": action(P.ADMIN, post=302),
    "jobs:job-show": own(P.REP, P.ADMIN, of=MEMBERS, get=200),
    "jobs:job-cancel": own(P.REP, P.ADMIN, of=MEMBERS, post=302),
    "jobs:job-download": page(*MEMBERS, get=404, head=405),
    "web:theme-set": everybody(post=400),
    "web:styleguide-show": replace(page(P.SUPERUSER), refused=404),
    "web:styleguide-progress": replace(page(P.SUPERUSER), refused=404),
    "observe:health-live": everybody(get=200),
    "observe:health-ready": everybody(get=503),
    "observe:metrics-show": everybody(get=404),
    "api:schema-show": everybody(get=200),
    "api:docs-show": everybody(get=200),
    "api:me-show": api(*PEOPLE, get=200, patch=200),
    "api:token-make": everybody(post=400),
    "api:token-refresh": everybody(post=400),
    "api:token-revoke": everybody(post=400),
    "api:key-list": api(*PEOPLE, get=200, post=400),
    "api:key-show": replace(api(*PEOPLE, delete=404), but={P.REP: methods(delete=204)}),
    "api:org-list": api(*PEOPLE, get=200),
    "api:org-show": api(*MEMBERS, get=200),
    "api:member-list": api(*MEMBERS, get=200),
    "api:audit-list": api(P.ADMIN, get=200),
    "api:nothing-here": always(404),
    "accounts-api:account-list": api(*MEMBERS, get=200),
    "accounts-api:account-show": API_RECORD_OF_THE_REP,
    "accounts-api:contact-list": api(*MEMBERS, get=200),
    "accounts-api:contact-show": API_RECORD_OF_THE_REP,
    "accounts-api:lead-list": api(*MEMBERS, get=200),
    "accounts-api:lead-show": API_RECORD_OF_THE_REP,
    "accounts-api:opportunity-list": api(*MEMBERS, get=200),
    "accounts-api:opportunity-show": API_RECORD_OF_THE_REP,
    "accounts-api:role-list": api(*MEMBERS, get=200),
    "accounts-api:case-list": api(*MEMBERS, get=200),
    "accounts-api:activity-list": api(*MEMBERS, get=200),
    "accounts-api:product-list": api(*MEMBERS, get=200),
    "accounts-api:line-item-list": api(*MEMBERS, get=200),
    "accounts-api:purchase-list": api(*MEMBERS, get=200),
    "accounts-api:campaign-list": api(*MEMBERS, get=200),
    "accounts-api:campaign-member-list": api(*MEMBERS, get=200),
    "accounts-api:quota-list": api(*MEMBERS, get=200),
    "accounts-api:currency-rate-list": api(*MEMBERS, get=200),
    "accounts-api:crm-user-list": api(*MEMBERS, get=200),
    "accounts-api:crm-role-list": api(*MEMBERS, get=200),
    "accounts-api:stage-change-list": api(*MEMBERS, get=200),
    "accounts-api:field-change-list": api(*MEMBERS, get=200),
    "accounts-api:snapshot-list": api(*MEMBERS, get=200),
    "accounts-api:match-list": api(*MEMBERS, get=200),
    "accounts-api:customer-account-list": api(*MEMBERS, get=200),
    "accounts-api:search-show": api(*MEMBERS, get=400),
    "accounts-api:sync-start": api(P.ADMIN, post=409),  # the org is fed by files
    "accounts-api:sync-run-list": api(*MEMBERS, get=200),
    "accounts-api:object-state-list": api(*MEMBERS, get=200),
    "accounts-api:refused-row-list": api(P.ADMIN, P.EXECUTIVE, P.INTEGRATOR, get=200),
    "jobs-api:job-list": api(*MEMBERS, get=200),
    "jobs-api:job-show": replace(
        api(*MEMBERS, get=404), but=dict.fromkeys((P.REP, P.ADMIN), methods(get=200))
    ),
    "jobs-api:job-cancel": replace(
        api(*MEMBERS, post=404), but=dict.fromkeys((P.REP, P.ADMIN), methods(post=200))
    ),
    "jobs-api:check-start": api(P.ADMIN, post=202),
    # Sign-in, by django-allauth
    "account_login": Rule(passes=SIGNED_OUT, answers=FORM, but=ENTRANCE),
    "account_signup": Rule(passes=SIGNED_OUT, answers={}, otherwise=200, but=ENTRANCE),
    "account_logout": Rule(
        passes=PEOPLE | SIGNED_OUT,
        answers=methods(get=200, options=200, post=302),
        but={person: methods(get=302) for person in SIGNED_OUT},
    ),
    "account_inactive": everybody(get=200, options=200),
    "account_reauthenticate": signed_in(get=200, options=200, post=200, put=200),
    "account_email": always(404),
    "account_email_verification_sent": always(404),
    "account_confirm_email": always(404),
    "account_confirm_login_code": always(404),
    "account_change_password": signed_in(get=200, options=200, post=200, put=200),
    "account_set_password": always(302),
    "account_reset_password": everybody(get=200, options=200, post=200, put=200),
    "account_reset_password_done": everybody(get=200, options=200),
    "account_reset_password_from_key": always(200),
    "account_reset_password_from_key_done": everybody(get=200, options=200),
    "mfa_index": signed_in(get=302),
    "mfa_authenticate": always(302),
    "mfa_reauthenticate": LED_AWAY,
    "mfa_activate_totp": LED_AWAY,
    "mfa_deactivate_totp": NOT_SET_UP,
    "mfa_view_recovery_codes": signed_in(get=404, options=200),
    "mfa_generate_recovery_codes": LED_AWAY,
    "mfa_download_recovery_codes": NOT_SET_UP,
    "mfa_list_webauthn": signed_in(get=200, options=200),
    "mfa_*_webauthn": LED_AWAY,
    "mfa_login_webauthn": Rule(
        passes=SIGNED_OUT, answers=methods(get=302, options=200, post=302, put=302), but=ENTRANCE
    ),
    "socialaccount_login_cancelled": everybody(get=200, options=200),
    "socialaccount_login_error": everybody(get=401, options=200),
    "socialaccount_signup": always(404),
    "socialaccount_connections": signed_in(get=200, options=200, post=200, put=200),
    "openid_connect_*": always(404),
    # Django's admin: a superuser, and an org's admins for the rows of their orgs
    "admin:login": replace(staff(*STAFF), otherwise=302),
    "admin:logout": replace(staff(*STAFF), otherwise=302),
    "admin:password_change": replace(staff(*STAFF), otherwise=302),
    "admin:password_change_done": replace(staff(*STAFF, get=200, options=200), otherwise=405),
    "admin:jsi18n": replace(staff(*STAFF, get=200, options=200), otherwise=405),
    "admin:autocomplete": replace(staff(*STAFF, get=403, options=200), otherwise=405),
    "admin:view_on_site": replace(staff(*STAFF), otherwise=404),
    "admin:app_list": staff(*STAFF),
    "admin:index": staff(*STAFF),
}
WRITTEN_BY_THE_SYNC = (
    "accounts_syncrun",
    "accounts_objectsync",
    "accounts_refusedrow",
    "accounts_sourcefield",
)
for model in (
    "users_org",
    "users_membership",
    "users_user",
    "users_apikey",
    "users_auditevent",
    "jobs_job",
    "accounts_connection",
    "accounts_crmuser",
    "crosssell_actiontype",
    *WRITTEN_BY_THE_SYNC,
):
    RULES[f"admin:{model}_changelist"] = staff(*STAFF)
    RULES[f"admin:{model}_history"] = staff(P.ADMIN, P.SUPERUSER)
    RULES[f"admin:{model}_change"] = staff(P.ADMIN, P.SUPERUSER)
    RULES[f"admin:{model}_delete"] = staff(strangers=403)
    RULES[f"admin:{model}_add"] = staff(P.SUPERUSER, strangers=403)
RULES["admin:users_apikey_add"] = staff(strangers=403)
RULES["admin:accounts_connection_add"] = staff(strangers=403)
RULES["admin:accounts_crmuser_add"] = staff(strangers=403)
RULES["admin:crosssell_actiontype_add"] = staff(strangers=403)
RULES["admin:crosssell_actiontype_change"] = staff(P.ADMIN, P.SUPERUSER, post=200)
RULES["admin:accounts_crmuser_change"] = staff(P.ADMIN, P.SUPERUSER, post=302)
for deed in ("credential", "test", "sync"):
    RULES[f"admin:accounts_connection_{deed}"] = replace(staff(*STAFF), otherwise=302)
for model in ("users_auditevent", "jobs_job", *WRITTEN_BY_THE_SYNC):
    RULES[f"admin:{model}_add"] = staff(strangers=403)
    RULES[f"admin:{model}_change"] = replace(
        staff(P.ADMIN, P.SUPERUSER, post=403),
        but={P.STRANGER: dict.fromkeys(METHODS, 302) | {"POST": 403}},
    )
RULES["admin:users_apikey_change"] = staff(P.ADMIN, P.SUPERUSER, post=403)

# Models of the whole installation, for its owner only; no row 1 of theirs is there.
GONE = replace(staff(P.SUPERUSER, strangers=403), otherwise=302)
RULES |= {
    "admin:socialaccount_socialaccount_add": staff(strangers=403),
    "admin:mfa_authenticator_add": staff(strangers=403),
    "admin:django_celery_beat_periodictask_change": staff(P.SUPERUSER, strangers=403),
    "admin:django_celery_beat_periodictask_delete": staff(P.SUPERUSER, strangers=403),
    "admin:django_celery_beat_*_history": replace(staff(*STAFF), otherwise=302),
    "admin:django_celery_beat_periodictask_history": staff(P.SUPERUSER, strangers=403),
    "admin:*_history": replace(staff(*STAFF), otherwise=302),
    "admin:*_changelist": staff(P.SUPERUSER, strangers=403),
    "admin:*_add": staff(P.SUPERUSER, strangers=403),
    "admin:*_change": GONE,
    "admin:*_delete": GONE,
}

# Redirects that packages keep for old addresses; they have no name to be asked for by.
UNNAMED = {
    "admin:<path:object_id>/",
    "social/login/cancelled/",
    "social/login/error/",
    "social/signup/",
    "social/connections/",
    "admin:(?P<url>.*)$",
}


def rule_for(name: str) -> Rule | None:
    if name in RULES:
        return RULES[name]
    for pattern, rule in RULES.items():
        if fnmatchcase(name, pattern):
            return rule
    return None
