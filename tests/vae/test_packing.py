"""Packed models: small, close to the weights that were trained, and the same for Python and the browser."""

import numpy as np
import pytest

from vae import checkpoints, corruptions, metrics
from vae.checkpoints import load, model_folder, shipped_models
from vae.data import load_mnist
from vae.inference import VAE
from vae.packing import BLOCK, SMALL, pack, round_kernel, round_weights


def trained_weights(name: str) -> dict[str, np.ndarray]:
    with np.load(model_folder(name) / checkpoints.WEIGHTS) as archive:
        return {key: archive[key] for key in archive.files if not key.startswith("latent.")}


@pytest.mark.parametrize("shape,axis", [((150, 7), 1), ((3, 3, 15, 8), 3), ((4, 4, 6, 9), 2)])
def test_no_weight_moves_by_more_than_half_a_step_of_the_scale_of_its_block(shape, axis):
    rng = np.random.default_rng(0)
    kernel = (rng.standard_normal(shape) * np.exp(rng.normal(0, 3, shape))).astype(np.float32)
    rounded = round_kernel(kernel, axis)
    assert rounded.values.shape == shape
    units = np.moveaxis(kernel, axis, 0).reshape(shape[axis], -1)
    moved = np.abs(np.moveaxis(rounded.kernel(), axis, 0).reshape(shape[axis], -1) - units)
    for unit, unit_moved in zip(units, moved, strict=True):
        for start in range(0, len(unit), BLOCK):
            most = np.abs(unit[start : start + BLOCK]).max() / 254
            assert (
                unit_moved[start : start + BLOCK].max() <= most * 1.01
            )  # Scales have eight bits themselves.


def test_a_rounded_kernel_rounds_to_itself_to_the_bit():
    kernel = np.random.default_rng(1).standard_normal((300, 900)).astype(np.float32) ** 3
    once = round_kernel(kernel, 1).kernel()
    assert not np.array_equal(once, kernel)
    np.testing.assert_array_equal(round_kernel(once, 1).kernel(), once)


def test_a_unit_of_zeros_stays_zero():
    kernel = np.zeros((60, 50), np.float32)
    kernel[:, 1] = 1
    np.testing.assert_allclose(round_kernel(kernel, 1).kernel(), kernel, rtol=0.01)


@pytest.mark.parametrize("name", shipped_models())
def test_a_loaded_model_runs_rounded_kernels_and_biases_and_small_kernels_as_they_were_trained(name):
    trained, model = trained_weights(name), load(name)
    for key, array in model.vae.weights.items():
        assert np.array_equal(array, trained[key]) == (key.endswith("bias") or array.size <= SMALL), key
    # So that what the browser gets, packed from the loaded model, is what Python runs.
    again = round_weights(model.config.network, model.vae.weights)
    for key, array in model.vae.weights.items():
        np.testing.assert_array_equal(again[key], array)


def test_the_default_model_travels_in_less_than_900_000_bytes():
    assert len(pack(load("calibrated"))) < 900_000


@pytest.mark.parametrize("name,most", [("calibrated", 0.02), ("notebook", 0.01)])
@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_rounding_costs_next_to_nothing(name, most, sigma):
    model = load(name)
    clean = load_mnist("test").images[:300]
    noisy = corruptions.corrupt(clean, "gaussian", sigma, np.random.default_rng(123))
    exact = VAE(model.config.network, trained_weights(name))
    before, after = (metrics.psnr(vae.denoise(noisy), clean).mean() for vae in (exact, model.vae))
    assert after > before - most
