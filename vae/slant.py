"""How far a digit leans."""

from __future__ import annotations

import numpy as np

from vae.validate import as_images


def slant(images: np.ndarray) -> np.ndarray:
    """The angle by which digits lean to the right, from the second moments of their ink.

    A picture sheared by s pixels to the right per pixel upwards has the covariance -s Var[y] between x and y
    (which points down), if its upright form has none. So the slant is arctan(-Cov[x, y] / Var[y]).

    Args:
        images: Floats in [0, 1], (n, 28, 28).

    Returns:
        Degrees, float64 (n,), -90 to 90; positive leans right. A picture without ink, or with ink in one row
        only, leans by 0.

    Raises:
        InputError: Images of another shape, type or range.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition",
    Proceedings of the IEEE 86(11), 1998, section III.A (the deslanted MNIST).
    """
    images = as_images(images).astype(np.float64)
    rows, columns = images.sum(axis=2), images.sum(axis=1)
    ink = np.maximum(images.sum(axis=(1, 2)), 1e-12)
    y, x = np.arange(images.shape[1]), np.arange(images.shape[2])
    mean_y, mean_x = rows @ y / ink, columns @ x / ink
    var_y = rows @ y**2 / ink - mean_y**2
    covariance = np.einsum("nyx,y,x->n", images, y, x) / ink - mean_y * mean_x
    steep = var_y > 1e-6
    return np.degrees(np.arctan(np.where(steep, -covariance / np.where(steep, var_y, 1), 0)))
