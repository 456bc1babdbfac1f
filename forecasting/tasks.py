"""Learning and scoring as jobs, whoever asks for them: a sync, the schedule, a page, the admin."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from forecasting.acting import suggest
from forecasting.bridge.making import forget_old as forget_old_bridges
from forecasting.bridge.making import kept, make_bridge, usual_pair
from forecasting.dashboard.warming import warm
from forecasting.deals import training
from forecasting.diagnosis.frames import Stretches
from forecasting.diagnosis.making import forget_old as forget_old_diagnoses
from forecasting.diagnosis.making import make_diagnosis, usual_stretches
from forecasting.models import DealScore, Forecast, Play
from forecasting.pipeline.asked import presets
from forecasting.pipeline.comparing import compare, forget_old
from forecasting.quarter.backtest import looks, unseen
from forecasting.quarter.backtest import store as store_looks
from forecasting.quarter.making import Forecasting, weeks_to_fill
from forecasting.quarter.making import store as store_forecast
from forecasting.quarter.making import thin as thin_forecasts
from forecasting.risk import scoring
from forecasting.risk.scoring import SCORING, Scoring
from forecasting.schedule import ensure_schedules
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task, start
from revenue.ml.jobs import Lesson, learn, org_of, say, start_saying, unfinished_job
from revenue.ml.recording import Owner
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User

LEARNING, COMPARING = "train-deals", "compare-pipeline"
DIAGNOSING, BRIDGING = "diagnose-org", "bridge-forecasts"
FORECASTING, BACKTESTING = "forecast-org", "backtest-org"


DEALS = Lesson(
    training.TASK,
    training.learned,
    counted="deals",
    learning_text="Learning from deals that have closed",
    saying=SCORING,
)


@job_task(queue="training")
def train_deals(job: JobRun) -> dict[str, Any]:
    return learn(job, DEALS, then=lambda org, by: start_scoring(org=org, by=by))


@job_task(queue="bulk")
def score_deals(job: JobRun) -> dict[str, Any]:
    def saying(org: Org, as_of: datetime) -> dict[str, Any]:
        job.tell("Reading what was known of the deals")
        found = scoring.scoring_of(org=org, as_of=as_of, at=job.created_at)
        perform(job, found)
        warm(org, at=job.created_at)
        if found.is_current:
            go_on(org, as_of=as_of, at=job.created_at)
        return training.said_of(found.foreseen)

    return say(job, DEALS, saying)


def go_on(org: Org, *, as_of: datetime, at: datetime) -> None:
    """What rests on the scores of today."""
    today = org.today(at=at)
    usual = presets(today=today, quarter=org.quarter_of(today))
    start_comparing(org=org, days=[(since, until) for _, since, until in usual], by=None)
    stretches = usual_stretches(today, first_month=org.fiscal_month)
    start_diagnosing(org=org, stretches=stretches, by=None)
    start_forecasting(org=org, by=None, as_of=as_of)


def perform(job: JobRun, found: Scoring) -> None:
    job.tell("Scoring open deals", total=len(found.foreseen.frame))
    if not found.goes_on(job.checkpoint):
        with job.step(done=0, checkpoint=found.begin()):
            pass
    for step in found.steps(job.checkpoint):
        with job.step(done=job.done + step.deals, checkpoint=step.mark, text=step.text):
            step.write()


def start_scoring(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        score_deals,
        org=org,
        by=by,
        title=f"Scoring of the open deals of {org.name}",
        key=SCORING,
        request=request,
        anew=anew,
    )


def start_training(*, org: Org, by: User | None, request: HttpRequest | None = None) -> Job:
    return start(
        train_deals,
        org=org,
        by=by,
        title=f"Learning from the deals of {org.name}",
        arguments={},
        dedupe_key=LEARNING,
        request=request,
    )


def after_sync(*, org: Org, has_changed: bool) -> None:
    """Named in `AFTER_SYNC`: what was foreseen is foreseen anew from what has come in."""
    ensure_schedules(org=org)
    if has_changed or Owner(org=org).live(training.TASK) is None:
        start_scoring(org=org, by=None, anew=has_changed)


@job_task(queue="interactive")
def compare_pipeline(job: JobRun) -> dict[str, Any]:
    """The pipeline of each pair of days, side by side."""
    org = org_of(job)
    pairs = [tuple(date.fromisoformat(day) for day in pair) for pair in job.arguments["days"]]
    done = int(job.checkpoint.get("done", 0))
    job.tell("Comparing the two days", total=len(pairs))
    for number, (since, until) in enumerate(pairs[done:], start=done + 1):
        with job.step(done=number, checkpoint={"done": number}):
            compare(org=org, since=since, until=until, at=timezone.now())
    forget_old(org=org, at=job.created_at)
    return {"compared": len(pairs)}


def start_comparing(
    *,
    org: Org,
    days: Sequence[tuple[date, date]],
    by: User | None,
    request: HttpRequest | None = None,
) -> Job:
    said = [[since.isoformat(), until.isoformat()] for since, until in days]
    return start(
        compare_pipeline,
        org=org,
        by=by,
        title=f"Changes of the pipeline of {org.name}",
        arguments={"days": said},
        dedupe_key=f"{COMPARING} {said[0][0]} {said[-1][1]} {len(said)}",
        request=request,
    )


@job_task(queue="bulk")
def diagnose_org(job: JobRun) -> dict[str, Any]:
    org = org_of(job)
    days = [date.fromisoformat(job.arguments[name]) for name in ("since", "turn", "until")]
    job.tell("Looking for causes")
    with job.step(done=1):
        made = make_diagnosis(org=org, stretches=Stretches(*days), at=timezone.now())
        forget_old_diagnoses(org=org, at=job.created_at)
    return {"causes": len(made.found.get("causes", [])), "problem": made.problem}


def start_diagnosing(
    *, org: Org, stretches: Stretches, by: User | None, request: HttpRequest | None = None
) -> Job:
    said = {
        "since": stretches.since.isoformat(),
        "turn": stretches.turn.isoformat(),
        "until": stretches.until.isoformat(),
    }
    return start(
        diagnose_org,
        org=org,
        by=by,
        title=f"Why the win rate of {org.name} moved",
        arguments=said,
        dedupe_key=" ".join([DIAGNOSING, *said.values()]),
        request=request,
    )


@job_task(queue="interactive")
def bridge_forecasts(job: JobRun) -> dict[str, Any]:
    """What moved a forecast between two moments of it; one that is gone by now is nothing."""
    org = org_of(job)
    rows = Forecast.objects.of(org).defer("worlds").select_related("org")
    found = rows.in_bulk([int(job.arguments[name]) for name in ("before", "after")])
    before, after = (found.get(int(job.arguments[name])) for name in ("before", "after"))
    if before is None or after is None:
        raise JobError("One of the two forecasts is not kept any more: choose another.")
    job.tell("Going through what changed")
    with job.step(done=1):
        made = make_bridge(before, after, at=timezone.now())
        forget_old_bridges(org=org)
    return {"bridge": made.pk, "problem": made.problem}


def start_bridging(
    *, before: Forecast, after: Forecast, by: User | None, request: HttpRequest | None = None
) -> Job:
    return start(
        bridge_forecasts,
        org=after.org,
        by=by,
        title=f"What moved the forecast of {after.org.name}",
        arguments={"before": before.pk, "after": after.pk},
        dedupe_key=f"{BRIDGING} {before.pk} {after.pk}",
        request=request,
    )


def start_usual_bridge(*, org: Org, length: str, since: date) -> Job | None:
    """From a week ago to now, so that the page has it before anybody asks."""
    pair = usual_pair(list(kept(org, length=length, since=since)))
    return None if pair is None else start_bridging(before=pair[0], after=pair[1], by=None)


@job_task(queue="interactive")
def suggest_anew(job: JobRun) -> dict[str, Any]:
    """After a play was changed; one that is gone by now suggests nothing."""
    org = org_of(job)
    play = Play.objects.filter(org=org, pk=job.arguments["play"]).first()
    if play is None:
        return {}
    job.tell("Going through the open deals")
    with job.step(done=1):
        found = suggest(org=org, at=timezone.now(), play=play)
    return {"made": found.made, "withdrawn": found.withdrawn}


def start_suggesting(*, play: Play, by: User, request: HttpRequest | None = None) -> Job:
    return start(
        suggest_anew,
        org=play.org,
        by=by,
        title=f"Suggestions of “{play.title}”",
        arguments={"play": play.pk},
        request=request,
    )


def suggesting_job(org: Org) -> Job | None:
    return unfinished_job(suggest_anew, org=org)


@job_task(queue="bulk")
def forecast_org(job: JobRun) -> dict[str, Any]:
    org = org_of(job)
    said = job.arguments.get("as_of")
    as_of = datetime.fromisoformat(said) if said else newest_scores(org, at=job.created_at)
    job.tell("Reading what was known of the deals")
    if "weeks" not in job.checkpoint:
        # Decided once: where half of them are filled in, it would seem that nothing is missing.
        weeks = [one.isoformat() for one in weeks_to_fill(org, as_of=as_of)]
        with job.step(done=0, checkpoint={"weeks": weeks}):
            pass
    for earlier in map(datetime.fromisoformat, job.checkpoint["weeks"]):
        work = Forecasting.of(org=org, as_of=earlier)
        for found in [work.made(period, at=timezone.now()) for period in work.periods]:
            with job.step():
                store_forecast(found)
    work = Forecasting.of(org=org, as_of=as_of)
    made = []
    for period in work.periods:
        job.tell(f"Forecasting {period.label}")
        found = work.made(period, at=timezone.now())
        with job.step():
            made.append(store_forecast(found))
    thin_forecasts(org=org, as_of=as_of)
    if unseen(org=org, as_of=as_of):
        start_backtesting(org=org, by=None)
    for one in made:
        start_usual_bridge(org=org, length=one.length, since=one.since)
    return {"forecasts": len(made)}


@job_task(queue="training")
def backtest_org(job: JobRun) -> dict[str, Any]:
    """Past moments one by one, each kept as soon as it is known; then the forecast anew."""
    org = org_of(job)
    as_of = moment_for(org, at=job.created_at)
    waiting = len(unseen(org=org, as_of=as_of))
    job.tell("Looking back", total=job.done + waiting)
    done = 0
    for rows in looks(org=org, as_of=as_of, tell=job.tell):
        with job.step():
            store_looks(rows)
        done += 1
    if done:
        start_forecasting(org=org, by=None)
    return {"moments": done}


def newest_scores(org: Org, *, at: datetime) -> datetime:
    """Of which all are there: a scoring that still runs has written some of its own."""
    now = moment_for(org, at=at)
    jobs = Job.objects.filter(org=org, task=score_deals.name).unfinished()
    marks = jobs.values_list("checkpoint", flat=True)
    unfinished = [mark["as_of"] for mark in marks if "as_of" in mark]
    rows = DealScore.objects.of(org).filter(as_of__lte=now).exclude(as_of__in=unfinished)
    newest = rows.order_by("-as_of").values_list("as_of", flat=True).first()
    return newest or now


def start_forecasting(
    *,
    org: Org,
    by: User | None,
    as_of: datetime | None = None,
    request: HttpRequest | None = None,
) -> Job:
    """`as_of` of scores that are new; one that runs rests on others, and does not stand for it."""
    said = {} if as_of is None else {"as_of": as_of.isoformat()}
    return start(
        forecast_org,
        org=org,
        by=by,
        title=f"Forecast of {org.name}",
        arguments=said,
        dedupe_key=" ".join([FORECASTING, *said.values()]),
        request=request,
    )


def start_backtesting(*, org: Org, by: User | None, request: HttpRequest | None = None) -> Job:
    return start(
        backtest_org,
        org=org,
        by=by,
        title=f"Past forecasts of {org.name}",
        arguments={},
        dedupe_key=BACKTESTING,
        request=request,
    )
