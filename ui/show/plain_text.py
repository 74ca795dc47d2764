"""Text in sentences: what others chose, such as a file's name, shown as the letters that it is; and counts."""

from __future__ import annotations

import re
import unicodedata

# All ASCII punctuation that means something to Streamlit's Markdown.
_MARKUP = re.compile(r"[!#$&()*+\-./:<=>@\[\\\]^_`{|}~]")
# Emoji, icons, arrows and bare addresses are looked for after entities have become letters again: a word joiner, which
# has no width and allows no line break, then stands between their letters.
_JOINER = "\N{WORD JOINER}"


def as_plain_text(text: str) -> str:
    """Escapes a text so that Streamlit's Markdown shows it letter by letter.

    Use it for whatever a visitor can name, wherever Streamlit takes Markdown: `st.caption`, `st.warning`, labels,
    options, help. Not for `st.text`, `st.code` or `st.html`, which know no Markdown.

    Args:
        text: Anything, for example "![x](http://example.org/y.png) **b** :smile:".

    Returns:
        One line of Markdown without markup. Line breaks and other control characters become spaces, and marks that
        turn the direction of writing are left out, since they could change how the text around them reads.

    Source: CommonMark 0.31, section 2.5 (entities); docs.streamlit.io, `st.markdown`, for what it adds.
    """
    letters = []
    for letter in text:
        category = unicodedata.category(letter)
        if category in ("Cc", "Zl", "Zp"):
            letters.append(" ")
        elif category not in ("Cf", "Cs"):
            letters.append(letter)
    # Spaces at the beginning would make code, and two of them would be shown as one.
    line = " ".join("".join(letters).split())
    return _MARKUP.sub(lambda found: f"{_JOINER}&#{ord(found[0])};", line)


def numbers(count: int) -> str:
    """How many numbers a code has, in words: "40 numbers", or "a single number"."""
    return f"{count} numbers" if count > 1 else "a single number"
