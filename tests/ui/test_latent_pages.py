"""The explorer's and the traversals' pages without a browser."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui.latent_space.directions import directions
from ui.show.pictures import diverging, tile, to_uint8
from ui.state import Traversals
from vae import checkpoints
from vae.data import load_mnist
from vae.latent import dimension_directions
from vae.metrics import ACTIVE_VARIANCE

MODEL = "notebook"  # The smallest, so that the tests are fast.


@pytest.fixture(scope="module")
def model():
    return checkpoints.load(MODEL)


def open_page(name):
    app = run_page(name)
    app.session_state["state"].model = MODEL
    return app.run()


@pytest.fixture
def explorer_page():
    return open_page("latent_space")


@pytest.fixture
def traversals_page():
    return open_page("traversals")


def picture(app, start):
    return next(image for alt, image in pictures(app).items() if alt.startswith(start))


def labels(app):
    return [slider.label for slider in app.slider if slider.label.startswith("PC ")]


def test_explorer_begins_with_my_digit_decoded_and_no_difference(explorer_page, model):
    app = explorer_page
    assert not app.exception and not app.error
    decoded = model.vae.denoise(load_mnist("test").images[:1])[0]
    np.testing.assert_allclose(picture(app, "Where the sliders stand"), to_uint8(decoded), atol=1)
    assert not picture(app, "Difference").any()


def test_every_slider_is_labelled_with_its_share_of_the_variance(explorer_page, model):
    share = model.components.explained_variance_ratio[0]
    first, *_ = (label for label in labels(explorer_page) if label.startswith("PC "))
    assert first.startswith(f"PC 1 · {share:.1%}")


def test_there_are_as_many_sliders_as_wanted_up_to_all(explorer_page, model):
    app = explorer_page
    most = model.config.network.latent_dim
    app.slider(key=f"latent_space.explorer.shown.{most}").set_value(most).run()
    assert not app.exception and len(labels(app)) == most
    assert "hold 100% of the variance" in messages(app)


def test_a_moved_slider_moves_the_code_along_its_component(explorer_page, model):
    app = explorer_page
    origin = app.slider(key="explorer.2").value
    app.slider(key="explorer.2").set_value(2.5).run()
    code = model.vae.encode(load_mnist("test").images[:1]).z_mean[0]
    moved = model.components.move(code, np.array([0, 0, 2.5 - origin]))
    expected = model.vae.decode(np.stack([moved, code]))
    np.testing.assert_allclose(picture(app, "Where the sliders stand"), to_uint8(expected[0]), atol=1)
    np.testing.assert_allclose(
        picture(app, "Difference").astype(int), diverging(expected[0] - expected[1]), atol=1
    )


def test_strip_shows_the_start_along_the_sliders_range(explorer_page, model):
    origin = explorer_page.slider(key="explorer.0").value
    code = model.vae.encode(load_mnist("test").images[:1]).z_mean[0]
    steps = np.linspace(-3, 3, 7)[:, None] - origin
    expected = tile(model.vae.decode(model.components.move(code, steps)), 7)
    np.testing.assert_allclose(picture(explorer_page, "PC 1 ·").astype(int), to_uint8(expected), atol=1)


def test_undo_and_both_resets_lead_back_to_the_start(explorer_page):
    app = explorer_page
    origin = app.slider(key="explorer.0").value
    for way_back in ("Undo a move", "Reset all", "explorer.0.reset"):
        app.slider(key="explorer.0").set_value(-2.0).run()
        assert picture(app, "Difference").any()
        next(button for button in app.button if way_back in (button.label, button.key)).click().run()
        assert app.slider(key="explorer.0").value == origin
        assert not picture(app, "Difference").any()


def test_moved_sliders_survive_a_visit_to_another_page(explorer_page):
    app = explorer_page
    app.slider(key="explorer.0").set_value(-2.0).run()
    app.switch_page("pages/traversals.py").run()
    app.switch_page("pages/latent_space.py").run()
    assert app.slider(key="explorer.0").value == -2
    assert picture(app, "Difference").any()


def test_start_follows_when_my_digit_changes(explorer_page, model):
    app = explorer_page
    app.slider(key="explorer.0").set_value(-2.0).run()
    app.session_state["state"].pick_test_digit(5)
    app.run()
    decoded = model.vae.denoise(load_mnist("test").images[5:6])[0]
    np.testing.assert_allclose(picture(app, "Where the sliders stand"), to_uint8(decoded), atol=1)


@pytest.mark.parametrize("start", ["noisy", "mean", "test", "prior"])
def test_every_other_start_is_decoded_too(explorer_page, model, start):
    app = explorer_page
    app.session_state["state"].explorer.start = start
    app.session_state["state"].explorer.test_index = 3
    app.run()
    assert not app.exception
    image = load_mnist("test").images[[3 if start == "test" else 0]]
    if start == "noisy":
        image = np.clip(image + 0.5 * np.random.default_rng(0).standard_normal((1, 28, 28), np.float32), 0, 1)
    code = model.vae.encode(image).z_mean
    if start == "mean":
        code = model.components.mean[None]
    if start == "prior":
        code = np.random.default_rng(0).standard_normal((1, len(code[0])), np.float32)
    expected = to_uint8(model.vae.decode(code)[0])
    np.testing.assert_allclose(picture(app, "Where the sliders stand").astype(int), expected, atol=1)


def live_data(app):
    """What Python tells the live view of the traversals."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]
    return next(data for data in found if "vectors" in data)


