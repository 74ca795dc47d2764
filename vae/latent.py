"""The latent space as geometry: principal components of the codes, and walks between codes.

Arrays in, arrays out; nothing here knows what a code decodes to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
            ValueError: Fewer than two codes.

        Source: Jolliffe, "Principal Component Analysis", 2nd edition, 2002, section 1.1.
        """
        codes = np.asarray(codes, np.float64)
        if codes.ndim != 2 or len(codes) < 2:
            raise ValueError(f"Expected at least two codes, (n, latent_dim). Received shape {codes.shape}.")
        variances, axes = np.linalg.eigh(np.cov(codes, rowvar=False))
        axes = axes.T[::-1]
        largest = np.abs(axes).argmax(axis=1)
        axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
        return cls(*(a.astype(np.float32) for a in (codes.mean(axis=0), axes, np.maximum(variances[::-1], 0))))

    @property
    def explained_variance_ratio(self) -> np.ndarray:
        """The share of the whole variance along each axis, (latent_dim,); they sum to 1."""
        return self.variances / self.variances.sum()

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviation of the codes along each axis, (latent_dim,)."""
        return np.sqrt(self.variances)

    def project(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) as coordinates along the axes, in latent units, (n, latent_dim)."""
        return (codes - self.mean) @ self.components.T

    def restore(self, coordinates: np.ndarray) -> np.ndarray:
        """Coordinates (n, latent_dim) back to codes (n, latent_dim)."""
        return coordinates @ self.components + self.mean
