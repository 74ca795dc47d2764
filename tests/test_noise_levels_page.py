"""The page of noise levels without a browser: the strip, the curves and the words follow what is picked."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui import models, strip, sweeps, trained
from ui.pictures import to_uint8
from vae import noise_sweep
from vae.checkpoints import CheckpointError, load
from vae.corruptions import CORRUPTIONS
from vae.data import load_mnist
from vae.posterior import posterior_spread


def strip_of(app) -> np.ndarray:
    """The strip as shown: uint8 (2, levels, 28, 28), noisy and denoised."""
    sheet = next(image for alt, image in pictures(app).items() if "noisy above, denoised below" in alt)
    cells = np.pad(sheet, ((0, 1), (0, 1))).reshape(2, 29, -1, 29).transpose(0, 2, 1, 3)
    return cells[:, :, :28, :28]


def expected_strip(index: int = 0, kind: str = "gaussian", seed: int = 0, low=0.0, high=1.0, count: int = 11):
    image = load_mnist("test").images[index]
    noisy = noise_sweep.sweep(image, kind, np.linspace(low, high, count), np.random.default_rng(seed))[:, 0]
    return to_uint8(np.stack([noisy, load("calibrated").vae.denoise(noisy)]))


def assert_same(shown: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(shown.astype(int), expected.astype(int), atol=1)


def test_page_shows_the_example_digit_across_levels():
    app = run_page("noise_levels")
    assert not app.exception and not app.error and not app.warning
    assert_same(strip_of(app), expected_strip())


def test_strip_follows_digit_seed_and_corruption():
    app = run_page("noise_levels")
    app.segmented_control(key="session.source").set_value("test").run()
    app.number_input(key="session.test_index").set_value(12).run()
    app.number_input(key="session.seed").set_value(77).run()
    app.selectbox(key="session.corruption").set_value("salt_and_pepper").run()
    assert_same(strip_of(app), expected_strip(12, "salt_and_pepper", 77))


def test_number_and_range_of_levels_survive_a_visit_to_another_page():
    app = run_page("noise_levels")
    app.slider(key="session.strip_levels").set_value(5).run()
    app.slider(key="session.strip_range").set_value((0.2, 0.6)).run()
    assert_same(strip_of(app), expected_strip(low=0.2, high=0.6, count=5))
    app.switch_page("pages/denoise.py").run()
    app.switch_page("pages/noise_levels.py").run()
    assert_same(strip_of(app), expected_strip(low=0.2, high=0.6, count=5))


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_corruption_is_shown_and_said_to_be_new_unless_trained_on(kind):
    app = run_page("noise_levels")
    app.selectbox(key="session.corruption").set_value(kind).run()
    assert not app.exception and not app.error
    assert_same(strip_of(app), expected_strip(kind=kind))
    new = f"{CORRUPTIONS[kind].label} is new to it" in messages(app)
    assert new == (kind != load("calibrated").config.noise.kind)


def test_trained_levels_are_those_of_the_configuration():
    model = load("notebook")
    noise = model.config.noise
    assert trained.trained_range(model, "gaussian") == (noise.sigma_min, noise.sigma_max)
    assert trained.trained_range(model, "blur") is None


def test_the_model_without_a_kl_term_is_said_to_know_nothing_of_its_doubt():
    app = run_page("noise_levels")
    assert "without the KL term" not in messages(app)
    app.session_state["session"].model = "notebook"
    app.run()
    assert "without the KL term" in messages(app)


def test_the_spread_shown_is_that_of_the_noisy_digits_posterior():
    app = run_page("noise_levels")
    app.slider(key="session.level").set_value(0.8).run()
    noisy = noise_sweep.sweep(
        load_mnist("test").images[0], "gaussian", np.array([0.8]), np.random.default_rng(0)
    )[0]
    spread = posterior_spread(load("calibrated").vae.encode(noisy).z_log_var)[0]
    assert app.metric[0].value == f"{spread:.1f} nats"


def test_a_shipped_model_that_is_damaged_is_named_and_left_out(monkeypatch):
    def load_but_one(model):
        if model == "notebook":
            raise CheckpointError("The notebook's weights are damaged.")
        return load(model)

    monkeypatch.setattr(models, "load_model", load_but_one)
    app = run_page("noise_levels")
    assert not app.exception
    assert "damaged" in app.warning[0].value
    assert any(alt.startswith("calibrated:") for alt in pictures(app))
    assert not any(alt.startswith("notebook:") for alt in pictures(app))


def test_csv_holds_every_figure_of_the_curves():
    image = load_mnist("test").images[3]
    curves = sweeps.quality_curves(image, "gaussian", 4, (0.5, 0.5), (load("notebook"),))
    table = list(csv.DictReader(io.StringIO(sweeps.curves_csv(curves))))
    assert len(table) == len(curves) * len(sweeps.LEVELS) * sweeps.DRAWS
    row = next(r for r in table if (r["method"], r["level"], r["draw"]) == ("notebook", "0.50", "2"))
    place = np.flatnonzero(np.isclose(sweeps.LEVELS, 0.5))[0], 2
    assert float(row["psnr_db"]) == pytest.approx(curves["notebook"].psnr[place], abs=1e-4)
    assert float(row["ssim"]) == pytest.approx(curves["notebook"].ssim[place], abs=1e-5)
    assert (
        float(next(r for r in table if (r["method"], r["level"]) == ("noisy", "0.00"))["psnr_db"]) == np.inf
    )


def test_png_of_the_strip_holds_the_pictures_enlarged():
    levels = np.linspace(0, 1, 3)
    image = load_mnist("test").images[0]
    noisy = noise_sweep.sweep(image, "gaussian", levels, np.random.default_rng(0))[:, 0]
    picture = np.asarray(
        strip.Image.open(io.BytesIO(strip.strip_png(strip.Strip(levels, noisy, noisy), scale=4)))
    )
    assert picture.shape == (57 * 4 + 32, 86 * 4)
    np.testing.assert_array_equal(picture[2 : 28 * 4 : 4, 2 : 28 * 4 : 4], to_uint8(noisy[0]))
    assert (picture[57 * 4 :] < 128).any()
