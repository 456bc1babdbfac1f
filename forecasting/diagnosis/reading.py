"""Deals of two stretches of time, read from what the CRM has told."""

from accounts.frames import read_frame
from accounts.history import Relation
from forecasting.diagnosis.frames import Reading, Stretches, reading_of
from revenue.users.models import Org

DEALS = """
    WITH product AS (
        SELECT DISTINCT ON (item.opportunity_ref) item.opportunity_ref,
               coalesce(nullif(product.family, ''), nullif(product.name, ''), 'Other') AS name
        FROM accounts_lineitem item
        LEFT JOIN accounts_product product
             ON product.org_id = item.org_id AND product.external_id = item.product_ref
        WHERE item.org_id = %(org)s AND item.deleted_at IS NULL
        ORDER BY item.opportunity_ref, item.corporate_total DESC NULLS LAST, item.id
    )
    SELECT deal.external_id AS ref, deal.created_at, deal.close_date, deal.is_won, deal.is_closed,
           deal.corporate_amount AS value, deal.kind, deal.source, deal.owner_ref,
           account.industry, account.country, account.employees, product.name AS product
    FROM accounts_opportunity deal
    LEFT JOIN accounts_account account
         ON account.org_id = deal.org_id AND account.external_id = deal.account_ref
    LEFT JOIN product ON product.opportunity_ref = deal.external_id
    WHERE deal.org_id = %(org)s AND deal.deleted_at IS NULL AND deal.created_at < %(until)s
      AND (NOT deal.is_closed OR deal.close_date >= %(since)s)
    ORDER BY deal.close_date, deal.external_id
"""
STAGES = """
    SELECT change.opportunity_ref AS ref, change.stage, change.probability, change.changed_at AS at
    FROM accounts_stagechange change
    JOIN accounts_opportunity deal
        ON deal.org_id = change.org_id AND deal.external_id = change.opportunity_ref
    WHERE change.org_id = %(org)s AND change.deleted_at IS NULL AND deal.deleted_at IS NULL
      AND change.changed_at < %(until)s
      AND (NOT deal.is_closed OR deal.close_date >= %(since)s)
      AND change.stage NOT IN (
          SELECT DISTINCT stage FROM accounts_opportunity
          WHERE org_id = %(org)s AND is_closed AND stage <> ''
      )
"""
SELLERS = """
    SELECT external_id AS ref, name, manager_ref, region FROM accounts_crmuser
    WHERE org_id = %(org)s
"""


def read_closed(*, org: Org, stretches: Stretches) -> Reading:
    params = {"org": org.pk, "since": stretches.since, "until": stretches.until}
    deals = read_frame(Relation(DEALS, params))
    ways = read_frame(Relation(STAGES, params))
    sellers = read_frame(Relation(SELLERS, {"org": org.pk})).set_index("ref")
    return reading_of(deals, ways, sellers, stretches)
