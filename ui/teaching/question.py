"""Questions before answers: a guess is asked for, and only then is it said what is so."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.state import current


def ask(key: str, question: str, options: Sequence[str], right: str, because: str) -> bool:
    """Shows a question with a button for each answer; once it is answered, what is right and why.

    Args:
        key: Names the question in this visit; another key for other numbers asks it anew.
        question: A sentence in Markdown.
        options: The answers to choose from.
        right: The right one.
        because: What shows that it is, a sentence in Markdown.

    Returns:
        Whether it has been answered.
    """
    answers = current().answers
    st.markdown(f"**{question}**")
    if key not in answers:
        with st.container(horizontal=True):
            for option in options:
                st.button(
                    option,
                    key=f"answer.{key}.{option}",
                    on_click=answers.__setitem__,
                    args=(key, (option, right)),
                )
        return False
    given, right = answers[key]
    said = "Right." if given == right else f"You said {given}. It is {right}."
    count = sum(given == right for given, right in answers.values())
    st.info(f"{said} {because}", icon=":material/check:" if given == right else ":material/close:")
    st.caption(f"{count} of {len(answers)} right in this visit.")
    return True
