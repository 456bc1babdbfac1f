"""A person's tier in place of the model's, until somebody resets it. All of them are kept.

Nothing of it goes to the CRM. The moment is by the clock of the org, as that of each scoring.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.about.kept import forget
from accounts.models import Lead
from forecasting.leads.policy import TIERS
from forecasting.models import LeadOverride, LeadScore
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User

MOST_WORDS = 500


class OverrideError(Exception):
    """Says why not, to be shown to whoever tried."""


@transaction.atomic
def set_tier(
    lead: Lead, *, tier: str, note: str, by: User, at: datetime, seen: int | None = None
) -> LeadOverride:
    """`seen` is the one that stood when the page was drawn: another is nobody's to overwrite."""
    tier, note = checked(tier, note)
    if lead.is_converted:
        raise OverrideError("It has converted meanwhile: its tier is of no use any more.")
    org, at = lead.org, moment_for(lead.org, at=at)
    before = standing_of(lead, locked=True)
    if (before.pk if before else None) != seen:
        raise OverrideError(met(before))
    if before is not None:
        ended(before, by=by, at=at)
    try:
        with transaction.atomic():
            made = LeadOverride.objects.create(
                org=org,
                lead_ref=lead.external_id,
                tier=tier,
                note=note,
                was=tier_of_model(lead),
                made_by=by,
                made_at=at,
            )
    except IntegrityError:
        raise OverrideError(met(standing_of(lead))) from None
    transaction.on_commit(lambda: forget(org))
    return made


@transaction.atomic
def reset(lead: Lead, *, by: User, at: datetime, seen: int | None = None) -> LeadOverride:
    """The model speaks again."""
    org = lead.org
    standing = standing_of(lead, locked=True)
    if standing is None:
        raise OverrideError("The model speaks for this lead already: there is nothing to reset.")
    if seen is not None and standing.pk != seen:
        raise OverrideError(met(standing))
    ended(standing, by=by, at=moment_for(org, at=at))
    transaction.on_commit(lambda: forget(org))
    return standing


def checked(tier: str, note: str) -> tuple[str, str]:
    if tier not in TIERS:
        raise OverrideError("Choose a tier: A, B, C or D.")
    note = " ".join(note.replace("\0", "").split())
    if not note:
        raise OverrideError("Say why: whoever reads this later wants to know what you knew.")
    if len(note) > MOST_WORDS:
        raise OverrideError(f"Say it in at most {MOST_WORDS} characters.")
    return tier, note


def ended(row: LeadOverride, *, by: User, at: datetime) -> None:
    """Never before it began, whatever the clocks say."""
    row.ended_by, row.ended_at = by, max(at, row.made_at)
    row.save(update_fields=["ended_by", "ended_at"])


def met(row: LeadOverride | None) -> str:
    if row is None:
        return "Somebody has reset it meanwhile. Look at it again, then decide."
    who = str(row.made_by) if row.made_by else "Somebody who has left"
    return f"{who} has set it to {row.tier} meanwhile: “{row.note}”. Look at it again, then decide."


def standing_of(lead: Lead, *, locked: bool = False) -> LeadOverride | None:
    rows = LeadOverride.objects.of(lead.org).standing().filter(lead_ref=lead.external_id)
    rows = rows.select_related("made_by")
    if locked:
        rows = rows.select_for_update(of=("self",))
    found: LeadOverride | None = rows.first()
    return found


def tier_of_model(lead: Lead) -> str:
    """Nothing where the lead is not scored yet."""
    rows = LeadScore.objects.of(lead.org).newest().filter(lead_ref=lead.external_id)
    return rows.values_list("tier", flat=True).first() or ""


def history_of(org: Org, lead_ref: str) -> Sequence[LeadOverride]:
    """The newest first."""
    rows = LeadOverride.objects.of(org).filter(lead_ref=lead_ref)
    return list(rows.select_related("made_by", "ended_by").order_by("-made_at", "-id"))
