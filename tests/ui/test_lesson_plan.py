"""The twenty-minute lesson, and what its pages ask."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from tests.pages import ROOT, messages, pictures, run_page
from ui.state import State
from ui.teaching.plan import PLAN, address_of
from vae.checkpoints import load, load_reader
from vae.data import load_mnist

PLACES = range(1, len(PLAN) + 1)


def open_step(place: int):
    """A step of the lesson, opened by its address, with Streamlit's own widgets."""
    app = run_page(PLAN[place - 1].page)
    state: State = app.session_state["state"]
    assert state.from_link(dict(parse_qsl(urlsplit(address_of(place)).query))) == []
    state.address = state.to_link()
    for name, text in state.to_link().items():
        app.query_params[name] = text
    return app.run()


def styles(app) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def test_it_takes_twenty_minutes_in_eight_steps():
    assert len(PLAN) == 8 and sum(step.minutes for step in PLAN) == 20


@pytest.mark.parametrize("place", PLACES)
def test_a_step_asks_and_holds_its_answer_back_until_there_is_a_guess(place):
    app = open_step(place)
    assert not app.exception and not app.warning
    state: State = app.session_state["state"]
    options = [button for button in app.button if str(button.key).startswith("answer.")]
    assert len({button.label for button in options}) == len(options) >= 3
    held = [text for text in styles(app).split("<style>") if "st-key-part" in text]
    before = styles(app)
    options[0].click().run()
    ((given, asked),) = state.answers.values()
    right = asked.right
    assert given == options[0].label and right in {button.label for button in options}
    assert ("Right." in messages(app)) == (given == right)
    if PLAN[place - 1].page != "digit_map":  # The map is what one guesses by.
        assert held and len(styles(app)) < len(before)


@pytest.mark.parametrize("place", PLACES)
def test_a_teacher_can_show_the_answer_without_a_guess(place):
    app = open_step(place)
    (reveal,) = [button for button in app.button if str(button.key).startswith("reveal.")]
    reveal.click().run()
    assert "The answer: " in messages(app) and "right in this visit" not in messages(app)


def test_the_level_at_which_the_lessons_digit_fails_is_what_the_model_does():
    step = next(step for step in PLAN if step.page == "noise_levels")
    model, reader, digits = load("calibrated").vae, load_reader().reader, load_mnist("test")
    index = int(step.settings["test"])
    clean, label = digits.images[index], digits.labels[index]
    rng = np.random.default_rng(0)
    field = rng.standard_normal((28, 28), dtype=np.float32)
    read = {level: reader.read(model.denoise(np.clip(clean + level * field, 0, 1)[None].astype(np.float32)))[0]
            for level in (0.0, 0.3, 0.6, 0.75, 0.9, 1.0)}  # fmt: skip
    likeliest = {level: int(found.argmax()) for level, found in read.items()}
    assert [likeliest[level] == label for level in read] == [True, True, True, False, False, False]
    # "The model paints another digit, and paints it sharply."
    assert read[0.9].max() > 0.9
    app = open_step(PLAN.index(step) + 1)
    options = {button.label: button for button in app.button if str(button.key).startswith("answer.")}
    options["by 0.8"].click().run()
    assert "Right." in messages(app)


def test_the_strangest_of_the_pictures_is_the_one_with_the_highest_score():
    app = open_step(8)
    next(button for button in app.button if str(button.key).startswith("answer.")).click().run()
    ((_, asked),) = app.session_state["state"].answers.values()
    right = asked.right
    captions = pictures(app)
    assert any(alt.startswith(right) for alt in captions)


@pytest.mark.parametrize(
    "page", sorted({"denoise", "noise_levels", "latent_space", "traversals", "generate"})
)
@pytest.mark.parametrize("model", ["calibrated", "notebook"])
def test_a_pages_question_has_one_right_answer_for_each_shipped_model(page, model):
    app = run_page(page)
    state: State = app.session_state["state"]
    state.model, state.classroom.guess = model, True
    app.run()
    assert not app.exception
    options = [button.label for button in app.button if str(button.key).startswith("answer.")]
    assert len(options) == len(set(options)) >= 2


def test_the_plan_in_the_documents_is_the_one_in_the_app():
    text = (ROOT / "docs" / "lesson-plan.md").read_text(encoding="utf-8")
    for place, step in enumerate(PLAN, start=1):
        flat = " ".join(text.split())
        assert f"{place}. {step.title} ({step.minutes} minutes)" in flat
        assert step.question in flat and " ".join(step.show.split()) in flat
        assert f"http://localhost:8501/{address_of(place)}" in text
