"""The lesson without a browser: its numbers are those of `vae` called directly, for every shipped model."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui import cache
from ui.how_it_works.loss import worth_of_a_nat
from ui.kl_dial.claims import claims
from ui.show.glossary import explain
from ui.show.pictures import to_uint8
from ui.state import STEPS
from vae import corruptions, metrics
from vae.checkpoints import load, shipped_models
from vae.config import Objective
from vae.data import load_mnist
from vae.ladder import best_draws
from vae.loss import loss_parts, reconstruction_loss
from vae.posterior import pull_to_prior
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


def test_which_row_was_trained_with_the_kl_term_is_asked_before_it_is_said():
    app = open_step("prior")
    siblings = cache.ladder()
    free, best = siblings[0], siblings[best_draws([sibling.figures for sibling in siblings])]
    rng = np.random.default_rng([0, 0])
    with_kl = int(rng.integers(2))
    codes = rng.standard_normal((8, 40), dtype=np.float32)
    rows = {"the upper row": best if with_kl == 0 else free, "the lower row": free if with_kl == 0 else best}
    shown = pictures(app)
    for row, sibling in rows.items():
        for number, image in enumerate(to_uint8(sibling.model.vae.decode(codes)), 1):
            found = shown[f"Draw {number} of {row}"].astype(int)
            np.testing.assert_allclose(found, image.astype(int), atol=1)
    assert "What it costs" not in messages(app)
    right = ("The upper row", "The lower row")[with_kl]
    next(button for button in app.button if button.label == right).click().run()
    assert "Right." in messages(app) and "1 of 1 right" in messages(app)
    for claim in claims([sibling.figures for sibling in siblings]):
        assert f"**{claim.title}.** {explain(claim.sentence)}" in messages(app)


@pytest.mark.parametrize("name", shipped_models())
def test_the_best_pull_is_asked_for_and_is_that_of_many_digits(name):
    model, digits = load(name), load_mnist("test")
    app = open_step("loss", name)
    codes, rng = model.vae.encode(digits.images[:200]), np.random.default_rng(0)
    epsilon = rng.standard_normal((200, 40), dtype=np.float32)
    losses = []
    for pull in np.linspace(0, 1, 11):
        pulled = pull_to_prior(codes, pull)
        output = model.vae.decode(pulled.z_mean + np.exp(pulled.z_log_var / 2) * epsilon)
        losses.append(loss_parts(model.config.objective, digits.images[:200], output, pulled).total.mean())
    best = f"{np.argmin(losses) / 10:.0%}"
    other = next(option for option in ("100%", "0%") if option != best)
    next(button for button in app.button if button.label == other).click().run()
    assert f"You said: {other}. The answer: {best}. The average loss is {min(losses):,.4g} there" in messages(
        app
    )


@pytest.mark.parametrize(
    "reconstruction,kl_weight,error,words",
    [
        ("image_variance", 1.0, 0.01, "smaller by 0.25%"),
        ("image_variance", 8.0, 0.01, "smaller by 2.02%"),
        ("mse", 0.001, 0.01, "as much as 0.001 of"),
        ("mse", 0.0, 0.01, "costs nothing"),
    ],
)
def test_what_a_nat_is_worth_is_what_keeps_the_loss_as_it_is(reconstruction, kl_weight, error, words):
    objective = Objective(reconstruction, kl_weight)
    assert words in worth_of_a_nat(objective)
    if reconstruction == "image_variance":
        share = float(re.search(r"by ([\d.]+)%", words).group(1)) / 100
        saved = reconstruction_loss(objective, error) - reconstruction_loss(objective, error * (1 - share))
        assert saved == pytest.approx(kl_weight, rel=0.02)
