"""What can be measured of a digit, and which way in the latent space changes it.

Each measure is a formula on grey values, without a threshold, so that a picture that changes smoothly is measured to
change smoothly. What they measure, and by shapes that are upright once the slant is taken out, is that of Morpho-MNIST;
the formulas are others where said.

Source: Castro, Tan, Kainz, Konukoglu and Glocker, "Morpho-MNIST: Quantitative Assessment and Diagnostics for
Representation Learning", JMLR 20, 2019, section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vae.slant import slant
from vae.validate import as_images


def ink(images: np.ndarray) -> np.ndarray:
    """How much ink there is: the sum of all grey values, so that 1 is one white pixel.

    Args:
        images: Floats in [0, 1], (n, 28, 28).

    Returns:
        Pixels, float64 (n,).

    Raises:
        InputError: Images of another shape, type or range.
    """
    return as_images(images).sum(axis=(1, 2), dtype=np.float64)


def length(images: np.ndarray) -> np.ndarray:
    """How long the strokes are together: half of the total variation, the integral of the gradient's norm.

    A stroke's outline runs along it twice, and the total variation of a picture is the length of its outlines, averaged
    over all grey levels.

    Takes and raises what `ink` does; returns pixels, float64 (n,).

    Source: Fleming and Rishel, "An integral formula for total gradient variation", Archiv der Mathematik 11, 1960.
    """
    padded = np.pad(as_images(images).astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    # At the corners between four pixels: both differences then belong to the same place.
    across, down = padded[:, :, 1:] - padded[:, :, :-1], padded[:, 1:] - padded[:, :-1]
    across, down = (across[:, 1:] + across[:, :-1]) / 2, (down[:, :, 1:] + down[:, :, :-1]) / 2
    return np.hypot(across, down).sum(axis=(1, 2)) / 2


def thickness(images: np.ndarray) -> np.ndarray:
    """How thick the strokes are: their ink over their length, which for an even stroke of any shape is its thickness.

    Strokes of less than two pixels, whose outlines share pixels, are measured thicker than they are: 1.5 as 1.7.

    Takes and raises what `ink` does; returns pixels, float64 (n,), 0 for a picture without ink.
    """
    return ink(images) / np.maximum(length(images), 1e-12)


def _moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The variances of the ink's place along x, once upright, and along y, in squared pixels; 0 without ink."""
    images = as_images(images).astype(np.float64)
    total = images.sum(axis=(1, 2))
    rows, columns = images.sum(axis=2), images.sum(axis=1)
    y, x = np.arange(images.shape[1]), np.arange(images.shape[2])
    some = np.maximum(total, 1e-12)
    mean_y, mean_x = rows @ y / some, columns @ x / some
    var_y, var_x = rows @ y**2 / some - mean_y**2, columns @ x**2 / some - mean_x**2
    covariance = np.einsum("nyx,y,x->n", images, y, x) / some - mean_y * mean_x
    # What the slant explains of the spread along x is gone once the digit stands upright.
    upright = var_x - covariance**2 / np.maximum(var_y, 1e-6)
    return np.maximum(upright, 0), np.maximum(var_y, 0)


def width(images: np.ndarray) -> np.ndarray:
    """How wide a digit is once it stands upright: the width of an even block whose ink is spread as widely.

    A block of w pixels has the variance (w^2 - 1) / 12. Morpho-MNIST takes the distance between quantiles of the ink
    instead.

    Takes and raises what `ink` does; returns pixels, float64 (n,), at least 1.
    """
    return np.sqrt(12 * _moments(images)[0] + 1)


def height(images: np.ndarray) -> np.ndarray:
    """How tall a digit is: the height of an even block whose ink is spread as widely; see `width`."""
    return np.sqrt(12 * _moments(images)[1] + 1)


@dataclass(frozen=True)
class Property:
    """Something that can be measured of a digit.

    Attributes:
        label: Its name for people.
        less: What a digit with less of it is, beside `more`.
        more: What a digit with more of it is.
        unit: What it is counted in.
        meaning: How it is measured, as a phrase for people.
        measure: Images (n, 28, 28) -> (n,).
    """

    label: str
    less: str
    more: str
    unit: str
    meaning: str
    measure: Callable[[np.ndarray], np.ndarray]


PROPERTIES = {
    "slant": Property(
        "Slant",
        "leaning left",
        "leaning right",
        "degrees",
        "the angle by which the ink leans to the right",
        slant,
    ),
    "thickness": Property(
        "Stroke thickness", "thinner", "thicker", "pixels", "ink over the length of the strokes", thickness
    ),
    "width": Property(
        "Width", "narrower", "wider", "pixels", "how widely the ink is spread across, once upright", width
    ),
    "height": Property(
        "Height", "lower", "taller", "pixels", "how widely the ink is spread downwards", height
    ),
    "length": Property(
        "Stroke length",
        "shorter strokes",
        "longer strokes",
        "pixels",
        "half the length of all outlines",
        length,
    ),
    "ink": Property("Ink", "less ink", "more ink", "pixels", "the sum of all grey values", ink),
}


