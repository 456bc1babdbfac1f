"""What a style hides: enough of CSS to see through the usual ways of writing what nobody sees."""

import re
from collections.abc import Mapping
from typing import Final

PROPERTY = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIMPLE = re.compile(r"^(?:[a-z][a-z0-9]*)?([.#][\w-]+)$", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FIGURE = re.compile(r"^(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh)?$")
WHITE: Final = {"white", "#fff", "#ffff", "#ffffff", "#ffffffff", "transparent"}
FAINT: Final = 0.1
SMALLEST: Final = {"px": 3.0, "pt": 2.0, "em": 0.2, "rem": 0.2, "%": 20.0, "": 3.0}
FAR_OFF: Final = -500.0
PLACES: Final = ("left", "top", "right", "bottom", "margin-left", "margin-top", "text-indent")


def hides(attributes: Mapping[str, str], *, hidden: frozenset[str]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    names = {f".{each}" for each in attributes.get("class", "").split()}
    names.add(f"#{attributes.get('id', '')}")
    if names & hidden:
        return True
    return is_hiding(attributes.get("style", ""))


def hidden_names(sheet: str) -> frozenset[str]:
    """Classes and ids that a style sheet of the file itself hides."""
    found = set()
    for selectors, style in RULE.findall(COMMENT.sub("", sheet)):
        if is_hiding(style) or is_unseen_colour(style):
            names = (SIMPLE.match(each.strip()) for each in selectors.split(","))
            found |= {name[1] for name in names if name}
    return frozenset(found)


def is_hiding(style: str) -> bool:
    said = properties(style)
    if said.get("display") == "none" or said.get("visibility") in ("hidden", "collapse"):
        return True
    if said.get("content-visibility") == "hidden" or is_clipped(said):
        return True
    if (size := figure(said.get("opacity", ""))) and size[0] <= FAINT:
        return True
    if (size := figure(said.get("font-size", ""))) and size[0] < SMALLEST.get(size[1], 0):
        return True
    return any((at := figure(said.get(place, ""))) and at[0] <= FAR_OFF for place in PLACES)


def properties(style: str) -> dict[str, str]:
    said = PROPERTY.findall(style.lower())
    return {name: value.replace("!important", "").strip() for name, value in said}


def is_clipped(said: Mapping[str, str]) -> bool:
    clip = said.get("clip", "") + said.get("clip-path", "")
    if re.search(r"rect\(\s*0(px)?[ ,]+0(px)?[ ,]+0(px)?[ ,]+0|inset\(\s*(50|100)%", clip):
        return True
    sizes = [figure(said.get(name, "")) for name in ("width", "height", "max-height", "max-width")]
    return "hidden" in said.get("overflow", "") and any(each and each[0] <= 1 for each in sizes)


def is_unseen_colour(style: str) -> bool:
    """White, or as what it stands on; what its ancestors stand on is not known here."""
    said = properties(style)
    colour = plain_colour(said.get("color", ""))
    back = plain_colour(said.get("background-color", "") or said.get("background", ""))
    if not colour:
        return False
    return colour == back if back else colour in WHITE


def plain_colour(value: str) -> str:
    """The many ways to say white become one."""
    squeezed = value.replace(" ", "")
    if re.match(r"^rgba\(.*,0?\.0*\)$|^rgba\(.*,0\)$", squeezed):
        return "transparent"
    if re.match(r"^rgba?\((25[0-5]|100%),(25[0-5]|100%),(25[0-5]|100%)", squeezed):
        return "white"
    if re.match(r"^#(?:f{3,4}|(?:f[a-f0-9]){3,4})$", squeezed):
        return "white"
    return squeezed


def figure(value: str) -> tuple[float, str] | None:
    found = FIGURE.match(value)
    return (float(found[1]), found[2] or "") if found else None
