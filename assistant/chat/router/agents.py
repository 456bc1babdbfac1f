"""The agents: which slots each takes, what points to it beyond likeness, and whom it is about."""

import re
from typing import Final

WHOSE = ("owner", "team")
SEGMENTS = ("industry", "region", "size")
TAKES: Final[dict[str, tuple[str, ...]]] = {
    "pipeline": (*WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "about"),
    "top": (*WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "grade", "count", "sort", "about"),
    "risk": (
        *WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "grade", "warning", "count", "sort",
        "about",
    ),
    "deals": (
        *WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "state", "count", "sort", "about",
    ),
    "conversion": (*WHOSE, *SEGMENTS, "period", "versus"),
    "winrate": ("period",),
    "industries": (*WHOSE, "industry", "region", "period"),
    "accounts": (*WHOSE, "industry", "region", "count", "period"),
    "forecast": (*WHOSE, "period"),
    "quota": (*WHOSE, "period"),
    "account": ("about",),
    "deal": ("about",),
    "mail": ("about", "to", "mail", "tone", "period"),
    "plan": ("about", "period"),
    "crosssell": (*WHOSE, "industry", "product", "count", "amount", "about"),
    "leads": (*WHOSE, "period", "grade", "count"),
    "health": (*WHOSE, "industry", "region", "size", "band", "count"),
    "changes": (*WHOSE, "period"),
    "team": (*WHOSE, "period"),
    "knowledge": (),
    "help": (),
    "readonly": (),
}  # fmt: skip
# Those that speak of one account or deal.
OF_ONE: Final = frozenset({"account", "deal", "mail", "plan"})
MAY_BE_OF_ONE: Final = frozenset({"crosssell", "deals", "pipeline", "risk", "top"})
WRITES = r"write|draft|compose|word|phrase|schreib\w*|entwurf\w*|entwirf|verfass\w*|formulier\w*"
MAIL = r"e ?mails?|mails?|message|letter|\w*mail"
# How much a pattern adds to the log-odds of its agent: what a person would call unmistakable.
CUES: Final[tuple[tuple[str, re.Pattern[str], float], ...]] = tuple(
    (agent, re.compile(pattern), weight)
    for agent, pattern, weight in (
        ("mail", rf"^(?:please |can you |could you |bitte )?(?:{WRITES})\b", 4.5),
        ("mail", rf"\b(?:{WRITES})\b.*\b(?:{MAIL}|note|something|follow up|intro)\b", 3.0),
        ("mail", rf"\b(?:{MAIL})\b.*\b(?:to|an|for|fur)\b", 2.0),
        ("mail", rf"\b(?:{MAIL}|re ?engage|win back|follow up (?:mail|with)|reactivat\w+)\b", 1.5),
        ("mail", r"^(?:send|email|mail) zzname", 3.0),
        ("winrate", r"\b(?:why|warum|weshalb|wieso|woran|how come|reasons?|cause[sd]?|behind|explain|diagnos\w+|what went wrong)\b.*\b(?:win ?rates?|winrates|conversion|clos(?:e|ing) rates?|lose|losing|wins?|winning|win less|gewinn\w*|abschlussquote|erfolgsquote|verlieren)\b", 3.5),
        ("winrate", r"\b(?:winning|win|gewinnen) (?:a )?(?:less|fewer|weniger|smaller)\b", 2.0),
        ("deal", r"\bzzname (?:zz\w+ )?(?:deals?|opportunity|opp)\b|\b(?:deal|opportunity) (?:zz\w+ )?zzname", 2.5),
        ("risk", r"\bzzwarning\b", 2.5),
        ("risk", r"\b(?:at risk|in danger|gefahrdet\w*|riskiest|wackeln)\b(?! (?:customers?|accounts?|clients?|kunden))", 3.0),
        ("risk", r"\b(?:deals?|opp\w*|abschlusse)\b.*\b(?:troubled?|wrong|worry|danger|slip\w*|fall\w* through|problem\w*|be lost|lose)\b", 1.5),
        ("risk", r"\bzzgrade (?:deals?|opp\w*)", 1.5),
        ("health", r"\b(?:churn|abwander\w*|cancel|unhappy|kundengesundheit)\b", 2.5),
        ("health", r"\b(?:customers?|accounts?|clients?|kunden)\b.*\b(?:at risk|leav\w+|lose|health|gefahrdet\w*)\b", 3.0),
        ("health", r"\bat risk (?:customers?|accounts?|clients?)\b|\b(?:red|green|yellow|healthy|unhealthy) (?:accounts?|customers?|clients?)\b", 2.5),
        ("health", r"\bgefahrdete kunden\b", 2.0),
        ("forecast", r"\b(?:forecast|prognose|outlook|umsatzprognose|vorhersage|p50)\b", 2.0),
        ("quota", r"\b(?:quota|attainment|target|zielerreichung|quoten?\w*|coverage|on track)\b", 2.0),
        ("leads", r"\bleads?\b", 1.5),
        ("industries", r"\b(?:industries|industry|branchen?|sectors?|verticals?|branchentrends)\b", 1.5),
        ("crosssell", r"\b(?:cross ?sell\w*|cross sell\w*|upsell\w*|white ?space|sell (?:\w+ )?next|zzproduct)\b", 3.0),
        ("plan", r"\b(?:prep|prepare|talking points|gesprachsvorbereitung|bereite|briefing|brief|agenda)\b", 2.5),
        ("readonly", r"^(?:please |can you |could you |bitte )?(?:delete|remove|change|update|set|assign|reassign|create|add(?! on)|mark|move|edit|rename|merge|losche|setze|andere|weise|erstelle|lege|trage|verschiebe|make zzwho the owner)\b", 3.0),
        ("deals", r"\bwhat (?:will |should |is going to )?closes?\b(?! (?:we|our))", 2.0),
        ("risk", r"\bzzwarning (?:\w+ )?(?:deals?|opp\w*)\b|\b(?:deals?|opp\w*|abschlusse)\b.* zzwarning", 1.0),
        ("top", r"\b(?:top|biggest|largest|grosste\w*|wichtigste\w*)(?: (?:zzcount|three|five|ten))? (?:\w+ )?(?:zz\w+ )*(?:deals?|opportunit\w+|opps?|chancen|abschlusse)\b", 2.0),
        ("team", r"\b(?:best|top|weakest) (?:reps?|sellers?|salesperson|performers?)\b|\bverkaufer\b|\breps\b", 1.5),
        ("conversion", r"\b(?:win ?rate|close rate|hit rate|conversion|gewinnrate|abschlussquote|sales cycle|velocity)\b", 1.5),
        ("pipeline", r"\bpip(?:e|eline)\b", 1.5),
        ("conversion", r"\bhow (?:long|fast|quickly)\b.*\b(?:close|win|sell|deals?)\b", 2.0),
        ("winrate", r"\b(?:what|was)\b.*\bchanged?\b.*\b(?:win|close) rates?\b", 2.5),
        ("changes", r"\b(?:what|was|how|which)\b.*\b(?:changed?|moved|happened|geandert|slipped out|added? to the pipeline|new since|passiert)\b", 1.5),
        ("knowledge", r"^(?:explain|define|what does .* mean|what is meant|battle ?card)\b(?!.*\bdeal\b)", 2.0),
        ("accounts", r"\bprioriti[sz]\w*|\bfocus on\b|\bkonzentrieren\b", 1.0),
    )
)  # fmt: skip
# What a page cannot be about turns the question elsewhere: conditions on what was read.
EXAMPLE_NAME = "zzname"
