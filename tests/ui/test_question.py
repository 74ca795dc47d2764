"""Questions that are answered by clicking."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from ui.state import State
    from ui.teaching.question import Question, ask

    st.session_state.setdefault("state", State())
    first = ask(Question("first", "Which is it?", ["A", "B"], "B", "The number says so."))
    second = ask(Question("second", "And now?", ["yes", "no"], "yes", "It holds for all."))
    st.write(f"{first} {second}")


def test_the_answer_is_held_back_until_one_is_given():
    app = AppTest.from_function(page).run()
    assert not app.info and app.markdown[-1].value == "False False"
    app.button(key="answer.first.B").click().run()
    assert [one.value for one in app.info] == ["Right. The number says so."]
    assert app.markdown[-1].value == "True False"


def test_a_wrong_answer_is_told_what_is_right_and_both_are_counted():
    app = AppTest.from_function(page).run()
    app.button(key="answer.first.A").click().run()
    app.button(key="answer.second.yes").click().run()
    assert app.info[0].value == "You said: A. The answer: B. The number says so."
    assert app.caption[-1].value == "1 of 2 right in this visit."
