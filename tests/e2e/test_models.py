"""A model in a real browser: how good it is, and one click each way."""

from datetime import timedelta

from django.urls import reverse
from playwright.sync_api import expect

from revenue.ml.pipeline import train_classifier
from revenue.ml.recording import Owner, record
from revenue.ml.registry import note_drift
from revenue.ml.settings import Settings
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.models import BASE, FIGURES, NOON, a_model_run
from tests.ml.worlds import world

QUICK = Settings("deal_risk", stratum="stage", candidates=("linear",), bootstraps=100)


def test_an_admin_reads_a_model_makes_it_live_and_takes_it_back(
    company: Company, visitor: Visit
) -> None:
    first = a_model_run(org=company.org, live=True, reason="")
    trained = train_classifier(world(deals=400, seed=3), QUICK)
    run = record(trained, owner=Owner(org=company.org), as_of=NOON, at=NOON + timedelta(days=1))
    run.excluded_features = {"Loss_Reason_Detail__c": "Alone it separates won from lost."}
    run.comparison = {"live_id": first.pk, "candidate": FIGURES, "live": BASE}
    run.save()
    for day, psi in enumerate((0.02, 0.08, 0.31)):
        reading = {"score": {"psi": psi}, "calibration": {"gap": psi / 5}}
        note_drift(run, reading, at=NOON + timedelta(weeks=day))
    admin = visitor()
    page = admin.arrive(company.user(Role.ADMIN), reverse("ml:model-list", args=["acme"]))
    problems = admin.look("models")
    admin.wear(size="desktop", scheme="light")
    page.get_by_role("row", name="Candidate").get_by_role("link", name="Deal risk").click()
    expect(page.get_by_role("heading", name="Is it ready to use?")).to_be_visible()
    problems += admin.look("model")
    admin.wear(size="desktop", scheme="light")
    page.get_by_role("button", name="Make it live").click()
    expect(page.get_by_text("this model is live")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("the model before it is live again")).to_be_visible()
    assert problems == [], "\n".join(problems)
