"""`manage.py evaluate router`: the router on the judged set, beside a keyword router."""

from collections.abc import Mapping
from typing import Any

from assistant.chat.router.judging import report
from revenue.ml.tasks import Said, Tell


def evaluated(_options: Mapping[str, Any], tell: Tell) -> Said:
    tell("Asking the judged questions ...")
    found = report()
    return Said(found, told(found))


def told(found: Mapping[str, Any]) -> str:
    metrics, rest = found["metrics"], found["tuned_on"]
    keyword = found["baselines"]["keyword"]
    lines = [
        f"{found['n']} judged questions. Of {found['n_test']}, set aside before it was written:",
        f"Right agent and right slots: {said(metrics['right'])}",
        f"  right agent {said(metrics['agent'])}, right slots {said(metrics['slots'])}",
        f"Keyword router: {said(keyword['right'])}; right agent {said(keyword['agent'])}",
    ]
    lines += [
        f"  {name}: agent {said(one['agent'])}, with slots {said(one['right'])}"
        for name, one in metrics["by_agent"].items()
    ]
    lines += [f"  slot {name}: {said(one)}" for name, one in metrics["by_slot"].items()]
    lines.append(
        f"{metrics['ms']['median']:.1f} ms a question, 95 of 100 in {metrics['ms']['p95']:.1f} ms."
    )
    lines.append(f"On the questions that it was tuned on: {said(rest['right'])}")
    return "\n".join(lines)


def said(one: Mapping[str, Any]) -> str:
    return f"{one['share']:.1%} of {one['n']} ({one['low']:.1%} to {one['high']:.1%})"
