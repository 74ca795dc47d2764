"""The page with the map of the test digits, and where new digits stand on it."""

import base64

import numpy as np
import pytest

from tests.pages import messages, run_page
from ui.components.digit_map import digit_sheet
from ui.digit_map.table import NEIGHBOURS, neighbours_place

RNG = np.random.default_rng(0)
CODES, PLACES = RNG.normal(size=(50, 8)).astype(np.float32), RNG.normal(size=(50, 2)).astype(np.float32)


def test_a_known_code_stands_on_its_own_place():
    np.testing.assert_allclose(neighbours_place(CODES[7:9], CODES, PLACES), PLACES[7:9], atol=1e-5)


def test_a_new_code_stands_among_the_places_of_its_nearest():
    new = RNG.normal(size=(1, 8)).astype(np.float32)
    nearest = np.linalg.norm(CODES - new, axis=1).argsort()[:NEIGHBOURS]
    place = neighbours_place(new, CODES, PLACES)[0]
    assert (PLACES[nearest].min(axis=0) <= place).all() and (place <= PLACES[nearest].max(axis=0)).all()


def test_the_sheet_holds_every_digit_in_order_within_16_shades():
    import io

    from PIL import Image

    images = RNG.random((150, 28, 28), np.float32)
    sheet = np.array(Image.open(io.BytesIO(digit_sheet(images))))
    assert sheet.shape == (2 * 28, 100 * 28)
    np.testing.assert_allclose(sheet[28:, 28:56] / 255, images[101], atol=1 / 30 + 1 / 255)


def map_data(app) -> dict:
    import json

    found = [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]
    return next(data for data in found if "points" in data)


def test_the_map_holds_all_test_digits_and_both_of_mine():
    app = run_page("digit_map")
    assert not app.exception
    data = map_data(app)
    assert len(base64.b64decode(data["points"])) == 10_000 * 2 * 2
    assert len(base64.b64decode(data["labels"])) == 10_000
    assert [mark["name"] for mark in data["marks"]] == ["My digit", "Noisy"]
    assert all(0 <= mark[axis] <= 1 for mark in data["marks"] for axis in "xy")


@pytest.mark.parametrize("layout", ["components", "plane"])
def test_every_layout_runs(layout):
    app = run_page("digit_map")
    app.session_state["state"].digit_map.layout = layout
    assert not app.run().exception


def test_without_a_file_of_these_weights_the_page_says_so_and_uses_principal_components(monkeypatch):
    monkeypatch.setattr("ui.cache.test_table", lambda model, name: None)
    app = run_page("digit_map")
    assert not app.exception
    assert "there is no t-SNE map yet" in messages(app)
    assert app.session_state["state"].digit_map.layout == "components"