def test_raw_dimensions_come_in_the_order_of_their_kl(traversals_page, model):
    app = traversals_page
    app.session_state["state"].live, app.session_state["state"].traversals.basis = True, "dimensions"
    data = live_data(app.run())
    best = int(np.argmax(model.kl))
    assert data["labels"][0].startswith(f"z {best + 1} · {model.kl[best]:.2f} nats")
    first = np.frombuffer(base64.b64decode(data["vectors"]), "<f4")[: len(model.kl)]
    np.testing.assert_array_equal(first, dimension_directions(model.components)[best])


@pytest.mark.parametrize("basis", ["components", "dimensions"])
def test_live_view_gets_every_listed_direction_and_the_chosen_one(traversals_page, model, basis):
    app = traversals_page
    state = app.session_state["state"]
    state.live, state.traversals = True, Traversals(basis=basis, rows=4, row=17)
    data = live_data(app.run())
    expected = directions(model, basis)[:18]
    vectors = np.frombuffer(base64.b64decode(data["vectors"]), "<f4").reshape(18, -1)
    np.testing.assert_array_equal(vectors, [direction.vector for direction in expected])
    assert data["labels"] == [direction.label for direction in expected]
    assert (data["shown"], data["row"]) == (4, 17)


def test_a_live_view_is_not_told_of_the_digit_which_it_has_from_the_bench(traversals_page):
    app = traversals_page
    app.session_state["state"].live = True
    before = live_data(app.run())
    app.session_state["state"].pick_test_digit(5)
    assert live_data(app.run()) == before


def test_dead_directions_are_those_along_which_codes_hardly_vary(model):
    variances = {"components": model.components.variances, "dimensions": model.components.dimension_variances}
    for basis, variance in variances.items():
        dead = [direction.dead for direction in directions(model, basis)]
        assert sum(dead) == (variance <= ACTIVE_VARIANCE).sum()


def test_a_chosen_row_is_opened_on_top_of_the_explorer(traversals_page):
    app = traversals_page
    app.session_state["state"].traversals = Traversals(around="mean", row=4)
    app.run()
    next(button for button in app.button if button.label == "Open in the explorer").click().run()
    assert app.session_state["state"].explorer.start == "mean"
    app.switch_page("pages/latent_space.py").run()
    assert labels(app)[0].startswith("PC 5 ·")


def test_difference_colours_tell_gain_from_loss():
    colours = diverging(np.array([[-1.0, 0.0, 1.0, 0.5]])).astype(int)[0]
    assert colours[0, 2] == 255 and colours[0, 2] > colours[0, 0]
    assert not colours[1].any()
    assert colours[2, 0] == 255 and colours[2, 0] > colours[2, 2]
    np.testing.assert_allclose(colours[3] * 2, colours[2], atol=2)
