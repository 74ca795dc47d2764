"""Pictures that are saved, and the Python that makes them."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.pages import ROOT, SEVEN, draw, run_page
from ui.export.save import caption_of
from ui.export.sheet import SLIDE_WIDTH, Sheet
from ui.export.sheets import _SHEETS, sheets_of
from ui.state import State
from vae import corruptions
from vae.checkpoints import load
from vae.data import load_mnist

# By page: what it is asked to show, so that each kind of sheet is made, and how many there are.
STATES = [
    ("denoise", {"test": "3", "level": "0.7", "noise": "speckle"}, 2),
    ("how_it_works", {"test": "3", "seed": "9"}, 2),
    ("noise_levels", {"test": "4", "noise": "masking", "hole": "0.2,0.8", "columns": "5"}, 3),
    ("noise_levels", {"model": "notebook", "levels": "0.2,0.6"}, 3),
    ("latent_space", {"test": "3", "moved": "0:1.5,3:-0.5", "raised": "slant:1"}, 1),
    ("traversals", {"along": "dimensions", "rows": "4", "test": "8"}, 1),
    ("traversals", {"around": "mean", "model": "notebook"}, 1),
    ("digit_map", {"map": "plane", "through": "digit", "test": "8"}, 1),
    ("kl_dial", {"kl-draws": "5"}, 2),
    ("generate", {"source": "mixture", "of": "4", "draws": "7"}, 1),
    ("generate", {"make": "morph", "start": "test", "start-test": "3", "path": "spherical"}, 1),
    ("anomaly", {"which": "6"}, 1),
]


def opened(page: str, link: dict[str, str]):
    """A page in a state, with Streamlit's own widgets."""
    app = run_page(page)
    state: State = app.session_state["state"]
    assert state.from_link(link) == []
    state.address = dict(app.query_params)
    return app.run()


def made_by(sheet: Sheet) -> np.ndarray:
    """What the sheet's own lines make."""
    found: dict = {}
    exec(
        "\n".join(line for line in sheet.script().splitlines() if not line.startswith(("figure", "rows"))),
        found,
    )
    return found["pictures"]


@pytest.mark.parametrize("page, link, count", STATES)
def test_the_python_of_a_picture_makes_the_same_picture(page, link, count):
    state: State = opened(page, link).session_state["state"]
    sheets = sheets_of(page, state, load(state.model))
    assert len(sheets) == count
    for sheet in sheets:
        assert sheet.pictures.ndim == 4 and sheet.pictures.shape[2:] == (28, 28)
        assert sheet.pictures.std() > 0.05
        np.testing.assert_allclose(made_by(sheet), sheet.pictures, atol=1e-6)


def test_the_python_of_a_drawing_and_of_an_upload_makes_them_again():
    app = draw(run_page(), SEVEN)
    state: State = app.session_state["state"]
    (sheet, _) = sheets_of("denoise", state, load(state.model))
    np.testing.assert_array_equal(sheet.pictures[0, 0], state.drawing.digit)
    np.testing.assert_allclose(made_by(sheet), sheet.pictures, atol=1e-6)
    state.source = "upload"
    state.take_picture(load_mnist("test").images[17], "mine.png")
    (sheet, _) = sheets_of("denoise", state, load(state.model))
    np.testing.assert_array_equal(made_by(sheet)[0, 0], state.upload)


def test_the_pictures_are_those_that_the_page_speaks_of():
    state: State = opened("denoise", {"test": "3", "level": "0.7"}).session_state["state"]
    clean = load_mnist("test").images[3:4]
    noisy = corruptions.corrupt(clean, "gaussian", 0.7, np.random.default_rng(0))
    expected = np.concatenate([clean, noisy, load("calibrated").vae.denoise(noisy)])
    np.testing.assert_array_equal(sheets_of("denoise", state, load("calibrated"))[0].pictures[0], expected)


