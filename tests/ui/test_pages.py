"""The bench and the landing page without a browser: drawings, test digits, and models that can't be used."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import ROOT, SEVEN, draw, messages, pictures, record, run_page
from ui.bench.canvas import from_record
from ui.state import State
from vae import checkpoints, corruptions, drawing
from vae.data import load_mnist
from vae.errors import CheckpointError

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


def seven() -> np.ndarray:
    """The digit that `SEVEN` is."""
    return drawing.drawing_to_digit(drawing.quantise(from_record(record(SEVEN))))


def shown(app) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The original, noisy and denoised picture on the landing page."""
    found = pictures(app)

    def by(start: str) -> np.ndarray:
        return next(image for alt, image in found.items() if alt.startswith(start))

    return next(i for alt, i in found.items() if "at 28 by 28" in alt), by("Noisy, level"), by("Denoised")


def bench_data(app) -> dict:
    """What Python tells the bench's live view."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]
    return next(data for data in found if "strokes" in data)


def test_page_opens_with_an_example_and_no_error():
    app = run_page()
    assert not app.exception and not app.error
    assert "Test digit 0, a 7" in messages(app)
    original, noisy, denoised = shown(app)
    assert original.shape == noisy.shape == denoised.shape == (28, 28)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_bench_and_basic_controls_within_reach(page):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if page != "denoise":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception and not app.error
    assert bench_data(app)["shown"] == (page != "denoise")
    next(button for button in app.button if button.label.endswith("Use basic controls")).click().run()
    assert not app.exception and not app.error
    assert not app.session_state["state"].live
    assert "can't run here" in messages(app)


@pytest.mark.parametrize("page", PAGES)
def test_the_noise_level_has_one_slider_on_every_page(page):
    app = run_page(page)
    assert [slider.label for slider in app.slider].count("Noise level") == 1


def test_drawing_becomes_the_picture_that_its_strokes_make():
    app = draw(run_page(), SEVEN)
    np.testing.assert_allclose(shown(app)[0] / 255, seven(), atol=1 / 255)
    assert "My drawing" in messages(app)


def test_noisy_picture_is_the_drawing_with_the_chosen_noise_and_seed():
    app = draw(run_page(), SEVEN)
    app.slider(key="state.level").set_value(0.3).run()
    app.number_input(key="state.seed.0").set_value(5).run()
    expected = corruptions.corrupt(seven()[None], "gaussian", 0.3, np.random.default_rng(5))[0]
    np.testing.assert_allclose(shown(app)[1] / 255, expected, atol=1 / 255)


def test_denoised_picture_is_what_the_loaded_model_makes_of_the_noisy_one():
    app = draw(run_page(), SEVEN)
    state: State = app.session_state["state"]
    noisy = corruptions.corrupt(
        state.drawing.digit[None], "gaussian", state.level, np.random.default_rng(state.seed)
    )
    expected = checkpoints.load(state.model).vae.denoise(noisy)[0]
    np.testing.assert_allclose(shown(app)[2] / 255, expected, atol=1 / 255)


@pytest.mark.parametrize("points", [((100, 100), (105, 103)), ((140, 140), (140, 140))])
def test_a_speck_is_no_digit_and_the_example_stands_in(points):
    app = draw(run_page(), points)
    assert not app.exception
    assert drawing.SPECK in messages(app)
    np.testing.assert_array_equal(shown(app)[0], np.round(load_mnist("test").images[0] * 255))


def test_clear_and_undo_change_what_the_canvas_starts_from():
    app = draw(run_page(), SEVEN, ((60, 60), (60, 200)))
    state: State = app.session_state["state"]
    changes, (first, _) = state.drawing.changes, state.drawing.strokes
    app.button(key="undo-stroke").click().run()
    assert [stroke.tolist() for stroke in state.drawing.strokes] == [first.tolist()]
    next(button for button in app.button if button.label == "Clear").click().run()
    assert state.drawing.strokes == () and state.drawing.digit is None
    assert state.drawing.changes == changes + 2


def test_what_the_canvas_said_before_a_change_is_not_taken_for_news():
    app = draw(run_page(), SEVEN)
    next(button for button in app.button if button.label == "Clear").click().run()
    app.run()  # The canvas still says what it said last.
    assert app.session_state["state"].drawing.strokes == ()


def test_start_over_brings_back_a_first_visits_settings():
    app = draw(run_page(), SEVEN)
    app.slider(key="state.level").set_value(0.9).run()
    app.selectbox(key="state.corruption.0").set_value("blur").run()
    next(button for button in app.button if button.label == "Start over").click().run()
    state: State = app.session_state["state"]
    assert state.to_link() == {} and state.digit.is_example


def test_random_digit_of_a_class_is_of_that_class():
    app = run_page()
    app.segmented_control(key="state.source").set_value("test").run()
    labels = load_mnist("test").labels
    for label in (0, 7):
        app.pills(key="random-class").set_value(label).run()
        assert not app.exception
        assert labels[app.session_state["state"].test_index] == label


def test_widgets_of_two_pages_that_show_one_field_are_told_apart():
    def two_pages():
        import streamlit as st

        from ui.state import bind, enter

        keys = []
        for page in ("first", "second"):
            enter(page)
            keys += [bind("level")["key"], bind("level", everywhere=True)["key"]]
        st.session_state["keys"] = keys

    app = AppTest.from_function(two_pages).run()
    assert not app.exception
    first, frame, second, frame_again = app.session_state["keys"]
    assert first != second and frame == frame_again


def test_settings_and_drawing_survive_a_visit_to_another_page():
    app = draw(run_page(), SEVEN)
    app.slider(key="state.level").set_value(0.8).run()
    before = shown(app)
    state: State = app.session_state["state"]
    app.switch_page("pages/noise_levels.py").run()
    state.given.clear()  # As after a while.
    app.switch_page("pages/denoise.py").run()
    assert not app.exception
    assert app.slider(key="state.level").value == 0.8
    for old, new in zip(before, shown(app), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("kind", sorted(corruptions.CORRUPTIONS))
def test_every_corruption_can_be_picked(kind):
    app = run_page()
    app.selectbox(key="state.corruption.0").set_value(kind).run()
    assert not app.exception
    digit = load_mnist("test").images[:1]
    expected = corruptions.corrupt(digit, kind, 0.5, np.random.default_rng(0))[0]
    np.testing.assert_allclose(shown(app)[1] / 255, expected, atol=1 / 255)


def test_model_that_cannot_be_used_is_a_message_and_not_a_traceback(monkeypatch):
    def broken(model, changed):
        raise CheckpointError("Expected weights. Received nothing. Train or copy the model again.")

    monkeypatch.setattr("ui.cache._load", broken)
    app = run_page()
    assert not app.exception
    assert "Train or copy the model again" in app.error[0].value


def test_no_model_at_all_is_a_message_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr("ui.cache.available_models", lambda owner: [])
    app = run_page()
    assert not app.exception
    assert "python -m vae train notebook" in app.error[0].value
