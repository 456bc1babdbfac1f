"""The only links that generated text can have: to pages of ours that it was given."""

import re
from dataclasses import dataclass

# One slash first, and nothing that a browser reads as the name of a host.
OWN = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~%?=&;,:@+*!'()$#-]*", re.ASCII)
KEY = re.compile(r"\[\[([A-Za-z0-9][A-Za-z0-9:_./-]{0,119})\]\]", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A text names it by `[[key]]`; the url is a path of our own."""

    key: str
    title: str
    url: str = ""


def is_own(url: str) -> bool:
    return OWN.fullmatch(url) is not None
