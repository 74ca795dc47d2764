"""The page of noise levels without a browser: the strip, the curves and the words follow what is picked."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import ROOT, messages, run_page
from ui import cache
from ui.bench.model import trained_range
from ui.noise_levels import curves, path
from ui.noise_levels.posterior import SAMPLES
from vae import corruptions
from vae.checkpoints import load
from vae.corruptions import CORRUPTIONS
from vae.data import load_mnist
from vae.errors import CheckpointError

PAGE = "pages/noise_levels.py"


def live_data(app, key: str) -> dict:
    """What Python tells a live view that has no stand-in."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]
    return next(data for data in found if key in data)


def open_live() -> AppTest:
    """The page with its live views."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run().switch_page(PAGE).run()


def test_page_opens_with_its_live_views_and_no_error():
    app = open_live()
    assert not app.exception and not app.error and not app.warning
    assert live_data(app, "counts")["range"] == [0, 1]
    assert live_data(app, "samples")["samples"] == SAMPLES
    assert live_data(app, "methods")["methods"] == ["noisy", "median filter", "calibrated", "notebook"]
    assert live_data(app, "origin")["count"] == path.KNOWN


def test_where_no_script_runs_the_page_says_so_and_shows_the_rest():
    app = run_page("noise_levels")
    assert not app.exception and not app.error
    assert messages(app).count("its script could not start") == 5
    assert [heading.value for heading in app.header][-1] == "The path in latent space"


@pytest.mark.parametrize(("kind", "draws"), [("dropout", cache.DRAWS), ("blur", 1)])
def test_the_browser_gets_the_noise_that_the_other_pictures_show_and_more_draws_of_it(kind, draws):
    app = open_live()
    app.session_state["state"].corruption, app.session_state["state"].seed = kind, 8
    app.run()
    assert live_data(app, "methods")["fields"] == live_data(app, "origin")["fields"]
    fields = np.frombuffer(cache.noise_draws(kind, 8), "<f4").reshape(-1, 28, 28)
    assert len(fields) == draws
    np.testing.assert_array_equal(fields[0], cache.noise_field(kind, 8)[0])
    np.testing.assert_array_equal(fields, corruptions.draw_field(kind, draws, np.random.default_rng(8)))


def test_levels_that_the_current_model_was_trained_on_are_shaded_for_its_noise_alone():
    app = open_live()
    noise = load("calibrated").config.noise
    assert live_data(app, "methods")["trained"] == [noise.sigma_min, noise.sigma_max]
    assert "calibrated" in live_data(app, "methods")["words"]["trained"]
    app.session_state["state"].model = "notebook"
    assert "shaded level is the one that notebook" in live_data(app.run(), "methods")["words"]["trained"]
    app.session_state["state"].corruption = "blur"
    assert live_data(app.run(), "methods")["trained"] is None


def test_known_codes_are_those_of_their_digits_with_their_labels():
    model, digits = load("calibrated"), load_mnist("test")
    packed, some = path.packed_codes(model), path.known_pictures(cache.test_set(model))
    codes = np.frombuffer(packed[: -2 * path.KNOWN], "<f4").reshape(path.KNOWN, -1)
    assert len(set(some)) == path.KNOWN
    np.testing.assert_array_equal(np.frombuffer(packed[-2 * path.KNOWN :], "<u2"), digits.labels[some])
    np.testing.assert_allclose(codes[:20], model.vae.encode(digits.images[some[:20]]).z_mean, atol=1e-5)


def test_strip_keeps_what_the_visitor_chose():
    app = open_live()
    app.session_state["state"].noise_levels.count = 5
    app.session_state["state"].noise_levels.span = (0.2, 0.6)
    data = live_data(app.run(), "counts")
    assert data["count"] == 5 and data["range"] == [0.2, 0.6]


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_corruption_is_said_to_be_new_unless_trained_on(kind):
    app = run_page("noise_levels")
    app.selectbox(key="state.corruption.0").set_value(kind).run()
    assert not app.exception and not app.error
    new = f"{CORRUPTIONS[kind].label} is new to it" in messages(app)
    assert new == (kind != load("calibrated").config.noise.kind)


def test_trained_levels_are_those_of_the_configuration():
    model = load("notebook")
    noise = model.config.noise
    assert trained_range(model, "gaussian") == (noise.sigma_min, noise.sigma_max)
    assert trained_range(model, "blur") is None


def test_the_model_without_a_kl_term_is_said_to_know_nothing_of_its_doubt():
    app = open_live()
    assert "without the KL term" not in live_data(app, "samples")["words"]["spread"]
    app.session_state["state"].model = "notebook"
    assert "without the KL term" in live_data(app.run(), "samples")["words"]["spread"]


def test_a_shipped_model_that_is_damaged_is_named_and_left_out(monkeypatch):
    def load_but_one(model):
        if model == "notebook":
            raise CheckpointError("The notebook's weights are damaged.")
        return load(model)

    monkeypatch.setattr(cache, "load_model", load_but_one)
    app = open_live()
    assert not app.exception
    assert "damaged" in app.warning[0].value
    assert live_data(app, "names")["names"] == ["calibrated"]


def test_csv_holds_every_figure_of_the_curves():
    image = load_mnist("test").images[3]
    found = curves.quality_curves(image, "gaussian", 4, (0.5, 0.5), (load("notebook"),))
    table = list(csv.DictReader(io.StringIO(curves.curves_csv(found))))
    assert len(table) == len(found) * len(curves.LEVELS) * cache.DRAWS
    row = next(r for r in table if (r["method"], r["level"], r["draw"]) == ("notebook", "0.50", "2"))
    place = np.flatnonzero(np.isclose(curves.LEVELS, 0.5))[0], 2
    assert float(row["psnr_db"]) == pytest.approx(found["notebook"].psnr[place], abs=1e-4)
    assert float(row["ssim"]) == pytest.approx(found["notebook"].ssim[place], abs=1e-5)
    assert (
        float(next(r for r in table if (r["method"], r["level"]) == ("noisy", "0.00"))["psnr_db"]) == np.inf
    )
