"""What the lesson counts against `vae` and closed forms, and what it quotes against the source."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ui import lesson as sections
from ui.architecture import WORDS, architecture_html, describe, trace
from ui.source import ROOT, excerpt
from vae import lesson, metrics
from vae.checkpoints import load, shipped_models
from vae.config import Objective
from vae.data import load_mnist
from vae.errors import ConfigError
from vae.inference import Posterior
from vae.layers import LAYERS, Layer

OBJECTIVES = [
    Objective("mse", 0.0),
    Objective("mse", 0.5),
    Objective("batch_variance"),
    Objective("image_variance"),
]


@pytest.fixture(scope="module")
def model():
    return load("notebook")


@pytest.fixture(scope="module")
def digits():
    return load_mnist("test").images[:20]


def gaussian(means, deviations) -> Posterior:
    return Posterior(np.float32(means), 2 * np.log(np.float32(deviations)))


@pytest.mark.parametrize("objective", OBJECTIVES, ids=str)
def test_loss_of_one_digit_is_what_training_counts_for_a_batch_of_it(objective, model, digits):
    network = pytest.importorskip("vae.training.network", reason="TensorFlow is not installed")
    posterior = model.vae.encode(digits[:1])
    output = model.vae.decode(posterior.z_mean)
    parts = lesson.loss_parts(objective, digits[:1], output, posterior)
    flat = (digits[:1].reshape(1, -1), output.reshape(1, -1))
    expected = network.objective(objective, *flat, *posterior)
    for name in lesson.LossParts._fields:
        assert float(getattr(parts, name)[0]) == pytest.approx(float(getattr(expected, name)), rel=1e-4)


def test_a_draw_with_known_chance_is_the_draw_that_a_posterior_makes(model, digits):
    posterior = model.vae.encode(digits)
    epsilon = np.random.default_rng(3).standard_normal(posterior.z_mean.shape, dtype=np.float32)
    drawn = lesson.draw(posterior, epsilon)
    np.testing.assert_array_equal(drawn.z, posterior.sample(np.random.default_rng(3)))
    np.testing.assert_array_equal(drawn.epsilon, epsilon)


def test_a_posterior_pulled_all_the_way_is_the_prior_and_costs_nothing():
    pulled = lesson.pull_to_prior(gaussian([[2, -1]], [[0.1, 0.5]]), 1)
    assert metrics.kl_divergence(*pulled).sum() == 0
    np.testing.assert_array_equal(np.exp(pulled.z_log_var), 1)


def test_a_posterior_that_is_not_pulled_stays():
    posterior = gaussian([[2, -1]], [[0.1, 0.5]])
    for before, after in zip(posterior, lesson.pull_to_prior(posterior, 0), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_pull_beyond_the_prior_is_refused(share):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        lesson.pull_to_prior(gaussian([[0]], [[1]]), share)


def test_tug_of_war_is_the_average_loss_over_the_draws_at_each_pull(model, digits):
    posterior = model.vae.encode(digits[:1])
    epsilon = np.random.default_rng(0).standard_normal((3, 40), dtype=np.float32)
    shares = np.array([0, 0.25, 1])
    war = lesson.tug_of_war(model.vae, Objective(), digits[:1], posterior, shares, epsilon)
    for index, share in enumerate(shares):
        pulled = lesson.pull_to_prior(posterior, share)
        losses = [
            lesson.loss_parts(
                Objective(), digits[:1], model.vae.decode(lesson.draw(pulled, row[None]).z), pulled
            )
            for row in epsilon
        ]
        for name in lesson.LossParts._fields:
            expected = np.mean([getattr(loss, name) for loss in losses])
            assert getattr(war, name)[index] == pytest.approx(expected, rel=1e-4)


def test_kl_divergence_falls_all_the_way_to_the_prior(model, digits):
    epsilon = np.zeros((1, 40), np.float32)
    shares = np.linspace(0, 1, 11)
    posterior = model.vae.encode(digits[:1])
    war = lesson.tug_of_war(model.vae, Objective(), digits[:1], posterior, shares, epsilon)
    assert (np.diff(war.kl_divergence) < 0).all() and war.kl_divergence[-1] == 0


def test_rms_difference_of_two_flat_pictures_is_their_difference():
    assert lesson.rms_difference(np.float32([0.2, 0.5])[:, None, None] * np.ones((28, 28), np.float32)) == (
        pytest.approx(0.3, rel=1e-5)
    )


def test_rms_difference_of_one_picture_is_refused(digits):
    with pytest.raises(ValueError, match="at least two"):
        lesson.rms_difference(digits[:1])


def test_spread_is_measured_over_active_dimensions_alone():
    means = np.random.default_rng(0).standard_normal((5000, 2)) * [3, 0]
    spread = lesson.spread(gaussian(means, np.broadcast_to([4.0, 1.0], means.shape)))
    assert spread == pytest.approx((means[:, 0].std(), 4, np.hypot(means[:, 0].std(), 4)), rel=1e-4)


def test_spread_of_codes_is_that_of_sampled_codes(model, digits):
    posterior = model.vae.encode(digits)
    rng = np.random.default_rng(0)
    drawn = np.concatenate([posterior.sample(rng) for _ in range(200)])
    assert lesson.spread(posterior).codes == pytest.approx(np.sqrt(drawn.var(axis=0).mean()), rel=1e-2)


def test_nearest_finds_what_a_search_one_by_one_finds(digits):
    found = lesson.nearest(digits[:3], digits[3:], count=4)
    for image, indices, distances in zip(digits[:3], *found, strict=True):
        expected = metrics.mse(np.repeat(image[None], 17, axis=0), digits[3:])
        np.testing.assert_array_equal(indices, np.argsort(expected)[:4])
        np.testing.assert_allclose(distances, np.sort(expected)[:4])


def test_a_digit_is_its_own_nearest(digits):
    found = lesson.nearest(digits, digits)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(20))
    assert (found.mse == 0).all()


def test_no_picture_is_a_better_compromise_than_the_average(digits):
    found = lesson.compromise(digits)
    assert found.error == pytest.approx(digits.var(axis=0).mean(), rel=1e-4)
    assert found.error < found.best_error
    # Of n pictures, the average one costs the average's error and its own distance to the average.
    own = metrics.mse(digits, np.repeat(found.mean[None], 20, axis=0))
    assert found.best_error == pytest.approx(found.error + own.min(), rel=1e-4)


# Excerpts.


def quoted() -> set[tuple[str, str]]:
    """All (file, function) that the lesson's sections show."""
    found = set()
    for path in Path(sections.__file__).parent.glob("*.py"):
        found |= set(re.findall(r'show_source\("([^"]+)", "([^"]+)"\)', path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize(("path", "name"), sorted(quoted()), ids=" ".join)
def test_excerpt_is_found_in_the_source(path, name):
    found = excerpt(path, name)
    source = [line.strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines()]
    lines = [line.strip() for line in found.code.splitlines()]
    assert lines[0] == source[found.line - 1] and f" {name.split('.')[-1]}(" in lines[0]
    # In this order, with nothing but a docstring left out between them.
    rest = iter(source[found.line - 1 :])
    assert all(line in rest for line in lines)
    assert '"""' not in found.code
    compile(found.code, path, "exec")


def test_lesson_quotes_the_objective_and_the_reparameterisation_trick():
    assert {("vae/training/network.py", "objective"), ("vae/training/network.py", "sample")} <= quoted()


def test_excerpt_of_a_missing_function_is_refused():
    with pytest.raises(LookupError, match="no_such"):
        excerpt("vae/lesson.py", "no_such")


# The picture of the network.


@pytest.mark.parametrize("name", shipped_models())
def test_picture_of_the_network_follows_the_digit_through_every_layer(name, digits):
    model = load(name)
    parts = trace(model.vae, digits[0])
    network = model.config.network
    assert {part: len(steps) for part, steps in parts.items()} == {
        part: len(layers) for part, (layers, _) in network.parts().items()
    }
    np.testing.assert_allclose(parts["z_mean"][-1].output, model.vae.encode(digits[:1]).z_mean[0], atol=1e-5)
    np.testing.assert_allclose(
        parts["decoder"][-1].output.reshape(28, 28), model.vae.denoise(digits[:1])[0], atol=1e-5
    )
    assert sum(step.weights for steps in parts.values() for step in steps) == network.parameters


@pytest.mark.parametrize("name", shipped_models())
def test_picture_of_the_network_names_every_layer_with_weights(name, digits):
    page = architecture_html(load(name).vae, digits[0])
    for step in (step for steps in trace(load(name).vae, digits[0]).values() for step in steps):
        assert not step.weights or f"{step.weights:,} weights" in page
    assert all(f'alt="{start}' in page for start in ("What input", "What dense"))


def test_picture_of_the_network_has_words_for_every_kind_of_layer_and_refuses_others():
    class Dropout(Layer):
        kind = "dropout"

    assert set(WORDS) == set(LAYERS.values())
    with pytest.raises(ConfigError, match="Received the kind 'dropout'"):
        describe(Dropout())
