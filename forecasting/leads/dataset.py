"""Leads at moments: what is learned from, and what is scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from forecasting.deals.moments import NEVER, Moments
from forecasting.deals.running import DAY
from forecasting.deals.sizes import sizes_of
from forecasting.leads.features import known_of, owners_at
from forecasting.leads.lives import HORIZON_DAYS, Lives, lives_of, moments_of, open_at
from forecasting.leads.reading import read_past
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.frames import Feature, Frame, make_frame
from revenue.users.models import Org

SOURCE = "source"
SEASON = "month_of_year"
SELLER_RATE = "seller_rate"
NO_RECORD = "Nothing recorded says what it was while leads were open."
NO_OWNERS = (
    "Who had a lead while it was open is not recorded: its owner of today may have got it only"
    " when it converted."
)
NO_SEASON = "Leads of less than three years: a season could not be told from a trend."
ONE_VALUE = "It is the same at every moment of every lead."
SHORT_DAYS = 450  # of leads, in which windows that lie a horizon apart find no room
THREE_YEARS = np.timedelta64(3 * 365 * DAY, "s")


@dataclass(frozen=True, eq=False)
class LeadRows:
    """`excluded` names what the org's records do not allow to be learned from, and why.

    `unrecorded` are features that no history dates; `order` says what stands in for time in a
    file without days.
    """

    frame: Frame
    excluded: dict[str, str]
    unrecorded: tuple[str, ...] = ()
    order: str = ""
    is_short: bool = False

    @property
    def leads(self) -> int:
        return self.frame.take(self.frame.is_known).groups()

    @property
    def converted(self) -> int:
        """How many of them were converted within the horizon of some moment."""
        known = self.frame.take(self.frame.is_known)
        return known.take(known.label == 1).groups()


def dataset(*, org: Org, as_of: datetime) -> LeadRows:
    """All moments of leads until then, each lead weighing one.

    A label is known once the horizon has passed, also of a lead that was converted early: else the
    newest rows would be those that convert, and no others. What is open has none.
    """
    lives = lives_of(read_past(org=org, as_of=as_of))
    moments = moments_of(lives)
    label, known_at = labels(lives, moments)
    is_over = (lives.ended != NEVER)[moments.deal]
    kept = np.isfinite(label) | ~is_over
    part = Moments(moments.deal[kept], moments.at[kept])
    return learnable(lives, part, label[kept], known_at[kept])


def open_leads(*, org: Org, as_of: datetime, like: Sequence[Feature] = ()) -> Frame:
    """One row for each lead that was open then; own fields as a model learned them, if given."""
    lives = lives_of(read_past(org=org, as_of=as_of))
    return frame_of(lives, open_at(lives), like=like)


def labels(lives: Lives, moments: Moments) -> tuple[Floats, Ints]:
    """In a short past there is no time to wait: a lead that was given up is known from then."""
    if not lives.is_dated:
        return labels_in_order(lives)[moments.deal], moments.at
    until = moments.at + HORIZON_DAYS * DAY
    label = floats(lives.converted[moments.deal] <= until)
    if is_short(lives):
        until = np.minimum(until, lives.ended[moments.deal])
    return np.where(until <= lives.limit, label, np.nan), until


def is_short(lives: Lives) -> bool:
    return bool(len(lives)) and lives.limit - int(lives.created.min()) < SHORT_DAYS * DAY


def labels_in_order(lives: Lives) -> Floats:
    """What is still worked on has none, where statuses tell it from what is given up."""
    label = floats(lives.converted != NEVER)
    is_open = lives.ended == NEVER
    given_up = ~is_open & (lives.converted == NEVER)
    return np.where(is_open, np.nan, label) if given_up.any() else label


def frame_of(
    lives: Lives,
    moments: Moments,
    label: Floats | None = None,
    known_at: Ints | None = None,
    *,
    unrecorded: list[str] | None = None,
    excluded: dict[str, str] | None = None,
    like: Sequence[Feature] = (),
) -> Frame:
    known = known_of(lives, moments, like)
    if unrecorded is not None:
        unrecorded += known.unrecorded
    if excluded is not None:
        excluded |= known.excluded
    ends = None
    if label is not None and known_at is not None:
        ends = known_at.astype("datetime64[s]")
        ends[~np.isfinite(label)] = np.datetime64("NaT")
    return make_frame(
        known.values,
        features=known.features,
        as_of=moments.at.astype("datetime64[s]"),
        label=label,
        label_known_at=ends,
        ids=lives.refs.to_numpy(dtype=object)[moments.deal],
        group=moments.deal,
        segments=pd.DataFrame(
            {
                "seller": owners_at(lives, moments),
                SOURCE: known.values[SOURCE],
                "industry": known.values["industry"],
                "country": known.values["country"],
                "size": sizes_of(floats(known.values["employees"])),
            }
        ),
    )


def learnable(lives: Lives, moments: Moments, label: Floats, known_at: Ints) -> LeadRows:
    """Without what is empty, or always the same, in the leads whose outcome is known."""
    unrecorded: list[str] = []
    excluded: dict[str, str] = {}
    frame = frame_of(lives, moments, label, known_at, unrecorded=unrecorded, excluded=excluded)
    known = frame.values[frame.is_known]
    gone = {}
    for one in frame.features:
        column = known[one.name]
        if not len(column):
            continue
        if column.isna().all():
            gone[one.name] = NO_OWNERS if one.name == SELLER_RATE else NO_RECORD
        elif column.notna().all() and column.nunique() == 1:
            gone[one.name] = ONE_VALUE
    if len(known) and np.ptp(frame.as_of[frame.is_known]) < THREE_YEARS:
        gone.setdefault(SEASON, NO_SEASON)
    frame = frame.without(list(gone)).even()
    names = {one.name for one in frame.features}
    kept = tuple(name for name in unrecorded if name in names)
    return LeadRows(frame, {**excluded, **gone}, kept, lives.order, is_short(lives))
