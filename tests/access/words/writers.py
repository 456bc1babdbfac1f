"""Who gets what from the pages of providers of text, what they may cost."""

from tests.access.rules import MANAGERS, REPS, Persona, Rule, action, page

P = Persona
RULES: dict[str, Rule] = {
    "assistant:writer-policy": page(P.ADMIN, post=422),
    "assistant:writer-try": action(P.ADMIN, post=302),
    "assistant:writer-spend": page(*REPS, *MANAGERS, P.EXECUTIVE, P.ADMIN),
}
