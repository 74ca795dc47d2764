"""The lesson without a browser: its numbers are those of `vae` called directly, for every shipped model."""

from __future__ import annotations

import html

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui.show.pictures import to_uint8
from ui.state import STEPS
from vae import corruptions, metrics
from vae.checkpoints import CheckpointError, load, shipped_models
from vae.data import load_mnist
from vae.neighbours import nearest_images
from vae.posterior import spread
from vae.presets import DEFAULT_MODEL


def story(name: str, index: int = 0, level: float = 0.5):
    """The model, the clean digit and its posterior, as the page has them with seed 0."""
    model = load(name)
    clean = load_mnist("test").images[index : index + 1]
    noisy = corruptions.corrupt(clean, "gaussian", level, np.random.default_rng(0))
    return model, clean, model.vae.encode(noisy)


def open_step(step: str, name: str = DEFAULT_MODEL):
    """A step of the lesson with a model picked."""
    app = run_page("how_it_works")
    state = app.session_state["state"]
    state.model, state.lesson.step = name, step
    return app.run()


def said(app) -> str:
    """All that a step says, inside its HTML too."""
    return messages(app) + "".join(html.unescape(element.proto.body) for element in app.get("html"))


def normals(draws: int, drawn: int = 0) -> np.ndarray:
    return np.random.default_rng([0, drawn]).standard_normal((draws, 40), dtype=np.float32)


@pytest.mark.parametrize("name", shipped_models())
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_alone_and_without_an_error(step, name):
    app = open_step(step, name)
    assert not app.exception and not app.error and not app.warning
    assert [header.proto.anchor for header in app.header] == [step]
    assert app.segmented_control(key="how_it_works.lesson.step").value == step


def test_lesson_begins_with_the_first_step_and_in_short():
    app = run_page("how_it_works")
    assert [header.proto.anchor for header in app.header] == [STEPS[0]]
    assert "**In short.**" in messages(app) and "**In short.**" not in messages(open_step("loss"))


def test_next_leads_through_all_steps_and_back_returns_and_the_address_names_them():
    app = run_page("how_it_works")
    seen = [app.header[0].proto.anchor]
    while button := [each for each in app.button if each.key == "lesson.next"]:
        button[0].click().run()
        seen.append(app.header[0].proto.anchor)
        assert app.session_state["state"].address["step"] == seen[-1]
    assert seen == list(STEPS)
    for step in STEPS[-2::-1]:
        app.button(key="lesson.back").click().run()
        assert app.header[0].proto.anchor == step
    assert not [each for each in app.button if each.key == "lesson.back"] and "step" not in app.query_params


def test_link_opens_the_step_that_it_names():
    app = run_page("how_it_works")
    app.query_params["step"] = "noise"
    assert app.run().header[0].proto.anchor == "noise"


@pytest.mark.parametrize("name", shipped_models())
def test_loss_on_the_page_is_that_of_vae_called_directly(name):
    app = open_step("loss", name)
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
    app = open_step("sampling")
    app.button(key="sample.sampling").click().run()
    model, _, posterior = story(shipped_models()[0])
    expected = model.vae.decode(
        posterior.draw(normals(6, app.session_state["state"].lesson.sampled["sampling"]))
    )
    shown = pictures(app)["From this z"]
    np.testing.assert_allclose(shown.astype(int), to_uint8(expected[0]).astype(int), atol=1)
    assert not np.array_equal(expected[0], model.vae.decode(posterior.draw(normals(6)))[0])


def test_lesson_follows_the_current_digit_and_level():
    app = open_step("sampling")
    app.segmented_control(key="state.source").set_value("test").run()
    app.number_input(key="state.test_index.9999").set_value(12).run()
    app.slider(key="state.level").set_value(0.3).run()
    model, _, posterior = story(shipped_models()[0], 12, 0.3)
    shown = pictures(app)["From the mean"]
    expected = to_uint8(model.vae.decode(posterior.z_mean)[0])
    np.testing.assert_allclose(shown.astype(int), expected.astype(int), atol=1)


def test_pulling_to_the_prior_shows_what_it_costs():
    app = open_step("loss")
    app.slider(key="how_it_works.lesson.pull").set_value(100).run()
    assert "At a pull of 100% the code costs 0.0 nats" in messages(app)
    model, _, _ = story(DEFAULT_MODEL)
    # The prior itself: nothing is left of the digit, and what is drawn is decoded.
    expected = to_uint8(model.vae.decode(normals(1))[0])
    np.testing.assert_allclose(pictures(app)["At a pull of 100%"].astype(int), expected.astype(int), atol=1)


