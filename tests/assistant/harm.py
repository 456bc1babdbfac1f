"""What must not be found in anything that a reader gets: judged apart from the code under test."""

import re
from html.parser import HTMLParser

SAFE_TAG = re.compile(
    r"</?(?:p|ul|ol|li|strong|em|code|pre|table|thead|tbody|tr|th|td|h3|h4)>|<br>|</a>"
    r'|<ol start="\d+">|<a class="source" href="(/[^"]*)">'
)
FOLLOWED = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|javascript:|data:[a-z]+/|mailto:", re.IGNORECASE)
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x09\x0b-\x1f\x7f-\x9f]")


def harm_in_html(html: str, *, urls: frozenset[str] = frozenset()) -> list[str]:
    """Each `<` has to begin a tag that can show and no more; links lead to given addresses."""
    found = []
    for at in (match.start() for match in re.finditer("<", html)):
        tag = SAFE_TAG.match(html, at)
        if not tag:
            found.append(html[at : at + 40])
        elif tag[1] and (tag[1].startswith("//") or tag[1].replace("&amp;", "&") not in urls):
            found.append(tag[0])
    return found + HIDDEN.findall(html)


def harm_in_text(text: str) -> list[str]:
    """In a mail whatever looks like an address becomes a link by itself."""
    return FOLLOWED.findall(text) + HIDDEN.findall(text)


class Page(HTMLParser):
    """What a browser would fetch, follow, send to or run, of a whole page of ours."""

    FOLLOWS = ("src", "srcset", "href", "action", "formaction", "data", "poster", "ping", "style")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.harm: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.look(tag, name, value or "")

    def look(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name == "srcdoc":
            self.harm.append(f"{tag} {name}")
        elif (name in self.FOLLOWS or name.startswith("hx-")) and is_planted(value):
            self.harm.append(f"{tag} {name}={value[:80]}")


def is_planted(value: str) -> bool:
    """An address of elsewhere, or one that only the attacks name."""
    named = ("exfil", "alert(", "/deals/1/delete", "/api/tokens", "javascript:", "base64,")
    leads_away = re.match(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", value, re.IGNORECASE)
    return bool(leads_away) or any(word in value for word in named)


def harm_in_page(html: str) -> list[str]:
    return Page(html).harm
