"""How good a picture, a posterior and a latent space are."""

from __future__ import annotations

import numpy as np

from vae.errors import InputError
from vae.validate import as_images


def _pair(images: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    images, reference = as_images(images), as_images(reference)
    if images.shape != reference.shape:
        raise InputError(
            f"Expected as many images as references. Received {len(images)} and {len(reference)}."
        )
    return images, reference


def mse(images: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean squared error of each image.

    Args:
        images: Floats in [0, 1], (n, 28, 28).
        reference: The images they should be, likewise.

    Returns:
        (n,) float64, in squared pixel intensities, 0 to 1.

    Raises:
        InputError: Images of another shape, type or range.
    """
    images, reference = _pair(images, reference)
    return ((images.astype(np.float64) - reference) ** 2).mean(axis=(1, 2))


def psnr(images: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio of each image, 10 log10(1 / MSE), in dB; infinite for equal images.

    Takes and raises what `mse` does; returns (n,) float64.
    """
    with np.errstate(divide="ignore"):
        return -10 * np.log10(mse(images, reference))


def rms_difference(images: np.ndarray) -> float:
    """The root mean square difference per pixel between two of some images, averaged over all pairs.

    Args:
        images: At least two, (n, 28, 28) in [0, 1].

    Raises:
        InputError: Fewer than two images, or images of another shape, type or range.
    """
    if len(images) < 2:
        raise InputError(f"Expected at least two images. Received {len(images)}.")
    first, second = np.triu_indices(len(images), k=1)
    return float(np.sqrt(mse(images[first], images[second])).mean())


SSIM_WINDOW = 7


def ssim(images: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Structural similarity of each image, 1 for equal images.

    The mean over all 7 x 7 windows that lie inside the image, with the sample covariance, K1 = 0.01, K2 = 0.03
    and a data range of 1: scikit-image's defaults.

    Args:
        images: Floats in [0, 1], (n, 28, 28).
        reference: The images they should be, likewise.

    Returns:
        (n,) float64, -1 to 1.

    Raises:
        InputError: Images of another shape, type or range.

    Source: Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to Structural
    Similarity", IEEE Transactions on Image Processing 13(4), 2004, equation 13.
    """
    x, y = (array.astype(np.float64) for array in _pair(images, reference))
    pixels = SSIM_WINDOW**2

    def window_mean(values: np.ndarray) -> np.ndarray:
        # Means over sliding windows as differences of cumulative sums, one axis after the other.
        for axis in (1, 2):
            sums = np.cumsum(values, axis=axis)
            ends = np.moveaxis(sums, axis, 0)[SSIM_WINDOW - 1 :].copy()
            ends[1:] -= np.moveaxis(sums, axis, 0)[:-SSIM_WINDOW]
            values = np.moveaxis(ends, 0, axis)
        return values / pixels

    mean_x, mean_y = window_mean(x), window_mean(y)
    unbiased = pixels / (pixels - 1)
    var_x = unbiased * (window_mean(x * x) - mean_x**2)
    var_y = unbiased * (window_mean(y * y) - mean_y**2)
    covariance = unbiased * (window_mean(x * y) - mean_x * mean_y)
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    )
    return similarity.mean(axis=(1, 2))


def kl_divergence(z_mean: np.ndarray, z_log_var: np.ndarray) -> np.ndarray:
    """KL divergence from the prior N(0, I) of each dimension of each posterior, in nats.

    For one dimension, the integral of q log(q / p) with q = N(m, s^2) and p = N(0, 1) is
    (m^2 + s^2 - log s^2 - 1) / 2. Sum over the last axis for the divergence of a whole posterior.

    Args:
        z_mean: Means, (n, latent_dim).
        z_log_var: Natural logarithms of the variances, (n, latent_dim).

    Returns:
        (n, latent_dim), each at least 0.

    Raises:
        InputError: The two shapes differ.

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.
    """
    z_mean, z_log_var = np.asarray(z_mean), np.asarray(z_log_var)
    if z_mean.shape != z_log_var.shape:
        raise InputError(f"Expected two arrays of one shape. Received {z_mean.shape} and {z_log_var.shape}.")
    return 0.5 * (z_mean**2 + np.expm1(z_log_var) - z_log_var)


ACTIVE_VARIANCE = 0.01


def active_units(z_mean: np.ndarray) -> np.ndarray:
    """Which latent dimensions carry information: those whose mean varies over the data by more than 0.01.

    Args:
        z_mean: Posterior means of many images, (n, latent_dim).

    Returns:
        (latent_dim,) of bool.

    Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016, section 5.2.
    """
    return np.var(z_mean, axis=0) > ACTIVE_VARIANCE


def frechet_distance(features: np.ndarray, reference: np.ndarray) -> float:
    """The Frechet distance between two clouds of features, each taken as a Gaussian.

    |m - m'|^2 + tr(S + S' - 2 (S S')^(1/2)), with means m and covariances S: 0 for clouds of one mean and covariance.

    Args:
        features: Of some pictures, (n, features).
        reference: Of those they should be like, (m, features).

    Returns:
        In squared units of the features, at least 0 but for rounding.

    Source: Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter, "GANs Trained by a Two Time-Scale Update Rule
    Converge to a Local Nash Equilibrium", NIPS 2017, section 3 (with the features of another classifier).
    """
    features, reference = (np.asarray(cloud, np.float64) for cloud in (features, reference))
    ours, theirs = (np.atleast_2d(np.cov(cloud, rowvar=False)) for cloud in (features, reference))
    variances, axes = np.linalg.eigh(ours)
    root = (axes * np.sqrt(np.maximum(variances, 0))) @ axes.T
    # The eigenvalues of S S' are those of S^(1/2) S' S^(1/2), which is symmetric.
    overlap = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ theirs @ root), 0)).sum()
    apart = ((features.mean(axis=0) - reference.mean(axis=0)) ** 2).sum()
    return float(apart + np.trace(ours) + np.trace(theirs) - 2 * overlap)
