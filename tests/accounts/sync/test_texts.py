"""Texts that break other people's software arrive as they were sent; customers are joined."""

import gzip
import json
from pathlib import Path

import pytest
from django.conf import settings

from accounts.connectors.base import SourceUnavailableError
from accounts.models import Account, Customer, Match, Opportunity
from revenue.users.models import Org, OrgGroup
from tests.accounts.sync.sources import Source, a_deal, at_second, sf_id, sync
from tests.factories.people import OrgFactory, OrgGroupFactory

pytestmark = pytest.mark.django_db

NAUGHTY = Path(settings.BASE_DIR).parent / "shared" / "data" / "attacks" / "blns" / "blns.json.gz"


@pytest.mark.skipif(not NAUGHTY.exists(), reason="The naughty strings are not here.")
def test_naughty_strings_come_back_as_they_were() -> None:
    texts = json.loads(gzip.decompress(NAUGHTY.read_bytes()))
    org, source = OrgFactory(), Source(page_size=200)
    source.put(
        "Opportunity",
        *(
            a_deal(number, second=number, Description=text, Said__c=text)
            for number, text in enumerate(texts)
        ),
    )

    run = sync(org, source)

    assert (run.rows_written, run.rows_refused) == (len(texts), 0)
    assert run.objects_done["Opportunity"]["mended"] == 0
    rows = Opportunity.objects.filter(org=org).order_by("modified_at")
    kept = list(rows.values_list("description", "extra"))
    assert kept == [(text, {"Said__c": text} if text else {}) for text in texts]
    assert sync(org, source, full=True).rows_written == 0


def test_what_cannot_be_stored_is_mended_and_counted() -> None:
    org, source = OrgFactory(), Source()
    source.put("Opportunity", a_deal(1, Description="a\x00b", Said__c="half \ud83d of a pair"))

    run = sync(org, source)

    deal = Opportunity.objects.get(org=org)
    assert (deal.description, deal.extra) == ("ab", {"Said__c": "half \ufffd of a pair"})
    assert run.objects_done["Opportunity"]["mended"] == 2


def a_member(group: OrgGroup | None) -> tuple[Org, Source]:
    org, source = OrgFactory(group=group), Source()
    facts = {"Name": "Northwind Traders", "Website": "https://www.northwind.example"}
    source.put("Account", {"Id": sf_id("001", 1), "SystemModstamp": at_second(1), **facts})
    sync(org, source)
    return org, source


def test_the_same_customer_of_a_group_is_joined_after_the_syncs() -> None:
    group = OrgGroupFactory()
    org, _source = a_member(group)
    other, others = a_member(group)
    a_member(None)

    match = Match.objects.get(group=group)
    assert (match.state, {match.org_id, match.other_org_id}) == ("joined", {org.pk, other.pk})
    assert Customer.objects.get(group=group).members.count() == 2

    others.remove("Account", sf_id("001", 1), at=at_second(60))
    sync(other, others)

    assert Account.objects.present().filter(org=other).count() == 0
    assert not Match.objects.filter(group=group).exists()


def test_what_a_run_cut_short_left_is_joined_by_the_next() -> None:
    group = OrgGroupFactory()
    a_member(group)
    other, others = a_member(group)
    Match.objects.all().delete()
    others.put("Account", {"Id": sf_id("001", 2), "SystemModstamp": at_second(2), "Name": "Two"})
    others.put("Opportunity", a_deal(1))

    def away(object_name: str, _page: int) -> None:
        if object_name == "Opportunity":
            raise SourceUnavailableError("No answer.")

    others.before_page = away
    assert sync(other, others).state == "partial"
    assert not Match.objects.exists()
    others.before_page = None
    sync(other, others)

    assert Match.objects.filter(group=group).exists()


def test_a_run_that_changed_no_customer_joins_nothing() -> None:
    group = OrgGroupFactory()
    a_member(group)
    other, others = a_member(group)
    Match.objects.all().delete()
    others.put("Opportunity", a_deal(1))

    assert sync(other, others).rows_written == 1

    assert not Match.objects.exists()
