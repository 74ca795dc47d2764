"""The latent space as geometry: principal components of the codes, traversals, and walks between codes.

Arrays in, arrays out; nothing here knows what a code decodes to. A direction is a vector in the latent space
that is one standard deviation long, so that steps along it are counted in standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vae.errors import InputError


@dataclass(frozen=True)
class PrincipalComponents:
    """The principal axes of a cloud of codes, strongest first.

    Attributes:
        mean: The cloud's mean, (latent_dim,).
        components: Orthonormal axes as rows, (latent_dim, latent_dim).
        variances: The cloud's variance along each, descending, (latent_dim,).
    """

    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray

    @classmethod
    def fit(cls, codes: np.ndarray) -> PrincipalComponents:
        """Finds the axes of some codes.

        Each axis points so that its largest entry is positive: the sign of an eigenvector is arbitrary, and
        fixing it keeps a component's meaning from flipping between machines.

        Args:
            codes: (n, latent_dim), n at least 2.

        Raises:
            InputError: Fewer than two codes.

        Source: Jolliffe, "Principal Component Analysis", 2nd edition, 2002, section 1.1.
        """
        codes = np.asarray(codes, np.float64)
        if codes.ndim != 2 or len(codes) < 2:
            raise InputError(f"Expected at least two codes, (n, latent_dim). Received shape {codes.shape}.")
        variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(codes, rowvar=False)))
        axes = axes.T[::-1]
        largest = np.abs(axes).argmax(axis=1)
        axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
        return cls(
            *(a.astype(np.float32) for a in (codes.mean(axis=0), axes, np.maximum(variances[::-1], 0)))
        )

    @property
    def explained_variance_ratio(self) -> np.ndarray:
        """The share of the whole variance along each axis, (latent_dim,); they sum to 1, or are all 0."""
        total = self.variances.sum()
        return np.divide(self.variances, total, out=np.zeros_like(self.variances), where=total > 0)

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviation of the codes along each axis, (latent_dim,)."""
        return np.sqrt(self.variances)

    @property
    def directions(self) -> np.ndarray:
        """One standard deviation along each axis, as rows, (latent_dim, latent_dim)."""
        return self.components * self.deviations[:, None]

    @property
    def dimension_variances(self) -> np.ndarray:
        """The codes' variance along each raw latent dimension, the covariance's diagonal, (latent_dim,)."""
        return self.variances @ self.components**2

    def project(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) as coordinates along the axes, in latent units, (n, latent_dim)."""
        return (codes - self.mean) @ self.components.T

    def restore(self, coordinates: np.ndarray) -> np.ndarray:
        """Coordinates (n, latent_dim) back to codes (n, latent_dim)."""
        return coordinates @ self.components + self.mean

    def standardise(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) as coordinates along the axes, in standard deviations, (n, latent_dim).

        An axis without any variance has no unit to count in: there the coordinates are 0.
        """
        deviations = self.deviations
        return np.divide(self.project(codes), deviations, out=np.zeros(np.shape(codes)), where=deviations > 0)

    def move(self, code: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Moves a code along the strongest axes and leaves the rest of it as it is.

        Restoring a code from a few coordinates would lose what the other axes hold. A move only adds, and so
        keeps it.

        Args:
            code: Where from, (latent_dim,).
            steps: How far along the first k axes, in standard deviations, (k,) or (n, k), k at most
                latent_dim.

        Returns:
            The code moved there, (latent_dim,) or (n, latent_dim).

        Raises:
            InputError: More steps than axes.
        """
        steps = np.asarray(steps)
        if steps.shape[-1] > len(self.components):
            raise InputError(f"Expected at most {len(self.components)} steps. Received {steps.shape[-1]}.")
        return (code + steps @ self.directions[: steps.shape[-1]]).astype(np.float32)


class ChangeAxes(NamedTuple):
    """Axes of the latent space by how much a step along them changes the picture, most first.

    Attributes:
        directions: One standard deviation of the codes along each, as rows, (latent_dim, latent_dim).
        shares: The share of all change along each, descending, (latent_dim,); they sum to 1.
    """

    directions: np.ndarray
    shares: np.ndarray


# Standard deviations between both ends of a finite difference: small beside what bends the decoder, large beside
# float32's rounding.
CHANGE_STEP = 0.1


def change_axes(
    decode: Callable[[np.ndarray], np.ndarray], codes: np.ndarray, components: PrincipalComponents
) -> ChangeAxes:
    """Finds along which axes a picture changes most, on average over some codes.

    Where codes fit the prior, none of their principal components stands out; but a step of a standard deviation changes
    the picture more along some axes than along others. In codes that are whitened, so that each step is one standard
    deviation, they are the eigenvectors of E[J' J] with the decoder's Jacobian J.

    Each axis points so that its largest entry is positive, as for the components.

    Args:
        decode: Codes (n, latent_dim) to pictures (n, 28, 28).
        codes: Where to look, (n, latent_dim).
        components: Those of the codes.

    Source: Ramesh, Choi and LeCun, "A Spectral Regularizer for Unsupervised Disentanglement", 2018, section 2 (the
    right singular vectors of the decoder's Jacobian).
    """
    step, gram = CHANGE_STEP / 2, np.zeros((len(components.mean),) * 2)
    for code in codes:
        ahead, behind = (
            decode((code + sign * step * components.directions).astype(np.float32)) for sign in (1, -1)
        )
        jacobian = (ahead - behind).reshape(len(gram), -1) / CHANGE_STEP
        gram += jacobian @ jacobian.T
    changes, axes = np.linalg.eigh(gram)
    directions = axes.T[::-1] @ components.directions
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.where(directions[np.arange(len(directions)), largest] < 0, -1, 1)[:, None]
    changes = np.maximum(changes[::-1], 0)
    return ChangeAxes(directions.astype(np.float32), changes / max(changes.sum(), 1e-12))


def dimension_directions(components: PrincipalComponents) -> np.ndarray:
    """A standard deviation along each raw latent dimension, as rows, (latent_dim, latent_dim).

    It is that of the codes or that of the prior, 1, whichever is larger. The codes of a dead dimension hardly
    vary, so that only steps as long as the prior's can show that the decoder ignores it.
    """
    return np.diag(np.maximum(np.sqrt(components.dimension_variances), 1)).astype(np.float32)


def traverse(code: np.ndarray, directions: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Walks from a code along each of some directions.

    Args:
        code: Where the walks pass through at step 0, (latent_dim,).
        directions: What one step adds, (k, latent_dim).
        steps: How many steps each walk's codes stand from `code`, (n,), such as `np.linspace(-3, 3, 7)`.

    Returns:
        (k, n, latent_dim), one row of codes for each direction.
    """
    return (code + np.asarray(steps)[None, :, None] * directions[:, None, :]).astype(np.float32)


def interpolate(start: np.ndarray, end: np.ndarray, steps: int, *, spherical: bool = False) -> np.ndarray:
    """Walks from one code to another.

    In 40 dimensions a prior's draws lie near a sphere, and the straight line between two of them cuts through
    its inside, where hardly any code lies. The spherical walk turns from one direction to the other at an
    even speed instead, while its norm goes evenly from one code's to the other's.

    Args:
        start: Where from, (latent_dim,).
        end: Where to, (latent_dim,).
        steps: How many codes, both ends included, at least 2.
        spherical: Along the great circle through both directions, rather than the straight line. Between
            opposite codes, where every great circle is as short, one is taken; from or to the origin, which
            has no direction, the walk is straight.

    Returns:
        (steps, latent_dim), the first is `start` and the last `end`.

    Raises:
        InputError: Fewer than two steps, or codes of different shapes.

    Source: Shoemake, "Animating Rotation with Quaternion Curves", SIGGRAPH 1985, section 3.3; White,
    "Sampling Generative Networks", 2016, section 2.1.
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    if start.ndim != 1 or start.shape != end.shape:
        raise InputError(
            f"Expected two codes of one shape (latent_dim,). Received {start.shape} and {end.shape}."
        )
    if steps < 2:
        raise InputError(f"Expected at least 2 steps. Received {steps}.")
    fractions = np.linspace(0, 1, steps)[:, None]
    start_norm, end_norm = np.linalg.norm(start), np.linalg.norm(end)
    if spherical and min(start_norm, end_norm) > 0:
        norms = start_norm + fractions * (end_norm - start_norm)
        codes = norms * _turn(start / start_norm, end / end_norm, fractions)
    else:
        codes = (1 - fractions) * start + fractions * end
    return codes.astype(np.float32)


def _turn(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    # cos and sin in the plane of both unit vectors, rather than the textbook's quotient of sines: that one
    # divides 0 by 0 between parallel vectors, and the arccosine in it is blind to small angles.
    across = end - (start @ end) * start
    length = np.linalg.norm(across)
    angle = np.arctan2(length, start @ end)
    if length < 1e-12:
        # Parallel, where any plane will do since the angle is 0; or opposite, where any plane is as good.
        across = np.eye(len(start))[np.abs(start).argmin()]
        across -= (start @ across) * start
        length = np.linalg.norm(across)
    if length > 0:  # In one dimension there is nowhere to turn to.
        across = across / length
    return np.cos(fractions * angle) * start + np.sin(fractions * angle) * across


def analogy(example: np.ndarray, reference: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Does to `subject` what leads from `reference` to `example`: example - reference + subject.

    A slanted 7 minus an upright 7 is a slant; added to a 1, it should slant it.

    Takes codes (..., latent_dim) and returns one, (..., latent_dim).

    Source: Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations", NAACL
    2013.
    """
    return (np.asarray(example) - reference + subject).astype(np.float32)