def measure(images: np.ndarray) -> np.ndarray:
    """All properties of some pictures, in the order of PROPERTIES.

    Args:
        images: Floats in [0, 1], (n, 28, 28).

    Returns:
        Each in its own unit, float64 (n, properties).

    Raises:
        InputError: Images of another shape, type or range.
    """
    return np.stack([found.measure(images) for found in PROPERTIES.values()], axis=1)


RIDGE = 1.0


class PropertyDirections(NamedTuple):
    """Which way in the latent space changes each property.

    Attributes:
        mean: The properties' means over training digits, in their units, (properties,).
        deviation: Their standard deviations, likewise.
        r2: The share of their variance over test digits that a code tells by a linear map, at most 1, (properties,).
        directions: What to add to a code to raise a property by one standard deviation, (properties, latent_dim).
    """

    mean: np.ndarray
    deviation: np.ndarray
    r2: np.ndarray
    directions: np.ndarray


# How much a change of reading counts beside the length of the way, both averaged over all directions.
KEEP = 10.0


def fit_directions(
    codes: np.ndarray,
    measured: np.ndarray,
    test_codes: np.ndarray,
    test_measured: np.ndarray,
    margins: np.ndarray | None = None,
) -> PropertyDirections:
    """Finds by ridge regression which way each property changes.

    Of all directions d along which the regression w rises by one standard deviation of the property, the one is taken
    that is the shortest among codes, with their covariance S, and changes the reading least: it minimises
    d' S^-1 d + k d' F d, with F = E[g g'] of the reader's margin gradients g. So d is in proportion to
    (S^-1 + k F)^-1 w, and without margins to S w.

    Args:
        codes: z_mean of training digits, (n, latent_dim).
        measured: Their properties, (n, properties).
        test_codes: z_mean of test digits, (m, latent_dim).
        test_measured: Their properties, (m, properties).
        margins: `margin_gradients` of some codes, (l, latent_dim).

    Source: Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", Technometrics 12(1),
    1970; Haufe et al., "On the interpretation of weight vectors of linear models in multivariate neuroimaging",
    NeuroImage 87, 2014, equation 6 (the direction S w).
    """
    codes, test_codes = codes.astype(np.float64), test_codes.astype(np.float64)
    centre, mean, deviation = codes.mean(axis=0), measured.mean(axis=0), measured.std(axis=0)
    centred, identity = codes - centre, np.eye(codes.shape[1])
    scatter = centred.T @ centred
    slopes = np.linalg.solve(scatter + RIDGE * identity, centred.T @ (measured - mean)).T
    metric = scatter / len(codes)
    if margins is not None:
        metric = metric + 1e-6 * np.trace(metric) / len(metric) * identity  # A dead dimension has no inverse.
        change = margins.T.astype(np.float64) @ margins
        change *= KEEP * len(change) / max((change * metric).sum(), 1e-12)
        metric = np.linalg.inv(np.linalg.inv(metric) + change)
    along = slopes @ metric
    directions = along * (deviation / np.maximum((along * slopes).sum(axis=1), 1e-12))[:, None]
    missed = test_measured - mean - (test_codes - centre) @ slopes.T
    r2 = 1 - (missed**2).mean(axis=0) / np.maximum(test_measured.var(axis=0), 1e-12)
    return PropertyDirections(mean, deviation, r2, directions)


def correlations(coordinates: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """How each coordinate of some codes goes with each property, -1 to 1, (coordinates, properties).

    Args:
        coordinates: (n, coordinates), such as along the principal components.
        measured: The properties of the same pictures, (n, properties).
    """

    def standardise(columns: np.ndarray) -> np.ndarray:
        centred = columns.astype(np.float64) - columns.mean(axis=0, dtype=np.float64)
        return centred / np.maximum(centred.std(axis=0), 1e-12)

    return standardise(coordinates).T @ standardise(measured) / len(measured)


# Below this a coordinate goes with a property too loosely to be called after it.
NAMED = 0.3


def name_of(correlations: np.ndarray) -> str | None:
    """What a coordinate goes with most, a key of PROPERTIES, by its `correlations`; None with nothing."""
    strongest = int(np.abs(correlations).argmax())
    return list(PROPERTIES)[strongest] if abs(correlations[strongest]) >= NAMED else None
