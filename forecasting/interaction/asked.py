"""What the page may be asked for: a feature, a colour, and a deal to be starred."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from forecasting.deals.training import TASK
from forecasting.models import DealOutlook
from revenue.ml.models import ModelRun
from revenue.users.models import Org

COLOURS = {
    "actions": "Actions done",
    "activity": "Activities in 30 days",
    "stage": "Stage",
    "grade": "Grade",
}
UNREAD = ("comparison", "baselines", "drift", "metrics", "settings", "artefact")


@dataclass(frozen=True)
class Choice:
    name: str
    title: str
    kind: str


@dataclass(frozen=True)
class Asked:
    features: tuple[Choice, ...]  # the strongest driver first
    feature: Choice
    colour: str
    deal: int | None  # the place of its page

    @property
    def query(self) -> str:
        told = {"feature": self.feature.name, "colour": self.colour}
        return "?" + urlencode(told | ({"deal": self.deal} if self.deal else {}))


def run_behind(org: Org) -> ModelRun | None:
    """The model whose scores are shown, which the live one follows with its first scoring."""
    newest = DealOutlook.objects.of(org).order_by("-as_of", "-id").values_list("run", flat=True)
    runs = ModelRun.objects.for_pages().of_org(org).filter(task=TASK).defer(*UNREAD)
    return runs.filter(pk=newest[:1]).first()


def choices_of(run: ModelRun) -> tuple[Choice, ...]:
    order = [one["name"] for one in run.report.get("importance", [])]
    places = {name: place for place, name in enumerate(order)}
    listed = sorted(run.features, key=lambda one: places.get(one["name"], len(places)))
    return tuple(
        Choice(one["name"], one.get("title") or one["name"], one.get("kind") or "number")
        for one in listed
    )


def asked_of(query: Mapping[str, str], features: tuple[Choice, ...], *, deal: int | None) -> Asked:
    """What is not there to be asked for gives the first of its kind."""
    by_name = {one.name: one for one in features}
    feature = by_name.get(query.get("feature", ""), features[0])
    colour = query.get("colour", "")
    return Asked(features, feature, colour if colour in COLOURS else next(iter(COLOURS)), deal)
