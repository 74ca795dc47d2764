"""The address to send, and its QR code."""

from __future__ import annotations

import re
from urllib.parse import unquote

import numpy as np
import pytest

from tests.pages import SEVEN, draw, messages, run_page
from ui.bench import share


def modules(svg: str) -> np.ndarray:
    """The dark modules of a QR code that `qr_code` drew, without its margin, as booleans."""
    text = unquote(svg)
    side = int(re.search(r'viewBox="0 0 (\d+) ', text).group(1))
    path = re.search(r'class="qrline" d="([^"]+)"|stroke="#000"[^>]* d="([^"]+)"', text)
    grid, x, y = np.zeros((side, side), bool), 0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", next(filter(None, path.groups()))):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = int(values[0]), values[1]
        elif command == "m":
            x, y = x + int(values[0]), y + values[1]
        else:
            grid[int(y), x : x + int(values[0])] = True
            x += int(values[0])
    return grid[4:-4, 4:-4]


def test_a_qr_code_has_its_three_eyes_and_a_size_for_its_text():
    svg, side = share.qr_code("http://localhost:8501/noise_levels?test=4")
    grid = modules(svg)
    assert grid.shape == (side, side) and (side - 21) % 4 == 0
    eye = np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True)
    for corner in (grid[:7, :7], grid[:7, -7:], grid[-7:, :7]):
        np.testing.assert_array_equal(corner, eye)
    assert share.qr_code("x" * 600)[1] > side


def test_a_text_that_is_too_long_has_no_qr_code():
    assert share.qr_code("x" * 5_000) is None


def press_share(app):
    return next(button for button in app.button if button.label == "Share").click().run()


def test_the_address_carries_the_state_in_words():
    app = run_page("noise_levels")
    state = app.session_state["state"]
    state.source, state.test_index, state.level = "test", 4, 0.3
    app.run()
    app = press_share(app)
    assert not app.exception
    link = app.code[0].value
    assert "test=4" in link and "level=0.3" in link and len(link) < 120
    assert "It shows the same page" in messages(app)


def test_a_drawings_address_still_has_a_code():
    app = press_share(draw(run_page(), SEVEN))
    assert "drawing=" in app.code[0].value
    assert any("QR code" in element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("page", ["denoise", "kl_dial", "train"])
def test_it_is_there_on_every_page(page):
    assert "Share" in [button.label for button in run_page(page).button]


def test_a_link_for_a_class_asks_first_and_leaves_parts_out_and_the_page_stays_as_it_is():
    app = run_page("noise_levels")
    # As a visitor sets them in the dialog, which AppTest closes at each rerun.
    app.session_state["share.guess"] = True
    app.session_state["share.hide.noise_levels"] = ["bench", "path"]
    app = press_share(app)
    link = app.code[0].value
    assert "guess=yes" in link and "hide=bench,path" in link
    state = app.session_state["state"]
    assert not state.classroom.guess and state.classroom.hide == ()


def test_what_is_only_this_screens_stays_out_of_the_link():
    app = run_page("noise_levels")
    state = app.session_state["state"]
    state.classroom.text, state.classroom.presents, state.level = "huge", True, 0.3
    app = press_share(app.run())
    assert "text=" not in app.code[0].value and "present=" not in app.code[0].value
    app = run_page("noise_levels")
    app.session_state["share.present"] = True
    app = press_share(app)
    assert "present=yes" in app.code[0].value
