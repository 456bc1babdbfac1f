"""How a document is cut: along its headings, none too long, nothing lost."""

import re

from hypothesis import given
from hypothesis import strategies as st

from assistant.knowledge.passages import LONG_PARAGRAPH, MOST_WITH_TAIL, passages_of, words_in
from assistant.knowledge.reading.blocks import Block

WORDS = st.sampled_from(["price", "of", "users.", "Halden", "21 %", "Größe", "–"])


def text_of(words: int, *, of: str = "word") -> str:
    return " ".join(f"{of}{place}." for place in range(words))


def heading(text: str, level: int, page: int | None = None) -> Block:
    return Block(text, kind="heading", level=level, page=page)


def test_sections_of_their_own_are_passages_of_their_own() -> None:
    found = passages_of(
        [
            heading("Rivals", 1),
            heading("Altera", 2),
            Block(text_of(90, of="a")),
            heading("Northbeam", 2),
            Block(text_of(90, of="n")),
        ]
    )
    assert [each.heading for each in found] == [["Rivals", "Altera"], ["Rivals", "Northbeam"]]
    assert all(words_in(each.text) == 90 for each in found)


def test_short_sections_below_one_heading_stand_together_under_their_names() -> None:
    found = passages_of(
        [
            heading("Rivals", 1),
            heading("Altera", 2),
            heading("Strong", 3),
            Block("They have reports."),
            heading("Weak", 3),
            Block("They are slow."),
        ]
    )
    assert [each.heading for each in found] == [["Rivals", "Altera"]]
    assert found[0].text == "Strong\n\nThey have reports.\n\nWeak\n\nThey are slow."


def test_a_long_section_is_cut_between_paragraphs_and_keeps_its_pages() -> None:
    blocks = [heading("All", 1, 1)]
    blocks += [Block(text_of(100, of=f"p{page}x"), page=page) for page in range(1, 8)]
    found = passages_of(blocks)
    assert [(each.page, each.last_page) for each in found] == [(1, 3), (4, 6), (7, 7)]
    assert all(each.heading == ["All"] for each in found)


def test_a_paragraph_without_end_is_cut_between_sentences() -> None:
    sentence = "Each user saves two hours a week in the median."
    found = passages_of([Block(" ".join([sentence] * 100))])
    assert len(found) > 2
    assert all(each.text.endswith("median.") for each in found)


def test_a_table_that_is_cut_says_its_columns_again() -> None:
    rows = [Block("Measure | Before | After", kind="row")]
    rows += [Block(f"Row {n} | {text_of(30)} | {n}", kind="row") for n in range(30)]
    found = passages_of([heading("Figures", 1), *rows])
    assert len(found) > 1
    assert all(each.text.startswith("Measure | Before | After") for each in found)


def test_a_short_end_joins_what_stands_before_it() -> None:
    found = passages_of(
        [heading("All", 1), Block(text_of(200)), Block(text_of(160)), Block("End.")]
    )
    assert len(found) == 2
    assert found[-1].text.endswith("End.")


def test_nothing_is_made_of_nothing_and_a_lone_heading_is_kept() -> None:
    assert passages_of([]) == []
    assert passages_of([Block("  \u200b ")]) == []
    assert [each.text for each in passages_of([heading("Only this", 1)])] == ["Only this"]


def test_scripts_without_spaces_are_cut_too() -> None:
    found = passages_of([Block("東京の顧客は毎週二時間を節約します。" * 200)])
    assert len(found) > 5
    assert max(words_in(each.text) for each in found) <= MOST_WITH_TAIL


block = st.builds(
    Block,
    st.lists(WORDS, min_size=1, max_size=400).map(" ".join),
    kind=st.sampled_from(["paragraph", "item", "row"]),
    page=st.none(),
)
head = st.builds(
    Block,
    st.lists(WORDS, min_size=1, max_size=5).map(" ".join),
    kind=st.just("heading"),
    level=st.integers(1, 4),
    page=st.none(),
)


@given(st.lists(block | head, max_size=25))
def test_every_word_is_in_a_passage_and_none_is_too_long(blocks: list[Block]) -> None:
    found = passages_of(blocks)
    body = [word for each in blocks if each.kind != "heading" for word in each.text.split()]
    words = [word for each in found for word in re.sub("•", "", each.text).split()]
    for word in set(body):
        assert words.count(word) >= body.count(word)
    longest = max((words_in(each.text) for each in found), default=0)
    assert longest <= MOST_WITH_TAIL + LONG_PARAGRAPH
    assert [each.text for each in passages_of(blocks)] == [each.text for each in found]
