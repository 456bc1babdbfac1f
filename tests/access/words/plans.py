"""Who gets what from the pages of plans before a call."""

from tests.access.records import RECORD_OF_THE_REP, own
from tests.access.rules import MANAGERS, REPS, Persona, Rule

P = Persona
PLANNERS = {*REPS, *MANAGERS, P.EXECUTIVE, P.ADMIN}
# The plan is the rep's: for the rep, and for those above.
ABOVE = (P.REP, P.MANAGER, P.EXECUTIVE, P.ADMIN)

RULES: dict[str, Rule] = {
    "assistant:deal-panel": RECORD_OF_THE_REP,
    "assistant:account-panel": RECORD_OF_THE_REP,
    "assistant:deal-plan-start": own(*ABOVE, of=PLANNERS, post=302),
    "assistant:account-plan-start": own(*ABOVE, of=PLANNERS, post=302),
    "assistant:plan-show": own(*ABOVE, of=PLANNERS, get=200),
    "assistant:plan-poll": own(*ABOVE, of=PLANNERS, get=200),
    "assistant:plan-versions": own(*ABOVE, of=PLANNERS, get=200),
    "assistant:plan-pdf": own(*ABOVE, of=PLANNERS, get=200),
    "assistant:plan-docx": own(*ABOVE, of=PLANNERS, get=200),
    "assistant:plan-vote": own(*ABOVE, of=PLANNERS, post=302),
    "assistant:plan-again": own(P.REP, of=PLANNERS, post=302),
    "assistant:plan-cancel": own(P.REP, of=PLANNERS, post=302),
    "assistant:plan-edit": own(P.REP, of=PLANNERS, get=200, post=422),
    "assistant:plan-restore": own(P.REP, of=PLANNERS, post=302),
}
