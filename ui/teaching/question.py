"""Questions before answers: a guess is asked for, and only then is it said what is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import streamlit as st

from ui import cache
from ui.show import pictures
from ui.show.pictures import Picture
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
        pictures: What it is about, where the page doesn't show that beside it.
    """

    key: str
    text: str
    options: Sequence[str]
    right: str
    because: str
    holds: Sequence[str] = ()
    veils: bool = False
    unnames: bool = False
    pictures: Sequence[Picture] = ()


class Answer(NamedTuple):
    """What was answered.

    Attributes:
        given: The option that was chosen; "" where the answer was shown without a guess.
        question: What was asked, as it was asked: the page may have moved on.
    """

    given: str
    question: Question


def ask(question: Question, can_reveal: bool = False) -> bool:
    """Shows a question with a button for each answer; once it is answered, what is right and why.

    In a room, a guess is counted, and its answer waits until the teacher shows it.

    Args:
        question: What is asked.
        can_reveal: Whether a button and a key show the answer without a guess, for who asks a whole class.

    Returns:
        Whether its answer is shown.
    """
    answer = current().answers.get(question.key)
    if answer is None:
        st.markdown(f"**{question.text}**")
        if question.pictures:
            pictures.show(question.pictures, max_width=860)
        with st.container(horizontal=True):
            for option in question.options:
                name = f"answer.{question.key}.{option}"
                st.button(option, key=name, on_click=_answer, args=(question, option))
            if can_reveal and not _is_guest():
                st.button(
                    "Show the answer",
                    key=f"reveal.{question.key}",
                    icon=":material/visibility:",
                    shortcut=REVEAL,
                    type="tertiary",
                    on_click=_answer,
                    args=(question, ""),
                )
        _show_tally(question, is_revealed=False)
        return False
    st.markdown(f"**{answer.question.text}**")
    if _is_guest() and not cache.rooms().is_answered(current().classroom.room, question.key):
        st.success(
            f"You said: {answer.given}. It counts. Your teacher shows the answer.",
            icon=":material/how_to_reg:",
        )
        _wait_for_teacher(question)
        return False
    _show_tally(question, is_revealed=True)
    _show_answer(answer)
    return True


def _is_guest() -> bool:
    # Whether this visitor is in a room that another one opened.
    room = current().classroom
    return (
        bool(room.room) and cache.rooms().exists(room.room) and not cache.rooms().hosts(room.room, room.key)
    )


def _show_answer(answer: Answer) -> None:
    given, (right, because) = answer.given, (answer.question.right, answer.question.because)
    if not given:
        st.info(f"The answer: {right}. {because}", icon=":material/visibility:")
        return
    said = "Right." if given == right else f"You said: {given}. The answer: {right}."
    st.info(f"{said} {because}", icon=":material/check:" if given == right else ":material/close:")
    classroom = current().classroom
    if classroom.presents or classroom.key:  # A class has no score in common.
        return
    guesses = [one for one in current().answers.values() if one.given]
    count = sum(one.given == one.question.right for one in guesses)
    st.caption(f"{count} of {len(guesses)} right in this visit.")


def _answer(question: Question, option: str) -> None:
    state = current()
    if question.key in state.answers:
        return
    state.answers[question.key] = Answer(option, question)
    room = state.classroom
    if not room.room:
        return
    if option:
        cache.rooms().guess(room.room, question.key, option)
    cache.rooms().answer(room.room, room.key, question.key)


def _wait_for_teacher(question: Question) -> None:
    room = current().classroom.room

    @st.fragment(run_every=2.0)
    def wait() -> None:
        if cache.rooms().is_answered(room, question.key):
            st.rerun()

    wait()


def _show_tally(question: Question, is_revealed: bool) -> None:
    """What the room has guessed, on the screen of who opened it: how many, and how often each once it is revealed."""
    classroom = current().classroom
    if not classroom.key or not cache.rooms().hosts(classroom.room, classroom.key):
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
