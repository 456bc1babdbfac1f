"""Who gets what from the pages of growth: suggestions, expansion, leads, customers and fairness."""

from dataclasses import replace

from tests.access.records import API_RECORD_OF_THE_REP, RECORD_OF_THE_REP, own
from tests.access.rules import MANAGERS, MEMBERS, SELLING, Persona, Rule, action, api, methods, page
from tests.access.shows import READERS

P = Persona


def api_decision(answer: int) -> Rule:
    """Of those who sell, only whoever reads the account finds the suggestion."""
    deciders = {P.REP, P.MANAGER, P.EXECUTIVE}
    return replace(api(*SELLING, post=404), but=dict.fromkeys(deciders, methods(post=answer)))


GROWTH: dict[str, Rule] = {
    "ml:model-fairness": page(P.EXECUTIVE, P.ADMIN),
    "forecasting:lead-list": page(*MEMBERS),
    "forecasting:lead-csv": page(*MEMBERS, head=405),
    "forecasting:lead-xlsx": page(*MEMBERS, head=405),
    "forecasting:lead-panel": RECORD_OF_THE_REP,
    "forecasting:lead-override": own(
        P.REP, P.MANAGER, P.EXECUTIVE, P.ADMIN, of={*SELLING, P.ADMIN}, post=422
    ),
    "forecasting:lead-policy": page(P.ADMIN, post=422),
    "forecasting:lead-speed": page(*MEMBERS),
    "forecasting:health-list": page(*MEMBERS),
    "forecasting:health-csv": page(*MEMBERS, head=405),
    "forecasting:health-xlsx": page(*MEMBERS, head=405),
    "forecasting:health-team": page(*MANAGERS, P.EXECUTIVE),
    "forecasting:health-policy": page(P.ADMIN, post=422),
    "forecasting:health-panel": RECORD_OF_THE_REP,
    "forecasting:health-action": own(P.REP, P.MANAGER, P.EXECUTIVE, of=SELLING, post=422),
    "crosssell:expansion-list": page(*MEMBERS),
    "crosssell:expansion-csv": page(*MEMBERS, head=405),
    "crosssell:expansion-xlsx": page(*MEMBERS, head=405),
    "crosssell:expansion-show": RECORD_OF_THE_REP,
    "crosssell:expansion-panel": own(*READERS, of=MEMBERS, get=302),
    "crosssell:recommendation-list": page(*MEMBERS),
    "crosssell:suggested-accounts": page(*MEMBERS),
    "crosssell:recommendation-csv": page(*MEMBERS, head=405),
    "crosssell:recommendation-xlsx": page(*MEMBERS, head=405),
    "crosssell:recommendation-team": page(*MANAGERS, P.EXECUTIVE),
    "crosssell:recommendation-show": RECORD_OF_THE_REP,
    "crosssell:recommendation-decide": own(P.REP, P.MANAGER, P.EXECUTIVE, of=SELLING, post=422),
    "crosssell:account-panel": RECORD_OF_THE_REP,
    "crosssell:deal-panel": RECORD_OF_THE_REP,
    "crosssell:policy-show": page(P.ADMIN, post=422),
    "crosssell:allocation-list": page(*MANAGERS, P.EXECUTIVE, P.ADMIN),
    "crosssell:allocation-show": page(*MANAGERS, P.EXECUTIVE, P.ADMIN),
    "crosssell:allocation-start": action(*MANAGERS, P.EXECUTIVE, P.ADMIN, post=422),
    "crosssell:allocation-again": action(*MANAGERS, P.EXECUTIVE, P.ADMIN, post=302),
    "crosssell:allocation-cancel": action(*MANAGERS, P.EXECUTIVE, P.ADMIN, post=302),
    "crosssell:allocation-adopt": action(P.EXECUTIVE, P.ADMIN, post=302),
    "crosssell:allocation-drop": action(P.EXECUTIVE, P.ADMIN, post=302),
    "crosssell:allocation-compare": page(P.EXECUTIVE, P.ADMIN, get=404),
    "crosssell:allocation-types": page(P.ADMIN, post=422),
    "crosssell:allocation-mine": page(*SELLING, P.ADMIN),
    "crosssell:allocation-csv": page(*SELLING, P.ADMIN, head=405),
    "crosssell:allocation-xlsx": page(*SELLING, P.ADMIN, head=405),
    "crosssell:evaluation-show": page(P.EXECUTIVE, P.ADMIN),
    "crosssell-api:recommendation-list": api(*MEMBERS, get=200),
    "crosssell-api:recommendation-show": API_RECORD_OF_THE_REP,
    "crosssell-api:recommendation-accept": api_decision(200),
    "crosssell-api:recommendation-dismiss": api_decision(400),
    "crosssell-api:recommendation-undo": api_decision(409),
}
