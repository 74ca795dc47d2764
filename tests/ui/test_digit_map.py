"""The page with the map of the test digits, and where new digits stand on it."""

import json

import numpy as np
import pytest

from tests.pages import messages, run_page
from ui.components.digit_map import digit_sheet, lay_out
from ui.digit_map.table import NEIGHBOURS, neighbours_place
from vae.data import load_mnist

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


def live_data(app, name: str) -> dict:
    """What Python tells a component that is told something by this name."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]
    return next(data for data in found if name in data)


@pytest.fixture
def files(monkeypatch):
    """What the browser can fetch for the map, by its address."""
    served = {}

    def serve(data, name):
        served[f"/{name}"] = data
        return f"/{name}"

    monkeypatch.setattr("ui.components.digit_map.media_url", serve)
    return served


def places(data, files) -> np.ndarray:
    """Where the dots lie on the map, (10000, 2) in [0, 1]."""
    return np.frombuffer(files[data["points"]], "<u2").reshape(-1, 2) / 65535


def test_the_map_holds_all_test_digits_and_both_of_mine(files):
    app = run_page("digit_map")
    assert not app.exception
    data = live_data(app, "points")
    assert places(data, files).shape == (10_000, 2)
    np.testing.assert_array_equal(np.frombuffer(files[data["labels"]], "<u2"), load_mnist("test").labels)
    assert files[data["sheet"]].startswith(b"\x89PNG")
    assert [mark["name"] for mark in data["marks"]] == ["My digit", "Noisy"]


@pytest.mark.parametrize("layout", ["tsne", "components"])
def test_a_test_digit_stands_on_its_own_dot(files, layout):
    app = run_page("digit_map")
    app.session_state["state"].digit_map.layout = layout
    app.session_state["state"].pick_test_digit(321)
    data = live_data(app.run(), "points")
    mark = data["marks"][0]
    np.testing.assert_allclose((mark["x"], mark["y"]), places(data, files)[321], atol=2 / 65535)


def test_the_map_reaches_from_0_to_1_along_its_longer_side_and_keeps_its_shape():
    dots = lay_out(np.array([[-4.0, 1], [6, 3], [1, 2]]), np.array([1, 2, 3]))
    shares = np.frombuffer(dots.places, "<u2").reshape(-1, 2) / 65535
    np.testing.assert_allclose(shares, [[0, 0.4], [1, 0.6], [0.5, 0.5]], atol=1e-4)
    np.testing.assert_allclose((np.array([6, 3]) - dots.origin) / dots.span, shares[1], atol=1e-4)


def test_only_the_marks_change_with_the_digit(files):
    app = run_page("digit_map")
    before = live_data(app, "points")
    app.session_state["state"].pick_test_digit(5)
    after = live_data(app.run(), "points")
    assert before["marks"] != after["marks"]
    assert {**before, "marks": 0} == {**after, "marks": 0}


@pytest.mark.parametrize("layout", ["components", "plane"])
def test_every_layout_runs(layout):
    app = run_page("digit_map")
    app.session_state["state"].digit_map.layout = layout
    assert not app.run().exception


def test_without_a_file_of_these_weights_the_page_says_so_and_uses_principal_components(monkeypatch):
    monkeypatch.setattr("ui.cache.test_table", lambda model, name: None)
    app = run_page("digit_map")
    assert not app.exception
    assert "There is no t-SNE map" in messages(app)
    assert app.session_state["state"].digit_map.layout == "components"
