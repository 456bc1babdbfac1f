"""How often the cause that is planted in a simulated company is named first, and false alarms.

`python -m benchmarks.diagnosing [COMPANIES] [FIRST]`: companies of the demo, each with people,
deals and a cause of its own (`Plant.by_chance`), a few thousand closed deals in each. The stretches
meet on the day on which the cause begins; nothing else is told to the diagnosis.
"""

import json
import sys
import time
from collections import Counter
from typing import Any

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.setting import CAUSES, Setting
from benchmarks.planted_worlds import PlantedOrg, a_setting, read_world
from forecasting.diagnosis.causes import Cause, Diagnosis, diagnose
from forecasting.diagnosis.frames import FOLLOWS

COMPANIES = 100
PARTS = 1  # of the customers of a medium org: about four thousand closed deals


def diagnosed(org: PlantedOrg) -> Diagnosis:
    asked = org.reading.without(FOLLOWS)
    return diagnose(asked.closed, steps=asked.steps)


def is_planted(first: Cause, setting: Setting) -> bool:
    """The very one: its kind, where it is, and nothing narrower or wider."""
    plant = setting.plant
    groups = list(setting.market.regions)
    wanted: dict[str, tuple[str, tuple[tuple[str, str], ...], str]] = {
        "segment_rate": ("rate", (("industry", plant.industry),), ""),
        "mix_shift": ("mix", (("industry", plant.industry),), ""),
        "seller_group": ("rate", (("region", groups[plant.group % len(groups)]),), ""),
        "stage_conversion": ("rate", (), e.STAGES[plant.stage]),
    }
    return (first.kind, first.levels, first.step) == wanted[plant.cause]


def campaign(companies: int, *, first: int = 0) -> dict[str, Any]:
    asked, named, wrong = Counter[str](), Counter[str](), list[dict[str, Any]]()
    begun = time.perf_counter()
    for number in range(first, first + companies):
        setting = a_setting(number)
        found, cause = diagnosed(read_world(setting, parts=PARTS)), setting.plant.cause
        asked[cause] += 1
        right = not found.causes if cause == "none" else False
        if found.causes and cause != "none":
            right = is_planted(found.causes[0], setting)
        named[cause] += right
        if not right:
            said = [[one.kind, one.levels, one.step] for one in found.causes[:1]]
            wrong.append({"company": number, "cause": cause, "first": said})
    caused = [cause for cause in CAUSES if cause != "none"]
    return {
        "name": "diagnosing",
        "companies": companies,
        "first_company": first,
        "share_first": round(
            sum(named[one] for one in caused) / max(sum(asked[one] for one in caused), 1), 3
        ),
        "first_by_cause": {one: f"{named[one]} of {asked[one]}" for one in caused},
        "false_alarms": f"{asked['none'] - named['none']} of {asked['none']}",
        "wrong": wrong,
        "seconds": round(time.perf_counter() - begun),
    }


if __name__ == "__main__":
    arguments = [int(one) for one in sys.argv[1:]]
    asked_for = arguments[0] if arguments else COMPANIES
    first_one = arguments[1] if len(arguments) > 1 else 0
    sys.stdout.write(json.dumps(campaign(asked_for, first=first_one)) + "\n")
