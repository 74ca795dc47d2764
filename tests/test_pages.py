"""The landing page without a browser: what it shows for a drawing, a test digit, and models that can't be used."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from tests.pages import ROOT, draw, messages, pictures, run_page
from ui import session as session_module
from ui.session import Session
from vae import checkpoints, corruptions
from vae.checkpoints import CheckpointError
from vae.data import load_mnist
from vae.preprocess import drawing_to_digit


def seven() -> np.ndarray:
    """A 7 as strokes on the canvas, uint8 (314, 280)."""
    canvas = Image.new("L", (280, 314))
    ImageDraw.Draw(canvas).line([(80, 110), (200, 110), (130, 260)], fill=255, width=22, joint="curve")
    return np.asarray(canvas)


def shown(app) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The original, noisy and denoised picture on the landing page."""
    found = pictures(app)

    def by(start: str) -> np.ndarray:
        return next(image for alt, image in found.items() if alt.startswith(start))

    return next(i for alt, i in found.items() if "at 28 by 28" in alt), by("Noisy, level"), by("Denoised")


def test_page_opens_with_an_example_and_no_error():
    app = run_page()
    assert not app.exception and not app.error
    assert "stands in" in messages(app)
    original, noisy, denoised = shown(app)
    assert original.shape == noisy.shape == denoised.shape == (28, 28)


@pytest.mark.parametrize("page", ["denoise", "noise_levels", "latent_space"])
def test_pages_with_live_views_open_with_their_plain_controls_within_reach(page):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if page != "denoise":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception and not app.error
    way_out = next(button for button in app.button if button.label.endswith("Take plain controls"))
    way_out.click().run()
    assert not app.exception and not app.error
    assert not app.session_state["session"].live
    assert "can't run here" in messages(app)


def test_drawing_becomes_the_picture_that_preprocessing_makes_of_it():
    app = draw(run_page(), seven())
    expected = drawing_to_digit(seven())
    np.testing.assert_allclose(shown(app)[0] / 255, expected, atol=1 / 255)
    assert "stands in" not in messages(app)


def test_noisy_picture_is_the_drawing_with_the_chosen_noise_and_seed():
    app = draw(run_page(), seven())
    app.slider(key="session.level").set_value(0.3).run()
    app.number_input(key="session.seed").set_value(5).run()
    digit = drawing_to_digit(seven())[None]
    expected = corruptions.corrupt(digit, "gaussian", 0.3, np.random.default_rng(5))[0]
    np.testing.assert_allclose(shown(app)[1] / 255, expected, atol=1 / 255)


def test_denoised_picture_is_what_the_loaded_model_makes_of_the_noisy_one():
    app = draw(run_page(), seven())
    state: Session = app.session_state["session"]
    noisy = corruptions.corrupt(
        state.drawing.digit[None], "gaussian", state.level, np.random.default_rng(state.seed)
    )
    expected = checkpoints.load(state.model).vae.denoise(noisy)[0]
    np.testing.assert_allclose(shown(app)[2] / 255, expected, atol=1 / 255)


def test_blank_canvas_is_met_with_a_sentence_and_an_example():
    app = draw(run_page(), np.zeros((314, 280), np.uint8))
    assert not app.exception
    assert app.info and "stands in" in messages(app)


def test_canvas_painted_all_over_is_met_with_a_sentence_about_filled_areas():
    app = draw(run_page(), np.full((314, 280), 255, np.uint8))
    assert not app.exception
    assert "filled area" in app.info[0].value


def test_clearing_the_canvas_brings_a_new_one():
    app = draw(run_page(), seven())
    next(button for button in app.button if button.label == "Clear").click().run()
    assert app.session_state["session"].drawing.digit is None
    assert app.session_state["session"].drawing.version == 1


def test_random_digit_of_a_class_is_of_that_class():
    app = run_page()
    app.segmented_control(key="session.source").set_value("test").run()
    labels = load_mnist("test").labels
    for label in (0, 7):
        app.button(key=f"random-{label}").click().run()
        assert labels[app.session_state["session"].test_index] == label


def test_widgets_of_two_pages_that_show_one_field_are_told_apart():
    def two_pages():
        import streamlit as st

        from ui.session import bind, enter

        keys = []
        for page in ("first", "second"):
            enter(page)
            keys.append(bind("level")["key"])
        st.session_state["keys"] = keys

    app = AppTest.from_function(two_pages).run()
    assert not app.exception
    assert len(set(app.session_state["keys"])) == 2


def test_settings_and_drawing_survive_a_visit_to_another_page():
    app = draw(run_page(), seven())
    app.slider(key="session.level").set_value(0.8).run()
    before = shown(app)
    app.switch_page("pages/noise_levels.py").run()
    app.switch_page("pages/denoise.py").run()
    assert not app.exception
    assert app.slider(key="session.level").value == 0.8
    for old, new in zip(before, shown(app), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("kind", sorted(corruptions.CORRUPTIONS))
def test_every_corruption_can_be_picked(kind):
    app = run_page()
    app.selectbox(key="session.corruption").set_value(kind).run()
    assert not app.exception
    digit = load_mnist("test").images[:1]
    expected = corruptions.corrupt(digit, kind, 0.5, np.random.default_rng(0))[0]
    np.testing.assert_allclose(shown(app)[1] / 255, expected, atol=1 / 255)


def test_model_that_cannot_be_used_is_a_message_and_not_a_traceback(monkeypatch):
    def broken(model, changed):
        raise CheckpointError("Expected weights. Received nothing. Train or copy the model again.")

    monkeypatch.setattr("ui.models._load", broken)
    app = run_page()
    assert not app.exception
    assert "Train or copy the model again" in app.error[0].value


def test_no_model_at_all_is_a_message_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr("ui.models.available_models", lambda: [])
    app = run_page()
    assert not app.exception
    assert "python -m vae train notebook" in app.error[0].value


def test_session_offers_the_test_digit_until_there_is_a_digit_of_the_users_own():
    state = session_module.Session()
    assert state.digit.is_example
    state.pick_test_digit(3)
    assert state.digit.title.startswith("Test digit 3") and not state.digit.is_example
