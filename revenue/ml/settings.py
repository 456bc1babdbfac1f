"""What a task decides of its training; kept with each run."""

from dataclasses import asdict, dataclass, field
from typing import Any

LISTED = ("candidates", "unrecorded")


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
    # Labels that take long leave no later rows within the training window: then settings are chosen
    # on other groups.
    choose_on_groups: bool = False
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
    # Features that are read as they are now, as no history says since when: they are asked more
    # strictly, and suspected from a lower AUC and a smaller gap on.
    unrecorded: tuple[str, ...] = ()
    unrecorded_auc: float = 0.8
    unrecorded_gap: float = 0.3
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

    @property
    def level(self) -> str:
        """What a plain rate is told by, in words."""
        return self.stratum.replace("_", " ") or "kind"

    def as_json(self) -> dict[str, Any]:
        lists = {name: list(getattr(self, name)) for name in LISTED}
        return {**asdict(self), **lists}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Settings":
        lists = {name: tuple(data[name]) for name in LISTED if name in data}
        return cls(**{**data, **lists})
