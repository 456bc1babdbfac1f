"""What a task decides of its training; kept with each run."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Settings:
    task: str
    calibrate_share: float = 0.2
    test_share: float = 0.2
    embargo_days: int = 0
    calibrate_from: str = ""  # both given: the borders, in place of the shares
    test_from: str = ""
    until: str = ""
    whole_groups: bool = True
    reweigh_censored: bool = False
    # Calibrated and judged on moments as people meet them; else by the weights of the frame.
    judge_moments: bool = True
    # Features or segments: whose rate stands in below the data minimum, and what tells the age.
    stratum: str = ""
    age: str = ""
    least_won: int = 40
    least_lost: int = 40
    seed: int = 20_240_917
    threads: int = 1
    # "hazard", and blends with it, only where open rows tell what a deal lived through.
    candidates: tuple[str, ...] = ("linear", "boosted", "blend")
    # By when: the weeks ahead that are told (none: it is not asked), and the features that grow and
    # fall by seven days a week, and that stand for the calendar.
    weeks: int = 0
    due: str = ""
    calendar: str = ""
    first_month: int = 1  # of the fiscal year
    most_trees: int = 600
    stop_after: int = 40
    suspect_alone_auc: float = 0.93
    suspect_model_auc: float = 0.975
    suspect_presence_gap: float = 0.5
    error_rate: float = 0.1  # of intervals: one in ten may miss
    bootstraps: int = 400
    interactions: bool = False
    # "amount": never below nought, often nought and now and then large. Then also the feature that
    # tells what the last period brought.
    target: str = "number"
    last_period: str = ""
    positive: str = "won"
    negative: str = "lost"
    noun: str = "deals"
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "candidates": list(self.candidates)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Settings":
        return cls(**{**data, "candidates": tuple(data["candidates"])})
