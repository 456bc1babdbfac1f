"""The sections of a plan in the order of reading."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    hint: str  # what belongs in it, for whoever writes it


SECTIONS = (
    Section("summary", "In short", "where it stands, what decides it, and the aim of this call"),
    Section("room", "Who will be in the room", "the next meeting, each person, who is missing"),
    Section("talking", "Talking points", "what to say first, and what proves it"),
    Section("needs", "Pains and needs", "what the customer wants, in their own words"),
    Section("competition", "Competitive position", "who else is in it, and how to stand out"),
    Section("actions", "What to propose", "what to get agreed, by whom, and what it goes with"),
    Section("measures", "Measures of success", "how to tell that the call and the deal worked"),
    Section("risks", "Risks and what to do about them", "what may end it, each with its answer"),
    Section("questions", "Questions to ask", "what is not known and has to be"),
)
BY_KEY: Mapping[str, Section] = {section.key: section for section in SECTIONS}
KEYS = tuple(BY_KEY)
