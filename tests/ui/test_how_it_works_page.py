"""The lesson without a browser: its numbers are those of `vae` called directly, for every shipped model."""

from __future__ import annotations

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui.show.pictures import to_uint8
from vae import corruptions, metrics
from vae.checkpoints import CheckpointError, load, shipped_models
from vae.data import load_mnist

SECTIONS = ("machine", "encoder", "sampling", "decoder", "loss", "prior", "noise", "uses")


def story(name: str, index: int = 0, level: float = 0.5):
    """The model, the clean digit and its posterior, as the page has them with seed 0."""
    model = load(name)
    clean = load_mnist("test").images[index : index + 1]
    noisy = corruptions.corrupt(clean, "gaussian", level, np.random.default_rng(0))
    return model, clean, model.vae.encode(noisy)


def open_lesson(name: str):
    """The lesson with a model picked."""
    app = run_page("how_it_works")
    app.session_state["state"].model = name
    return app.run()


def normals(draws: int, presses: int = 0) -> np.ndarray:
    return np.random.default_rng([0, presses]).standard_normal((draws, 40), dtype=np.float32)


@pytest.mark.parametrize("name", shipped_models())
def test_page_opens_with_every_section_and_no_error(name):
    app = open_lesson(name)
    assert not app.exception and not app.error and not app.warning
    assert [header.proto.anchor for header in app.header] == list(SECTIONS)


@pytest.mark.parametrize("name", shipped_models())
def test_loss_on_the_page_is_that_of_vae_called_directly(name):
    app = open_lesson(name)
    model, clean, posterior = story(name)
    output = model.vae.decode(posterior.draw(normals(4)[:1]))
    error = metrics.mse(output, clean)[0]
    kl = metrics.kl_divergence(*posterior).sum()
    objective = model.config.objective
    if objective.reconstruction == "mse":
        expected = [f"{error:,.4f}", f"{kl:,.1f} nats", f"{error + objective.kl_weight * kl:,.4f}"]
    else:
        reconstruction = 392 * np.log(error + 1e-6)
        expected = [
            f"{reconstruction:,.1f}",
            f"{kl:,.1f} nats",
            f"{reconstruction + objective.kl_weight * kl:,.1f}",
        ]
    assert [metric.value for metric in app.metric] == expected


def test_sampling_again_moves_z_and_the_output():
    app = run_page("how_it_works")
    app.button(key="sample.sampling").click().run()
    model, _, posterior = story(shipped_models()[0])
    expected = model.vae.decode(posterior.draw(normals(6, presses=1)))
    shown = pictures(app)["From this z"]
    np.testing.assert_allclose(shown.astype(int), to_uint8(expected[0]).astype(int), atol=1)
    assert not np.array_equal(expected[0], model.vae.decode(posterior.draw(normals(6)))[0])


def test_lesson_follows_the_current_digit_and_level():
    app = run_page("how_it_works")
    app.segmented_control(key="state.source").set_value("test").run()
    app.number_input(key="state.test_index").set_value(12).run()
    app.slider(key="state.level").set_value(0.3).run()
    model, _, posterior = story(shipped_models()[0], 12, 0.3)
    shown = pictures(app)["From the mean"]
    expected = to_uint8(model.vae.decode(posterior.z_mean)[0])
    np.testing.assert_allclose(shown.astype(int), expected.astype(int), atol=1)


def test_pulling_to_the_prior_shows_what_it_costs():
    app = run_page("how_it_works")
    app.slider(key="how_it_works.lesson.pull").set_value(100).run()
    assert "At a pull of 100% the code costs 0.0 nats" in messages(app)


def test_mathematics_and_code_open_all_at_once():
    app = run_page("how_it_works")
    assert not any(expander.proto.expanded for expander in app.expander)
    app.toggle(key="how_it_works.lesson.in_depth").set_value(True).run()
    opened = [expander for expander in app.expander if expander.label in ("The mathematics", "The code")]
    assert len(opened) >= 12 and all(expander.proto.expanded for expander in opened)


def test_lesson_cites_its_sources():
    words = messages(run_page("how_it_works"))
    for source in ("Kingma and Welling", "Rezende", "Vincent", "Im, Ahn", "ICML 2014", "AAAI 2017"):
        assert source in words


def test_lesson_links_to_every_use():
    app = run_page("how_it_works")
    linked = {link.proto.page for link in app.get("page_link")}
    uses = {"noise_levels", "digit_map", "latent_space", "traversals", "generate", "anomaly"}
    assert uses <= linked


def test_missing_model_is_told_of_and_the_rest_goes_on(monkeypatch):
    def load_model(name):
        if name == "notebook":
            raise CheckpointError("It is not there.")
        return load(name)

    monkeypatch.setattr("ui.cache.load_model", load_model)
    app = run_page("how_it_works")
    assert not app.exception
    assert "lacks the model *notebook*" in messages(app)
