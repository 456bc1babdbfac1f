"""Suggestions as rows: made, refreshed, taken back, bought; a list is whole at any moment."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection, transaction
from django.db.models import Max, Q

from accounts.about import kept
from crosssell.models import Recommendation
from crosssell.owned.bought import bought_of_owned
from crosssell.selling.resting import DECLINED_DAYS
from crosssell.selling.scoring import Offering
from revenue.ml.arrays import Ints
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.users.models import Org

TASK = "suggestions"
State = Recommendation.State
ENDED_UNBOUGHT = (State.DISMISSED, State.EXPIRED, State.WITHDRAWN)
DAY_S = 86_400
LATE_DAYS = 365  # so long after its horizon a purchase may still come in
COLUMNS = {
    "account_ref": "text",
    "product_ref": "text",
    "kind": "text",
    "rank": "smallint",
    "score": "double precision",
    "probability": "double precision",
    "price": "numeric",
    "quantity": "double precision",
    "value": "numeric",
    "reasons": "jsonb",
    "lookalikes": "jsonb",
    "is_held_out": "boolean",
}
FRESH = [name for name in COLUMNS if name not in ("account_ref", "product_ref", "is_held_out")]
# What was suggested keeps its first day and whether it is held out, however often it is refreshed,
# and its end, but where a contract says when it ends.
WRITE = f"""
    INSERT INTO crosssell_recommendation AS kept
        (org_id, run_id, as_of, state, {", ".join(COLUMNS)}, sources, suggested_at, expires_on,
         reason, past)
    SELECT %(org)s, %(run)s, %(as_of)s, 'suggested', {", ".join(f"new.{one}" for one in COLUMNS)},
           ARRAY(SELECT jsonb_array_elements_text(new.sources)), %(as_of)s,
           coalesce(new.expires_on, %(expires)s), '', '[]'
    FROM jsonb_to_recordset(%(rows)s::jsonb)
         AS new ({", ".join(f"{one} {kind}" for one, kind in COLUMNS.items())}, sources jsonb,
             expires_on date)
    WHERE NOT EXISTS (
        SELECT FROM crosssell_recommendation gone
        WHERE gone.org_id = %(org)s AND gone.account_ref = new.account_ref
          AND gone.product_ref = new.product_ref AND gone.state = 'dismissed'
          AND gone.ended_at > %(declined_since)s
    )
    ON CONFLICT (org_id, account_ref, product_ref) WHERE state IN ('suggested', 'accepted')
    DO UPDATE SET run_id = excluded.run_id, as_of = excluded.as_of, sources = excluded.sources,
        {", ".join(f"{one} = excluded.{one}" for one in FRESH)},
        expires_on = CASE WHEN excluded.kind = 'renewal' THEN excluded.expires_on
                          ELSE kept.expires_on END
"""  # noqa: S608
# Of what somebody sells already it goes on being told that it was suggested.
WITHDRAW = """
    UPDATE crosssell_recommendation
    SET state = 'withdrawn', ended_at = %(as_of)s
    WHERE org_id = %(org)s AND state = 'suggested' AND account_ref = ANY(%(accounts)s)
      AND NOT (account_ref, product_ref) IN (
          SELECT * FROM unnest(%(sold)s::text[], %(what)s::text[])
      )
      AND NOT (account_ref, product_ref) IN (
          SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
              AS new (account_ref text, product_ref text)
      )
"""
# Whoever decides about one of them now is waited for, and what was decided is heard.
HOLD = """
    SELECT FROM crosssell_recommendation
    WHERE org_id = %(org)s AND account_ref = ANY(%(accounts)s)
      AND state IN ('suggested', 'accepted')
    ORDER BY id FOR UPDATE
"""
# A gap would tell where one is held out: those come last, and nobody reads their place.
PLACE = """
    UPDATE crosssell_recommendation kept SET rank = placed.rank
    FROM (
        SELECT one.id, row_number() OVER (
                   PARTITION BY one.account_ref
                   ORDER BY one.is_held_out, new.rank NULLS LAST, one.rank, one.id
               ) AS rank
        FROM crosssell_recommendation one
        LEFT JOIN jsonb_to_recordset(%(rows)s::jsonb)
            AS new (account_ref text, product_ref text, rank int)
            USING (account_ref, product_ref)
        WHERE one.org_id = %(org)s AND one.account_ref = ANY(%(accounts)s)
          AND one.state IN ('suggested', 'accepted')
    ) placed
    WHERE placed.id = kept.id AND placed.rank <> kept.rank
"""
EXPIRE = """
    UPDATE crosssell_recommendation
    SET state = 'expired', ended_at = %(as_of)s
    WHERE org_id = %(org)s AND state IN ('suggested', 'accepted') AND expires_on <= %(today)s
      AND NOT (account_ref, product_ref) IN (
          SELECT * FROM unnest(%(sold)s::text[], %(what)s::text[])
      )
"""
GONE = """
    UPDATE crosssell_recommendation
    SET state = 'withdrawn', ended_at = %(as_of)s
    WHERE org_id = %(org)s AND state IN ('suggested', 'accepted')
      AND NOT EXISTS (
          SELECT FROM accounts_account account
          WHERE account.org_id = %(org)s AND account.external_id = account_ref
            AND account.deleted_at IS NULL
      )
