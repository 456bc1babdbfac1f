"""What a simulated company is made from: which org, how large, which seed, since when, and what

is planted in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from random import Random

from accounts.connectors.demo.calendar import DAY, day_number, quarters_later
from accounts.connectors.demo.draws import Draws
from accounts.connectors.demo.ids import PODS

ACCOUNTS_IN_A_CHUNK = 1_500
QUARTERS_BEFORE_PLANT = 8


@dataclass(frozen=True)
class Market:
    """Where an org sells. `places` are (country, share of its accounts)."""

    currency: str
    share: float
    utc_offset_hours: int
    regions: Mapping[str, Mapping[str, float]]


MARKETS = {
    "meridian-americas": Market(
        "USD",
        0.42,
        -5,
        {"East": {"United States": 0.46, "Canada": 0.07}, "West": {"United States": 0.47}},
    ),
    "meridian-europe": Market(
        "EUR",
        0.36,
        1,
        {
            "North": {"Germany": 0.3, "Netherlands": 0.1, "Sweden": 0.07, "Poland": 0.06},
            "South": {
                "United Kingdom": 0.2,
                "France": 0.13,
                "Spain": 0.06,
                "Ireland": 0.04,
                "Greece": 0.04,
            },
        },
    ),
    "meridian-cloud": Market(
        "USD",
        0.22,
        0,
        {
            "Global": {
                "United States": 0.44,
                "Germany": 0.16,
                "United Kingdom": 0.18,
                "France": 0.12,
                "Japan": 0.1,
            }
        },
    ),
}
COUNTRIES = tuple(
    sorted(
        {name for market in MARKETS.values() for each in market.regions.values() for name in each}
    )
)
INDUSTRIES = {
    "Manufacturing": 0.25,
    "Financial Services": 0.16,
    "Healthcare": 0.14,
    "Retail": 0.15,
    "Technology": 0.19,
    "Public Sector": 0.11,
}
INDUSTRY_NAMES = tuple(INDUSTRIES)
SIZES = ("Small", "Mid-market", "Enterprise")
# (base accounts, sources of leads) of the whole group; the accounts that leads become add to them.
SCALES = {"tiny": (20, 3), "small": (345, 38), "medium": (8_700, 950), "large": (174_000, 19_000)}
CAUSES = ("segment_rate", "mix_shift", "seller_group", "stage_conversion", "none")


@dataclass(frozen=True)
class Plant:
    """What goes wrong two quarters before the end of the first two and a half years."""

    cause: str = "segment_rate"
    industry: str = "Manufacturing"
    group: int = 0  # which group of sellers, counted over the directors of an org
    stage: int = 3
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.cause not in CAUSES:
            raise ValueError(f"Unknown cause {self.cause!r}: choose one of {', '.join(CAUSES)}.")
        if self.industry not in INDUSTRIES:
            raise ValueError(f"Unknown industry {self.industry!r}: choose one of {INDUSTRY_NAMES}.")

    @classmethod
    def by_chance(cls, number: int) -> "Plant":
        """Of a series of companies with different causes, the one of this number."""
        chance = Random(number)  # noqa: S311
        cause = CAUSES[number % len(CAUSES)]
        industry = chance.choice(INDUSTRY_NAMES[:5])
        return cls(
            cause=cause,
            # More deals of a segment move the win rate only where that segment is won seldom.
            industry="Public Sector" if cause == "mix_shift" else industry,
            group=chance.randrange(2),
            stage=chance.choice((2, 3)),
            strength=chance.uniform(0.8, 1.2),
        )


@dataclass(frozen=True)
class Setting:
    org_slug: str
    scale: str
    seed: int
    began: date
    plant: Plant = field(default_factory=Plant)

    def __post_init__(self) -> None:
        if self.org_slug not in MARKETS:
            raise ValueError(
                f"The simulated company has no org {self.org_slug!r}: use one of "
                f"{', '.join(MARKETS)}."
            )
        if self.scale not in SCALES:
            raise ValueError(f"Unknown scale {self.scale!r}: use one of {', '.join(SCALES)}.")

    @cached_property
    def market(self) -> Market:
        return MARKETS[self.org_slug]

    @cached_property
    def pod(self) -> str:
        return PODS[self.org_slug]

    @cached_property
    def draws(self) -> Draws:
        return Draws(self.seed, self.org_slug)

    @cached_property
    def of_group(self) -> Draws:
        """What all orgs of the company share: its customers, its products."""
        return Draws(self.seed, "group")

    @cached_property
    def accounts(self) -> int:
        return round(SCALES[self.scale][0] * self.market.share)

    @cached_property
    def lead_sources(self) -> int:
        return round(SCALES[self.scale][1] * self.market.share)

    @cached_property
    def chunks(self) -> int:
        return -(-self.accounts // ACCOUNTS_IN_A_CHUNK)

    @cached_property
    def first_day(self) -> int:
        return day_number(self.began)

    @cached_property
    def first_second(self) -> int:
        return self.first_day * DAY

    @cached_property
    def plant_day(self) -> int:
        return day_number(quarters_later(self.began, QUARTERS_BEFORE_PLANT))

    def span(self, total: int, chunk: int) -> tuple[int, int]:
        """Which part of `total` things belongs to a chunk."""
        return total * chunk // self.chunks, total * (chunk + 1) // self.chunks
