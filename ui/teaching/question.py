"""Questions before answers: a guess is asked for, and only then is it said what is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui import cache
from ui.state import current

REVEAL = "A"


@dataclass(frozen=True)
class Question:
    """A question that has one right answer.

    Attributes:
        key: Names it in this visit, and in a room; another key for other numbers asks it anew.
        text: A sentence in Markdown.
        options: The answers to choose from, each once.
        right: The right one of them.
        because: What shows that it is, a sentence in Markdown.
        holds: The parts of the page, of `ui.show.parts`, that give the answer away.
        veils: Whether it is given away by what live views show denoised: then they leave that out.
        unnames: Whether it is given away by what the axes of the latent space are called.
    """

    key: str
    text: str
    options: Sequence[str]
    right: str
    because: str
    holds: Sequence[str] = ()
    veils: bool = False
    unnames: bool = False


def ask(question: Question, can_reveal: bool = False) -> bool:
    """Shows a question with a button for each answer; once it is answered, what is right and why.

    Args:
        question: What is asked.
        can_reveal: Whether a button and a key show the answer without a guess, for who asks a whole class.

    Returns:
        Whether it has been answered, or its answer shown.
    """
    state = current()
    key, answers = question.key, state.answers
    st.markdown(f"**{question.text}**")
    if key not in answers:
        with st.container(horizontal=True):
            for option in question.options:
                st.button(option, key=f"answer.{key}.{option}", on_click=_answer, args=(question, option))
            if can_reveal:
                st.button(
                    "Show the answer",
                    key=f"reveal.{key}",
                    icon=":material/visibility:",
                    shortcut=REVEAL,
                    type="tertiary",
                    on_click=answers.__setitem__,
                    args=(key, ("", question.right)),
                )
        _show_tally(question, is_revealed=False)
        return False
    given, right = answers[key]
    _show_tally(question, is_revealed=True)
    if not given:
        st.info(f"The answer: {right}. {question.because}", icon=":material/visibility:")
        return True
    said = "Right." if given == right else f"You said: {given}. The answer: {right}."
    guesses = [pair for pair in answers.values() if pair[0]]
    count = sum(given == right for given, right in guesses)
    st.info(f"{said} {question.because}", icon=":material/check:" if given == right else ":material/close:")
    st.caption(f"{count} of {len(guesses)} right in this visit.")
    return True


def _answer(question: Question, option: str) -> None:
    state = current()
    if question.key in state.answers:
        return
    state.answers[question.key] = option, question.right
    if state.classroom.room:
        cache.rooms().guess(state.classroom.room, question.key, option)


def _show_tally(question: Question, is_revealed: bool) -> None:
    """What the room has guessed, on the screen of who opened it: how many, and how often each once it is revealed."""
    classroom = current().classroom
    if not classroom.hosts or not classroom.room:
        return

    @st.fragment(run_every=2.0)
    def show() -> None:
        tally = cache.rooms().tally(classroom.room, question.key)
        total = tally.total()
        guesses = "1 guess" if total == 1 else f"{total} guesses"
        st.caption(f"Room {classroom.room}: {guesses} so far.")
        if is_revealed and total:
            for option in question.options:
                mark = " ✓" if option == question.right else ""
                st.progress(tally[option] / total, f"{option}{mark}: {tally[option]}")

    show()
