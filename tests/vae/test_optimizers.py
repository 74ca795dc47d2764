"""The optimizers step as other implementations of the same papers do, and Muon's matrices are near orthogonal."""

import math

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")

import keras
import tensorflow as tf

from vae.config import Training
from vae.training import optimizers


def steps_of(optimizer_of, gradients: list[np.ndarray]) -> np.ndarray:
    shape = gradients[0].shape
    variable = keras.Variable(np.linspace(-1, 1, math.prod(shape), dtype=np.float32).reshape(shape))
    apply = optimizer_of(variable)
    for gradient in gradients:
        apply([tf.constant(gradient)])
    return variable.value.numpy()


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_adam_equals_keras_adam(schedule):
    gradients = list(np.random.default_rng(0).standard_normal((12, 6)).astype(np.float32))
    settings = Training(learning_rate=0.05, schedule=schedule)

    def ours(variable):
        optimizer = optimizers.Adam(settings, [variable], 12)
        return optimizer.apply

    def theirs(variable):
        rate = keras.optimizers.schedules.CosineDecay(0.05, 12) if schedule == "cosine" else 0.05
        optimizer = keras.optimizers.Adam(rate)
        return lambda gradient: optimizer.apply(gradient, [variable])

    np.testing.assert_allclose(steps_of(ours, gradients), steps_of(theirs, gradients), atol=1e-5)


def test_the_cosine_schedule_ends_near_zero_and_starts_at_the_full_rate():
    optimizer = optimizers.Adam(
        Training(learning_rate=0.1, schedule="cosine"), [keras.Variable(np.zeros(1))], 100
    )
    assert float(optimizer._learning_rate()) == pytest.approx(0.1)
    optimizer._done.assign(99.0)
    assert float(optimizer._learning_rate()) == pytest.approx(0.05 * (1 + math.cos(0.99 * math.pi)), rel=1e-3)


def muon(variable):
    optimizer = optimizers.Muon(Training(learning_rate=0.05, schedule="cosine"), [variable], 12)
    return optimizer.apply


def adam(variable):
    optimizer = optimizers.Adam(Training(learning_rate=0.05, schedule="cosine"), [variable], 12)
    return optimizer.apply


@pytest.mark.parametrize("shape", [(40, 12), (12, 40), (16, 16)])
def test_muon_equals_keras_muon_on_matrices(shape):
    gradients = list(np.random.default_rng(0).standard_normal((12, *shape)).astype(np.float32))

    def theirs(variable):
        rate = keras.optimizers.schedules.CosineDecay(0.05, 12)
        optimizer = keras.optimizers.Muon(rate, weight_decay=None, adam_weight_decay=None)
        return lambda gradient: optimizer.apply(gradient, [variable])

    np.testing.assert_allclose(steps_of(muon, gradients), steps_of(theirs, gradients), atol=1e-4)


def test_muon_takes_a_convolutions_kernel_for_the_matrix_of_its_last_axis_and_all_others():
    gradients = np.random.default_rng(0).standard_normal((12, 3, 3, 16, 8)).astype(np.float32)
    kernel = steps_of(muon, list(gradients))
    matrix = steps_of(muon, list(gradients.reshape(12, -1, 8)))
    np.testing.assert_allclose(kernel.reshape(-1, 8), matrix, atol=1e-6)


@pytest.mark.parametrize("shape", [(20,), (3, 3, 48, 4), (7, 30)])
def test_muon_leaves_vectors_and_kernels_that_touch_pixels_to_adam(shape):
    gradients = list(np.random.default_rng(0).standard_normal((12, *shape)).astype(np.float32))
    np.testing.assert_array_equal(steps_of(muon, gradients), steps_of(adam, gradients))


@pytest.mark.parametrize("shape", [(60, 20), (20, 60)])
def test_orthogonalising_keeps_singular_vectors_and_brings_singular_values_near_one(shape):
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.standard_normal((size, 20)))[0] for size in shape)
    matrix = 7 * left @ np.diag(np.geomspace(1, 0.05, 20)) @ right.T
    result = optimizers.Muon.orthogonalise(tf.constant(matrix, tf.float32)).numpy()
    # In the matrix's own singular vectors the result is diagonal again.
    inside = left.T @ result @ right
    np.testing.assert_allclose(inside, np.diag(np.diag(inside)), atol=1e-3)
    assert 0.65 < np.diag(inside).min() <= np.diag(inside).max() < 1.25
    np.testing.assert_allclose(left @ inside @ right.T, result, atol=1e-3)
