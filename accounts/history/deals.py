"""Deals as they stood at a moment: what every feature, forecast and bridge is worked out from."""

from datetime import datetime

from accounts.history.own_fields import own_then, own_turned_back
from accounts.history.records import BY_RECORD, own_columns, rolled_back, turned_back
from accounts.history.relation import Relation
from accounts.models import Opportunity
from revenue.users.models import Org

# Each save of a deal keeps all of these, so one row of it says them all.
SAVED = ("stage", "amount", "currency", "close_date", "probability", "forecast_category")
# Worked out from the others, or nobody's knowledge of the past.
DERIVED = ("is_closed", "is_won", "corporate_amount", "last_activity_date")

# What ended a rate may be one of which nobody knew then.
CORPORATE = """
    CASE WHEN past.currency IN ('', %(currency)s) THEN past.amount
    WHEN past.amount IS NOT NULL THEN (
        SELECT round(past.amount / r.rate, 4) FROM accounts_currencyrate r
        WHERE r.org_id = %(org)s AND r.currency = past.currency
          AND (r.created_at IS NULL OR r.created_at <= %(as_of)s)
          AND (r.deleted_at IS NULL OR r.deleted_at > %(as_of)s)
          AND r.starts_date <= coalesce(past.close_date, r.starts_date)
          AND (r.ends_date IS NULL OR r.ends_date > past.close_date OR EXISTS (
              SELECT FROM accounts_currencyrate later
              WHERE later.org_id = %(org)s AND later.currency = r.currency
                AND later.starts_date = r.ends_date AND later.created_at > %(as_of)s
          ))
        ORDER BY r.starts_date DESC, r.ends_date NULLS LAST, r.id DESC LIMIT 1
    ) END
"""


def opportunities(*, org: Org, as_of: datetime) -> Relation:
    """Also `stage_since`: the last save up to then, where saves are known.

    `corporate_amount` is in the org's currency of today, at the rate of the close date as it was
    known then, of a deal without one at the newest that had no end: the sync's own rule. Where no
    rate was, there is none, and so nothing is added that is not alike.

    Of a deal that has closed since, and of which no record says how it stood, stage, amount, dates
    and probability are unknown: its end must not be read into its past.
    """
    known = BY_RECORD["opportunity"]
    kept = [
        f"{own_then()} AS extra"
        if name == "extra"
        else f"{value_then(name)} AS {name}"
        if name in known.captured
        else f"now.{name}"
        for name in own_columns(Opportunity)
        if name not in DERIVED
    ]
    sql = f"""
        WITH {turned_back(known, only_ref=False)},
        {own_turned_back(known, only_ref=False)},
        save AS (
            SELECT DISTINCT ON (opportunity_ref) opportunity_ref, changed_at, {", ".join(SAVED)}
            FROM accounts_stagechange
            WHERE org_id = %(org)s AND changed_at <= %(as_of)s AND deleted_at IS NULL
            ORDER BY opportunity_ref, changed_at DESC, id DESC
        ),
        meaning AS (
            SELECT stage AS of_stage, bool_or(is_closed) AS closes, bool_or(is_won) AS wins
            FROM accounts_opportunity WHERE org_id = %(org)s GROUP BY stage
        ),
        past AS (
            SELECT {", ".join(kept)}, save.changed_at AS stage_since,
                   now.is_closed AS closed_now, now.is_won AS won_now,
                   {was_open_unseen()} AS is_unseen,
                   save.opportunity_ref IS NOT NULL OR back.stage_changed IS TRUE AS stage_known,
                   back.is_closed_changed, back.is_closed AS closed_before,
                   back.is_won_changed, back.is_won AS won_before
            FROM accounts_opportunity now
            LEFT JOIN save ON save.opportunity_ref = now.external_id
            LEFT JOIN back ON back.record_ref = now.external_id
            LEFT JOIN own ON own.record_ref = now.external_id
            WHERE now.org_id = %(org)s AND now.created_at <= %(as_of)s
              AND (now.deleted_at IS NULL OR now.deleted_at > %(as_of)s)
        )
        SELECT {", ".join(name for name in own_columns(Opportunity) if name not in DERIVED)},
               stage_since,
               {CORPORATE} AS corporate_amount,
               {outcome("closed", "closes")} AS is_closed,
               {outcome("won", "wins")} AS is_won
        FROM past LEFT JOIN meaning ON meaning.of_stage = past.stage
    """  # noqa: S608
    values = {"org": org.pk, "as_of": as_of, "record": "opportunity", "currency": org.currency}
    return Relation(sql, values)


def was_open_unseen() -> str:
    """Closed by now, open then, and nothing recorded of the time between."""
    return """(
        now.is_closed AND now.close_date > (%(as_of)s AT TIME ZONE 'UTC')::date
        AND save.opportunity_ref IS NULL
        AND back.stage_changed IS NOT TRUE AND back.is_closed_changed IS NOT TRUE
    )"""


def value_then(name: str) -> str:
    """By the last save where saves are known, else by the changes since, else as it is."""
    since = rolled_back(Opportunity, name)
    if name not in SAVED:
        return since
    unknown = "''" if name in ("stage", "forecast_category", "currency") else "NULL"
    if name == "currency":
        return f"CASE WHEN save.currency <> '' THEN save.currency ELSE {since} END"
    return f"""CASE WHEN save.opportunity_ref IS NOT NULL THEN save.{name}
                    WHEN {was_open_unseen()} THEN {unknown}
                    ELSE {since} END"""


def outcome(word: str, meaning: str) -> str:
    """Open or closed, won or not, by the stage it stood in; one that no deal has now is open."""
    return f"""CASE
        WHEN stage_known THEN coalesce(meaning.{meaning}, false)
        WHEN is_{word}_changed THEN {word}_before = 'true'
        WHEN is_unseen THEN false
        ELSE {word}_now END"""
