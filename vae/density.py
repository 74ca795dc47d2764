"""Where in the latent space the codes of digits are: a mixture of Gaussians, fitted after the model was trained.

The prior N(0, I) is where training pulled the codes, all of them together; they fill only a small part of it. Codes
drawn from a density that was fitted to them decode to digits far more often, and a code where it is low is odd.

Source: Ghosh, Sajjadi, Vergari, Black and Schoelkopf, "From Variational to Deterministic Autoencoders", ICLR 2020,
section 4 (ex-post density estimation).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vae.errors import InputError

COMPONENTS = 60
# Fewer codes than this many for each of its dimensions would not tell a component's covariance.
CODES_PER_DIMENSION = 5
# The least variance of a component in any direction, as a share of the codes' mean variance: a dead dimension has none
# of its own, and would make what little it has count for everything.
RIDGE = 1e-4


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of Gaussians, each of which holds codes of one class.

    Attributes:
        weights: The share of each component, (components,); they sum to 1.
        means: (components, latent_dim).
        roots: Lower triangular L with L L' = the component's covariance, (components, latent_dim, latent_dim).
        labels: The class of each component, (components,).
    """

    weights: np.ndarray
    means: np.ndarray
    roots: np.ndarray
    labels: np.ndarray

    @classmethod
    def fit(
        cls, codes: np.ndarray, labels: np.ndarray, seed: int, components: int = COMPONENTS
    ) -> GaussianMixture:
        """Fits a mixture to the codes of each class by expectation and maximisation, started from k-means++.

        Args:
            codes: Sampled codes, (n, latent_dim).
            labels: Their classes, (n,).
            seed: What decides the start.
            components: How many in all; each class gets as many, at least one, and fewer where it has few codes.

        Returns:
            The mixture; its roots have the precision of float16, in which they are kept.

        Raises:
            ModuleNotFoundError: scikit-learn is not installed.

        Source: Dempster, Laird and Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm", Journal of
        the Royal Statistical Society B 39(1), 1977.
        """
        from sklearn.exceptions import ConvergenceWarning  # Only this needs it.
        from sklearn.mixture import GaussianMixture as Mixture

        codes, found = codes.astype(np.float64), []
        ridge = max(RIDGE * codes.var(axis=0).mean(), 1e-12)
        classes = np.unique(labels)
        for label in classes:
            members = codes[labels == label]
            count = min(components // len(classes), len(members) // (CODES_PER_DIMENSION * codes.shape[1]))
            mixture = Mixture(
                max(count, 1), reg_covar=ridge, init_params="k-means++", max_iter=200, random_state=seed
            )
            with warnings.catch_warnings():
                # Two hundred steps on, what is left to gain is nothing that a draw would show.
                warnings.simplefilter("ignore", ConvergenceWarning)
                # scikit-learn wants two codes; a class with one has it twice.
                mixture.fit(members if len(members) > 1 else members.repeat(2, axis=0))
            share = len(members) / len(codes)
            roots = np.linalg.cholesky(mixture.covariances_)
            found.append((share * mixture.weights_, mixture.means_, roots, np.full(max(count, 1), label)))
        weights, means, roots, labels = map(np.concatenate, zip(*found, strict=True))
        return cls(weights, means, roots.astype(np.float16).astype(np.float32), labels)

    @cached_property
    def _whitening(self) -> tuple[np.ndarray, np.ndarray]:
        """L^-1 of each component, and the logarithm of its weighted density at its mean. Found once: it takes longer
        than to use it."""
        roots = self.roots.astype(np.float64)
        diagonals = np.diagonal(roots, axis1=1, axis2=2)
        log_peaks = np.log(self.weights) - np.log(diagonals).sum(axis=1)
        return np.linalg.inv(roots), log_peaks - np.log(2 * np.pi) * roots.shape[-1] / 2

    def _log_joint(self, codes: np.ndarray) -> np.ndarray:
        """log p(component, z), (n, components)."""
        columns = [
            log_peak - (((codes - mean) @ inverse.T) ** 2).sum(axis=1) / 2
            for mean, inverse, log_peak in zip(self.means, *self._whitening, strict=True)
        ]
        return np.stack(columns, axis=1)

    def log_density(self, codes: np.ndarray) -> np.ndarray:
        """log p(z) of codes (n, latent_dim), nats, float64 (n,)."""
        return np.logaddexp.reduce(self._log_joint(codes), axis=1)

    def of_class(self, label: int) -> GaussianMixture:
        """The components of one class alone, as a mixture.

        Raises:
            InputError: No such class.
        """
        chosen = self.labels == label
        if not chosen.any():
            raise InputError(f"Expected a class among {np.unique(self.labels).tolist()}. Received {label!r}.")
        weights = self.weights[chosen] / self.weights[chosen].sum()
        return GaussianMixture(weights, self.means[chosen], self.roots[chosen], self.labels[chosen])

    def gradient(self, codes: np.ndarray) -> np.ndarray:
        """The gradient of `log_density` with respect to codes (n, latent_dim), float64 (n, latent_dim)."""
        joint = self._log_joint(codes)
        shares = np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None])
        found = np.zeros(codes.shape)
        for share, mean, inverse in zip(shares.T, self.means, self._whitening[0], strict=True):
            found += share[:, None] * ((mean - codes) @ inverse.T @ inverse)
        return found

    def sample(self, count: int, rng: np.random.Generator, *, temperature: float = 1) -> np.ndarray:
        """Draws codes.

        Args:
            count: How many.
            rng: Where the randomness comes from.
            temperature: What the standard deviations within each component are multiplied by, at least 0.

        Returns:
            float32 (count, latent_dim).
        """
        weights = self.weights.astype(np.float64)
        chosen = rng.choice(len(weights), count, p=weights / weights.sum())
        noise = rng.standard_normal((count, self.means.shape[1]), dtype=np.float32)
        codes = self.means[chosen].astype(np.float32)
        for component in np.unique(
            chosen
        ):  # One after the other: all roots of all draws would fill gigabytes.
            drawn = chosen == component
            codes[drawn] += temperature * noise[drawn] @ self.roots[component].T
        return codes
