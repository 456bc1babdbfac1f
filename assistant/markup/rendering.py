"""A small Markdown as HTML that can show, and nothing else: no image, no script, no way out."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from assistant.markup.cleaning import cleaned
from assistant.markup.sources import KEY, Source, is_own

LONGEST = 30_000
CUT = "\n\n(The rest was left out: it was too long.)"
RULES = [
    "paragraph",
    "list",
    "heading",
    "fence",
    "table",
    "text",
    "newline",
    "escape",
    "backticks",
    "emphasis",
    "balance_pairs",
    "fragments_join",
]
OF_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "h3", "h4", "a"} | OF_TABLES
ATTRIBUTES = {"a": {"href", "class"}, "ol": {"start"}}
TITLE_LENGTH = 120
# An address in a mail becomes a link by itself, whoever wrote it.
FOREIGN = re.compile(
    r"[a-z][a-z0-9+.-]{0,30}:\s*//|\bwww\.\S|\bjavascript:|\bdata:[a-z]+/|\bmailto:"
    # Without a scheme, where a path follows: a name such as Booking.com is none.
    r"|(?<![a-z0-9.@-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/\S",
    re.IGNORECASE,
)
LEFT_OUT = "(address left out)"


def as_html(text: str, *, sources: Mapping[str, Source] | None = None) -> SafeString:
    """Links come of `[[key]]` marks that name a given source; any other address is plain text."""
    rendered = _reader().render(_bounded(cleaned(text)), {"sources": sources or {}})
    # Twice, by two libraries: what the first were ever to let through, the second takes out.
    safe = nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        link_rel=None,
        url_schemes=set(),
    )
    return mark_safe(safe)  # noqa: S308


def addresses_in(text: str) -> list[str]:
    """The words that a mail program would turn into a link."""
    return [word for word in cleaned(text).split() if FOREIGN.search(word)]


def as_text(text: str, *, sources: Mapping[str, Source] | None = None) -> str:
    """For a mail or a paper: marks become titles, and no foreign address can be followed."""
    given = sources or {}
    plain = _bounded(cleaned(text))
    words = re.split(r"(\s+)", plain)
    kept = (LEFT_OUT if FOREIGN.search(word) else word for word in words)
    return KEY.sub(lambda found: _titled(found, given), "".join(kept))


def _titled(found: re.Match[str], sources: Mapping[str, Source]) -> str:
    source = sources.get(found[1])
    return f"({_title(source)})" if source else found[0]


def _title(source: Source) -> str:
    title = " ".join(cleaned(source.title).split()) or source.key
    return title if len(title) <= TITLE_LENGTH else f"{title[:TITLE_LENGTH]}…"


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + CUT


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": 20})
    reader.enable(RULES)
    reader.inline.ruler.before("escape", "source", _source_mark)
    reader.add_render_rule("source", _source_link)
    reader.add_render_rule("heading_open", _heading)
    reader.add_render_rule("heading_close", _heading)
    reader.add_render_rule("fence", _fence)
    reader.core.ruler.push("levels", _levels)
    return reader


def _source_mark(state: StateInline, silent: bool) -> bool:
    found = KEY.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        state.push("source", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _source_link(
    _reader: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Any
) -> str:
    key = tokens[at].content
    source: Source | None = env["sources"].get(key)
    if source is None:
        return escape(f"[[{key}]]")
    if not is_own(source.url):
        return escape(_title(source))
    return f'<a class="source" href="{escape(source.url)}">{escape(_title(source))}</a>'


def _levels(state: Any) -> None:
    """A page has its own headings: the highest of a text is the third, all others the fourth."""
    heads = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    highest = min((token.tag for token in heads), default="")
    for token in heads:
        token.tag = "h3" if token.tag == highest else "h4"


def _heading(
    _reader: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any
) -> str:
    token = tokens[at]
    return f"<{'/' if token.nesting < 0 else ''}{token.tag}>"


def _fence(
    _reader: RendererHTML,
    tokens: Sequence[Token],
    at: int,
    _options: Any,
    _env: MutableMapping[str, Any],
) -> str:
    return f"<pre><code>{escape(tokens[at].content)}</code></pre>"


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if is_own(value) else None
    if name == "class":
        return "source" if (tag, value) == ("a", "source") else None
    return value if value.isdigit() else None