def test_files_are_what_their_names_say_and_a_png_is_as_wide_as_a_slide():
    (sheet, _) = sheets_of("denoise", State(), load("calibrated"))
    caption = caption_of(sheet, "http://localhost:8501/?level=0.3")
    picture = Image.open(io.BytesIO(sheet.figure("png", caption)))
    assert abs(picture.width - SLIDE_WIDTH) <= 2
    assert sheet.figure("svg", caption).lstrip().startswith(b"<?xml")
    assert sheet.figure("pdf", caption).startswith(b"%PDF")
    rows = list(csv.reader(io.StringIO(sheet.numbers())))
    assert rows[0][:3] == ["row", "column", "0,0"] and [row[1] for row in rows[1:]] == list(sheet.columns)
    np.testing.assert_allclose(np.array(rows[1][2:], float).reshape(28, 28), sheet.pictures[0, 0], atol=1e-4)


def test_a_caption_names_what_decided_the_pictures_and_the_link_unless_that_is_too_long():
    state: State = opened("denoise", {"seed": "7"}).session_state["state"]
    one, gallery = sheets_of("denoise", state, load("calibrated"))
    link = "http://localhost:8501/?seed=7"
    assert caption_of(one, link) == (
        f"calibrated · Gaussian noise, level 0.50, seed 7 · Test digit 0, a 7 (an example) · {link}"
    )
    assert caption_of(gallery, "x" * 500) == "calibrated · Gaussian noise, level 0.50, seed 7"
    state: State = opened("generate", {"source": "mixture", "draws": "7"}).session_state["state"]
    (draws,) = sheets_of("generate", state, load("calibrated"))
    assert caption_of(draws, "") == (
        "calibrated · drawn from a mixture fitted to the codes, temperature 1, seed 7"
    )


def test_names_with_dollars_and_marks_are_only_names():
    state = State(source="upload")
    state.take_picture(load_mnist("test").images[17], "a$b_$ **bold**.png")
    (sheet, _) = sheets_of("denoise", state, load("calibrated"))
    assert sheet.figure("svg", caption_of(sheet, "")).count(b"<svg") == 1


def test_nothing_is_saved_while_the_page_holds_an_answer_back():
    app = opened("noise_levels", {"guess": "yes", "test": "43"})
    app = next(button for button in app.button if button.key == "save").click().run()
    assert not app.code and any("holds an answer back" in element.value for element in app.markdown)


def test_what_makes_a_file_asks_for_nothing_of_the_visit(monkeypatch):
    import streamlit as st

    made = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, make, name, *_, **__: made.update({name: make}) and False
    )
    for page, button in (("noise_levels", "save"), ("denoise", "share")):
        app = run_page(page)
        next(one for one in app.button if one.key == button).click().run()
    assert {"noise-levels.csv", "calibrated.html", "one-digit-across-noise-levels.gif"} <= set(made)
    for name, make in made.items():  # As Streamlit does it: after the run.
        assert len(make()) > 500, name


def test_what_moves_is_a_gif_of_all_its_frames():
    state: State = opened("traversals", {"test": "8"}).session_state["state"]
    (sheet,) = sheets_of("traversals", state, load("calibrated"))
    moving = Image.open(io.BytesIO(sheet.moving()))
    assert moving.n_frames == len(sheet.frames) > 40


def test_a_script_that_is_saved_runs_by_itself_and_writes_its_figure(tmp_path):
    state: State = opened("noise_levels", {"test": "4", "columns": "5"}).session_state["state"]
    sheet = sheets_of("noise_levels", state, load("calibrated"))[0]
    script = tmp_path / "picture.py"
    script.write_text(sheet.script(), encoding="utf-8")
    subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, check=True, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    assert (tmp_path / f"{sheet.name}.png").stat().st_size > 5_000


def test_every_page_with_pictures_has_the_button_and_its_dialog_opens():
    from tests.ui.test_parts import PAGE_PARTS

    for page in PAGE_PARTS:
        app = run_page(page)
        buttons = [button for button in app.button if button.label == "Save" and button.key == "save"]
        assert bool(buttons) == (page in _SHEETS), page
        if buttons:
            app = buttons[0].click().run()
            assert not app.exception and not app.error
            has_pictures = page != "digit_map"
            assert bool(app.code) == has_pictures
