"""Names that visitors choose are shown as the letters that they are, whatever they look like to Streamlit.

What has no markup character outside an entity holds no CommonMark or directive (`:red[...]`, `$...$`). What Streamlit
looks for in the letters themselves, after entities are resolved, is listed in `FOUND_IN_TEXT`.
"""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.show.plain_text import as_plain_text

FOUND_IN_TEXT = {
    "emoji": r":[-+\w]+:",
    "icon": r":material/\w+:|:streamlit:",
    "address": r"https?://|www\.|\w@\w",
    "arrow": r"->|<-|--|>=|<=|~=",
}
HOSTILE = [
    "![x](http://example.org/x.png) **b** :smile:",
    "<img src=x onerror=alert(1)>",
    ":material/home: :streamlit: :+1:",
    ":red[hot] :blue-background[x] :small[x] :gray-badge[x]",
    "$x^2$ and $$y$$",
    "[a](b) [a][b] [^1]: c",
    "`code` ~~s~~ _i_ **b** ==m==",
    "http://example.org www.example.org me@example.org",
    "# heading",
    "> quote",
    "- item",
    "1. item",
    "| a | b |",
    "a -> b <- c -- d >= e",
    "&lt;b&gt; &#58;smile&#58;",
    r"\*not bold\*",
]


def shown(markdown: str) -> str:
    return html.unescape(markdown).replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_looks_like_markup_is_shown_letter_by_letter(name):
    assert shown(as_plain_text(name)) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_no_character_with_a_meaning_in_markdown_is_left_outside_an_entity(name):
    outside = re.sub(r"&#\d+;", "", as_plain_text(name))
    assert not set(outside) & set("!#$&()*+-./:<=>@[\\]^_`{|}~")


@pytest.mark.parametrize("pattern", FOUND_IN_TEXT.values(), ids=FOUND_IN_TEXT)
def test_nothing_that_is_looked_for_in_letters_is_found(pattern):
    assert any(re.search(pattern, name) for name in HOSTILE)
    assert not any(re.search(pattern, html.unescape(as_plain_text(name))) for name in HOSTILE)


@given(st.text(max_size=60))
def test_any_text_gives_one_line_of_its_own_letters(text):
    escaped = as_plain_text(text)
    assert escaped.splitlines() in ([escaped], [])
    kept = [letter for letter in shown(escaped) if not letter.isspace()]
    assert kept == [letter for letter in text if letter in kept and not letter.isspace()]


def test_line_breaks_become_spaces_and_marks_of_direction_go():
    assert as_plain_text("  a\n\n\tb\u202egpj\u0000 ") == "a bgpj"


def test_letters_of_every_language_stay():
    assert as_plain_text("naïve 数字 цифра") == "naïve 数字 цифра"