"""


class OlderError(Exception):
    """Says of which moment the suggestions are already."""


def refuse_older(org: Org, *, as_of: datetime) -> None:
    newest = Recommendation.objects.of(org).aggregate(newest=Max("as_of"))["newest"]
    if newest is not None and as_of < newest:
        raise OlderError(
            f"The suggestions are as of {newest:%d %b %Y %H:%M} already, and older ones would take"
            " back what has happened since. Score as of that moment or a later one."
        )


@dataclass(frozen=True, eq=False)
class Storing:
    offer: Offering

    @property
    def values(self) -> dict[str, Any]:
        offered = self.offered
        org, as_of = self.offer.org, self.offer.as_of
        today = as_of.date() if org.clock_date else org.today(at=as_of)
        return {
            "org": self.offer.org.pk,
            "run": self.offer.run.pk,
            "as_of": self.offer.as_of,
            "today": today,
            "expires": today + timedelta(days=self.offer.policy.expires_days),
            "sold": [one for one, _ in offered],
            "what": [one for _, one in offered],
            "declined_since": as_of - timedelta(days=DECLINED_DAYS),
        }

    @property
    def offered(self) -> list[tuple[str, str]]:
        """What is in an open deal of the org."""
        return list(self.offer.named(self.offer.standing.offered))

    def write(self, accounts: Ints) -> None:
        """Of these accounts all that is suggested now, and nothing else."""
        rows = self.offer.rows(accounts)
        refs = self.offer.standing.catalogue.account_ref[accounts].astype(str).tolist()
        values = {**self.values, "rows": json.dumps(rows), "accounts": refs}
        with transaction.atomic(), connection.cursor() as cursor:
            self.claim()
            for statement in (HOLD, WRITE, WITHDRAW, PLACE):
                cursor.execute(statement, values)
        transaction.on_commit(lambda: kept.forget(self.offer.org))

    def claim(self) -> None:
        """Until the transaction ends nobody else writes suggestions of the org."""
        org = self.offer.org
        Org.objects.select_for_update(no_key=True).get(pk=org.pk)
        refuse_older(org, as_of=self.offer.as_of)

    @transaction.atomic
    def begin(self) -> None:
        """What has been bought since, and what nobody took in time."""
        self.claim()
        self.note_bought()
        with connection.cursor() as cursor:
            cursor.execute(EXPIRE, self.values)
            cursor.execute(GONE, self.values)
        transaction.on_commit(lambda: kept.forget(self.offer.org))

    def note_bought(self) -> None:
        as_of = self.offer.as_of
        since = as_of - timedelta(days=self.counted_days + LATE_DAYS)
        waits = Q(state__in=Recommendation.OPEN) | Q(
            state__in=ENDED_UNBOUGHT, suggested_at__gt=since
        )
        rows = Recommendation.objects.filter(
            waits, org=self.offer.org, bought_at=None, suggested_at__lt=as_of
        )
        first = self.first_sales(rows)
        owned = list(rows.filter(kind__in=Recommendation.OWNED))
        if owned:
            first |= bought_of_owned(self.offer.owning.ground, owned, days=self.counted_days)
        changed = []
        for row in rows.filter(pk__in=list(first)):
            row.bought_at, row.bought_for = first[row.pk]
            if row.state in Recommendation.OPEN:
                row.state, row.ended_at = State.CONVERTED, row.bought_at
            changed.append(row)
        names = ["bought_at", "bought_for", "state", "ended_at"]
        Recommendation.objects.bulk_update(changed, names, batch_size=1_000)

    @property
    def counted_days(self) -> int:
        return max(self.offer.horizon_days, self.offer.policy.horizon_days)

    def first_sales(self, rows: Any) -> dict[int, tuple[datetime, Any]]:
        """Of each row that was bought after it was suggested: when first, and for how much.

        Of what has ended, within the horizon, however late the purchase came in.
        """
        catalogue, sales = self.offer.standing.catalogue, self.offer.standing.sales
        named = list(rows.values_list("pk", "account_ref", "product_ref", "state", "suggested_at"))
        names = ["pk", "account_ref", "product_ref", "state", "since"]
        frame = pd.DataFrame(named, columns=names)
        frame["since"] = [int(since.timestamp()) for *_, since in named]
        is_open = frame["state"].isin([str(state) for state in Recommendation.OPEN])
        until = frame["since"] + self.counted_days * DAY_S
        frame["until"] = until.where(~is_open, np.iinfo(np.int64).max)
        frame["org"] = self.offer.place
        frame["account"] = catalogue.account_of(frame)
        frame["item"] = catalogue.item_of(frame)
        sold = pd.DataFrame(
            {"account": sales.account, "item": sales.item, "at": sales.at, "total": sales.total}
        )
        both = frame.merge(sold, on=["account", "item"])
        both = both[(both["at"] > both["since"]) & (both["at"] <= both["until"])]
        both = both.sort_values(["pk", "at"], kind="stable").drop_duplicates("pk")
        zone = self.offer.as_of.tzinfo
        return {
            int(pk): (
                datetime.fromtimestamp(at, tz=zone),
                None if np.isnan(total) else round(total, 4),
            )
            for pk, at, total in zip(both["pk"], both["at"], both["total"], strict=True)
        }


def store(offer: Offering) -> dict[str, Any]:
    """All of it at once: where it breaks off, what stood there stands."""
    storing = Storing(offer)
    with one_at_a_time(offer.org, TASK), transaction.atomic():
        storing.begin()
        for accounts in offer.parts():
            storing.write(accounts)
    return said_of(offer)


def said_of(offer: Offering) -> dict[str, Any]:
    """Of those that are shown: how many are held out is for nobody to subtract."""
    rows = Recommendation.objects.filter(org=offer.org, is_held_out=False)
    return {
        "run": offer.run.pk,
        "as_of": offer.as_of.isoformat(),
        "source": "rates" if offer.run.speaks_by_rates else offer.ranked.kind,
        "accounts": len(offer.accounts),
        "recommendations": rows.open().count(),
    }
