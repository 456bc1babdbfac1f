"""Nothing of how a lead ended is told by what was known of it while it was open."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from accounts.frames import read_frame
from accounts.models import Lead
from forecasting.leads.answering import answers, lead_activities
from forecasting.leads.dataset import dataset, open_leads
from forecasting.leads.scoring import foresee
from forecasting.leads.training import train
from revenue.ml.frames import Feature, Kind
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.people import OrgFactory
from tests.forecasting.asking import BEGAN, some_leads

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = BEGAN.replace(hour=12, minute=0, second=0, microsecond=0)
ANSWER = "First_Response_Date__c"

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory(slug="acme")


def a_lead(org: Org, ref: str, *, came: datetime = NOON, **said: Any) -> Any:
    return facts.a_lead(org=org, external_id=ref, created_at=came, modified_at=came, **said)


def test_a_plain_day_of_an_answer_counts_from_its_end(org: Org) -> None:
    for ref, own in (("day", f"{NOON:%Y-%m-%d}"), ("moment", (NOON + HOUR).isoformat())):
        a_lead(org, ref, status="Open", extra={ANSWER: own})
    a_lead(org, "both", status="Open", extra={ANSWER: f"{NOON:%Y-%m-%d}"})
    at = NOON + 5 * HOUR
    facts.an_activity(org=org, lead_ref="both", happens_at=at, created_at=at, kind="call")
    found = answers(org=org, as_of=NOON + DAY).set_index("ref")["hours"].round(1)
    assert found.to_dict() == {"both": 5.0, "day": 12.0, "moment": 1.0}
    early = open_leads(org=org, as_of=NOON + 2 * HOUR)
    known = dict(zip(early.ids.tolist(), early.values["is_answered"].tolist(), strict=True))
    assert known == {"both": 0.0, "day": 0.0, "moment": 1.0}


def test_dealings_of_a_contact_that_was_there_before_are_not_the_lead_s(org: Org) -> None:
    converted = NOON + 20 * DAY
    for name, made in (("old", NOON - 300 * DAY), ("new", converted), ("untold", None)):
        facts.a_contact(org=org, external_id=f"c-{name}", created_at=made)
        a_lead(
            org,
            name,
            is_converted=True,
            converted_date=converted.date(),
            converted_contact_ref=f"c-{name}",
        )
        at = NOON + HOUR
        facts.an_activity(org=org, contact_ref=f"c-{name}", happens_at=at, created_at=at)
    rows = read_frame(lead_activities(org, NOON + 60 * DAY))
    assert rows["ref"].tolist() == ["new"]
    hours = answers(org=org, as_of=NOON + 60 * DAY).set_index("ref")["hours"]
    assert hours.dropna().to_dict() == {"new": 1.0}


def test_an_own_field_is_of_one_kind_whichever_rows_are_looked_at(org: Org) -> None:
    for number, size in enumerate(["many", "5", "5.0", 5, 5.0]):
        status = "Open" if number else "Unqualified"
        a_lead(org, f"l{number}", status=status, extra={"Size": size})
    frame = open_leads(org=org, as_of=NOON + DAY)
    kinds = {one.name: one.kind for one in frame.features}
    assert kinds["own_Size"] is Kind.CATEGORY
    assert frame.values["own_Size"].tolist() == ["5"] * 4


def test_a_model_is_told_an_own_field_as_it_learned_it(org: Org) -> None:
    until = some_leads(org)
    leads = list(Lead.objects.of(org))
    for number, lead in enumerate(leads):
        lead.extra = {"Size": "many" if number % 3 else "5"}
    Lead.objects.bulk_update(leads, ["extra"])
    train(org=org, as_of=until, at=until)
    Lead.objects.of(org).update(extra={"Size": 5.0})
    found = foresee(org=org, as_of=until)
    assert "own_Size" in {one.name for one in found.trained.features}
    assert set(found.frame.values["own_Size"].astype(object)) == {"5"}


@pytest.mark.parametrize(
    ("value", "learned", "told"),
    [
        ("true", Feature("own_Size", Kind.FLAG, "Size"), 1.0),
        (False, Feature("own_Size", Kind.FLAG, "Size"), 0.0),
        ("a text", Feature("own_Size", Kind.FLAG, "Has Size"), 1.0),
        ("7", Feature("own_Size", Kind.NUMBER, "Size"), 7.0),
        ("a text", Feature("own_Size", Kind.NUMBER, "Size"), None),
        ((NOON - DAY).isoformat(), Feature("own_Size", Kind.NUMBER, "Size: days since"), 2.0),
        (True, Feature("own_Size", Kind.CATEGORY, "Size"), "True"),
    ],
)
def test_a_field_is_told_in_the_kind_that_was_learned(
    org: Org, value: object, learned: Feature, told: object
) -> None:
    a_lead(org, "one", extra={"Size": value})
    frame = open_leads(org=org, as_of=NOON + DAY, like=[learned])
    [kind] = [one.kind for one in frame.features if one.name == "own_Size"]
    assert kind is learned.kind
    [found] = frame.values["own_Size"].tolist()
    assert (None if pd.isna(found) else found) == told


def seller_rates(org: Org, as_of: datetime) -> dict[str, float]:
    frame = open_leads(org=org, as_of=as_of)
    return dict(zip(frame.ids.tolist(), frame.values["seller_rate"].tolist(), strict=True))


def test_a_lead_counts_for_who_had_it_before_a_conversion_handed_it_on(org: Org) -> None:
    for number in range(6):
        won, ref = number < 3, f"past-{number}"
        ends = NOON + 20 * DAY
        said: dict[str, Any] = (
            {"is_converted": True, "converted_date": ends.date(), "owner_ref": "closer"}
            if won
            else {"status": "Unqualified", "owner_ref": "finder"}
        )
        a_lead(org, ref, **said)
        if won:
            facts.a_field_change(
                org=org,
                record="lead",
                record_ref=ref,
                field_name="OwnerId",
                old_value="finder",
                new_value="closer",
                changed_at=ends,
            )
    for who in ("finder", "closer"):
        a_lead(org, who, came=NOON + 99 * DAY, owner_ref=who)
    rates = seller_rates(org, NOON + 100 * DAY)
    assert abs(rates["closer"]) < 1e-9, "who is only handed what converted has no past"
    assert -0.05 < rates["finder"] < 0.05, "three of six, as of all"


def handed_on(org: Org, *, at: datetime, **said: Any) -> None:
    """A lead of long ago whose owner was changed, as the CRM or we wrote it down."""
    a_lead(org, "handed-on", came=NOON - 300 * DAY, owner_ref="u-new")
    facts.a_field_change(
        org=org,
        record="lead",
        record_ref="handed-on",
        field_name="OwnerId",
        old_value="u-old",
        new_value="u-new",
        changed_at=at,
        **said,
    )


def test_a_lead_has_no_say_in_the_rates_it_is_told_by(org: Org) -> None:
    handed_on(org, at=NOON - 200 * DAY)
    for ref, seller in (("one", "u-one"), ("two", "u-two"), ("three", "u-two")):
        a_lead(org, ref, status="Open", owner_ref=seller, source=f"from {seller}")
    frame = open_leads(org=org, as_of=NOON + 120 * DAY)
    for name in ("seller_rate", "source_rate"):
        rates = dict(zip(frame.ids.tolist(), frame.values[name].tolist(), strict=True))
        assert rates["one"] == 0, "nothing is known of its seller but itself"
        assert rates["two"] == rates["three"] < 0


def test_where_no_owners_are_recorded_the_seller_is_left_out_and_the_page_says_why(
    org: Org,
) -> None:
    as_of = some_leads(org)
    Lead.objects.filter(is_converted=True).update(owner_ref="closer")
    Lead.objects.filter(is_converted=False).update(owner_ref="finder")
    rows = dataset(org=org, as_of=as_of)
    assert "seller_rate" not in rows.frame.values.columns
    assert "is not recorded" in rows.excluded["seller_rate"]


@pytest.mark.parametrize("origin", ["source", "captured"])
def test_an_owner_counts_from_when_owners_are_recorded(org: Org, origin: str) -> None:
    """By the CRM's own history; what we saw change counts from our first sync, not from then."""
    handed_on(org, at=NOON + 10 * DAY, origin=origin)
    if origin == "captured":
        facts.a_sync_run(org=org, finished_at=NOON + 10 * DAY)
    a_lead(org, "one", status="Open", owner_ref="u-one")
    early, late = (seller_rates(org, NOON + days * DAY)["one"] for days in (9, 11))
    assert pd.isna(early)
    assert late == 0
