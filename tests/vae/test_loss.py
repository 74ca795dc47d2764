"""The loss of one digit and its parts against Keras and closed forms, and what the lesson quotes against the source."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import ui.how_it_works as sections
from ui.how_it_works.architecture import WORDS, architecture_html, describe, trace
from ui.how_it_works.source import ROOT, excerpt
from vae import loss, metrics
from vae.checkpoints import load, shipped_models
from vae.config import Objective
from vae.data import load_mnist
from vae.errors import ConfigError
from vae.layers import LAYERS, Layer
from vae.posterior import pull_to_prior

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


@pytest.mark.parametrize("objective", OBJECTIVES, ids=str)
def test_loss_of_one_digit_is_what_training_counts_for_a_batch_of_it(objective, model, digits):
    network = pytest.importorskip("vae.training.network", reason="TensorFlow is not installed")
    posterior = model.vae.encode(digits[:1])
    output = model.vae.decode(posterior.z_mean)
    parts = loss.loss_parts(objective, digits[:1], output, posterior)
    flat = (digits[:1].reshape(1, -1), output.reshape(1, -1))
    expected = network.objective(objective, *flat, *posterior)
    for name in loss.LossParts._fields:
        assert float(getattr(parts, name)[0]) == pytest.approx(float(getattr(expected, name)), rel=1e-4)


def test_tug_of_war_is_the_average_loss_over_the_draws_at_each_pull(model, digits):
    posterior = model.vae.encode(digits[:1])
    epsilon = np.random.default_rng(0).standard_normal((3, 40), dtype=np.float32)
    shares = np.array([0, 0.25, 1])
    war = loss.tug_of_war(model.vae, Objective(), digits[:1], posterior, shares, epsilon)
    for index, share in enumerate(shares):
        pulled = pull_to_prior(posterior, share)
        losses = [
            loss.loss_parts(Objective(), digits[:1], model.vae.decode(pulled.draw(row[None])), pulled)
            for row in epsilon
        ]
        for name in loss.LossParts._fields:
            expected = np.mean([getattr(loss, name) for loss in losses])
            assert getattr(war, name)[index] == pytest.approx(expected, rel=1e-4)
        np.testing.assert_allclose(war.outputs[index], model.vae.decode(pulled.draw(epsilon)), atol=1e-6)


def test_kl_divergence_falls_all_the_way_to_the_prior(model, digits):
    epsilon = np.zeros((1, 40), np.float32)
    shares = np.linspace(0, 1, 11)
    posterior = model.vae.encode(digits[:1])
    war = loss.tug_of_war(model.vae, Objective(), digits[:1], posterior, shares, epsilon)
    assert (np.diff(war.kl_divergence) < 0).all() and war.kl_divergence[-1] == 0


def test_no_picture_is_a_better_compromise_than_the_average(digits):
    found = loss.compromise(digits)
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
        excerpt("vae/loss.py", "no_such")


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
