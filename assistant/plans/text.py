"""A section as text with marks of its sources, and as what is read of such a text."""

import re
from collections.abc import Collection, Iterable, Mapping

from django.utils.safestring import SafeString

from assistant.claims import Claim
from assistant.markup import Source, as_html
from assistant.plans.points import Point

MARKS = re.compile(r"\[\[([^\[\]]{1,120})\]\]")
SAID = re.compile(r"(?P<text>.+?)(?P<marks>(?:\s*\[\[[^\[\]]{1,120}\]\])+[.,;]?|$)", re.DOTALL)
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
LEAD = re.compile(r"^\*\*(?P<lead>[^*\n]{1,160})\*\*:?\s*")


def text_of(points: Iterable[Point], *, without: Collection[str] = ()) -> str:
    """`without`: keys of what the reader may not open; sentences that name one are left out."""
    lines: list[str] = []
    was_bullet = False
    for point in points:
        claims = [each for each in point.claims if not set(each.sources) & set(without)]
        if not claims:
            continue
        lead = f"**{point.lead}** " if point.lead else ""
        said = lead + " ".join(marked(each) for each in claims)
        if lines and not (was_bullet and point.is_bullet):
            lines.append("")
        lines.append(f"- {said}" if point.is_bullet else said)
        was_bullet = point.is_bullet
    return "\n".join(lines)


def marked(claim: Claim) -> str:
    return f"{claim.text} {' '.join(f'[[{key}]]' for key in claim.sources)}".strip()


def html_of(text: str, *, titles: Mapping[str, Mapping[str, str]]) -> SafeString:
    sources = {key: Source(key, each["title"], each["url"]) for key, each in titles.items()}
    return as_html(text, sources=sources)


def without_marks(text: str) -> str:
    return re.sub(r" ?\[\[[^\[\]]{0,120}\]?\]?", "", text)


def points_in(text: str) -> list[Point]:
    """Of a text by a provider: a line is a point, and its marks stand after what they are of."""
    found = []
    for line in text.splitlines():
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        is_bullet = bool(BULLET.match(said))
        said = BULLET.sub("", said)
        lead = LEAD.match(said)
        rest = said[lead.end() :] if lead else said
        claims = claims_in(rest)
        if claims:
            found.append(Point(claims, lead["lead"].strip() if lead else "", is_bullet))
    return found


def claims_in(text: str) -> list[Claim]:
    found = []
    for match in SAID.finditer(text):
        said = match["text"].strip()
        keys = MARKS.findall(match["marks"])
        if said:
            found.append(Claim(said, list(dict.fromkeys(keys))))
    return found