def test_before_any_pull_the_tug_of_war_shows_the_loss_above_it():
    app = open_step("loss")
    shown = pictures(app)
    np.testing.assert_array_equal(shown["At a pull of 0%"], shown["Output"])
    nats = app.metric[1].value
    assert f"At a pull of 0% the code costs {nats} and" in messages(app)


@pytest.mark.parametrize("step", STEPS[1:])
def test_mathematics_and_code_open_at_once(step):
    app = open_step(step)
    assert not any(expander.proto.expanded for expander in app.expander)
    app.toggle(key="how_it_works.lesson.in_depth").set_value(True).run()
    assert [expander.label for expander in app.expander] == ["The mathematics", "The code"]
    assert all(expander.proto.expanded for expander in app.expander)


def test_lesson_cites_its_sources():
    words = "".join(messages(open_step(step)) for step in STEPS)
    for source in ("Kingma and Welling", "Rezende", "Vincent", "Im, Ahn", "ICML 2014", "AAAI 2017"):
        assert source in words


def test_lesson_links_to_every_use():
    app = open_step("uses")
    linked = {link.proto.page for link in app.get("page_link")}
    uses = {"noise_levels", "digit_map", "latent_space", "traversals", "generate", "anomaly"}
    assert uses <= linked


def test_samples_are_decoded_from_the_prior_by_each_model():
    shown = pictures(open_step("prior"))
    codes = np.random.default_rng([0, 0]).standard_normal((7, 40), dtype=np.float32)
    for name in ("notebook", "calibrated"):
        for number, image in enumerate(to_uint8(load(name).vae.decode(codes)), 1):
            found = shown[f"Sample {number} of {name}"].astype(int)
            np.testing.assert_allclose(found, image.astype(int), atol=1)


def test_walk_leads_from_my_digit_to_the_chosen_one():
    app = open_step("prior")
    app.segmented_control(key="how_it_works.lesson.walk_to").set_value(3).run()
    digits = load_mnist("test")
    model = load("notebook")
    ends = model.vae.encode(digits.images[[0, np.flatnonzero(digits.labels == 3)[0]]]).z_mean
    expected = to_uint8(model.vae.decode(np.linspace(*ends, 5)))
    sheet = pictures(app)["A walk to a 3 under notebook"].astype(int)
    for place, image in enumerate(expected.astype(int)):
        np.testing.assert_allclose(sheet[:, 29 * place : 29 * place + 28], image, atol=1)


def test_spread_is_told_as_vae_measures_it():
    words = said(open_step("prior"))
    for name in ("notebook", "calibrated"):
        measured = spread(load(name).vae.encode(load_mnist("test").images[:200]))
        assert f"of all clouds together: {measured.codes:.2f}, where N(0, I) has 1" in words


def test_what_is_said_of_samples_and_walks_follows_from_the_distances():
    digits, rng = load_mnist("test"), np.random.default_rng(0)
    draws = rng.standard_normal((100, 40), dtype=np.float32)
    firsts = np.array([np.flatnonzero(digits.labels == label)[0] for label in range(10)])
    targets = firsts[(digits.labels[:100] + 1) % 10]
    samples, middles = {}, {}
    for name in ("notebook", "calibrated"):
        vae = load(name).vae
        halves = (vae.encode(digits.images[:100]).z_mean + vae.encode(digits.images[targets]).z_mean) / 2
        for found, codes in ((samples, draws), (middles, halves)):
            found[name] = nearest_images(vae.decode(codes), digits.images).mse.mean()
    captions = [each.value for each in open_step("prior").caption if "nearest of the 10,000" in each.value]
    for caption, found in zip(captions, (samples, middles), strict=True):
        assert all(f"**{name}** {distance:.4f}" in caption for name, distance in found.items())
        with_kl_is_closer = found["calibrated"] < found["notebook"]
        assert ("With the KL divergence, they are closer" in caption) == with_kl_is_closer
        assert ("the KL divergence buys nothing" in caption) != with_kl_is_closer


def test_missing_model_is_told_of_and_the_rest_goes_on(monkeypatch):
    def load_model(name):
        if name == "notebook":
            raise CheckpointError("It is not there.")
        return load(name)

    monkeypatch.setattr("ui.cache.load_model", load_model)
    app = open_step("prior")
    assert not app.exception
    assert "lacks the model *notebook*" in messages(app)
