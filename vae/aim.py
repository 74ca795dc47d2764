"""A short way in the latent space to where a picture reads as another digit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae.density import GaussianMixture
from vae.errors import InputError
from vae.inference import VAE
from vae.reader import Reader
from vae.validate import as_codes

CONFIDENCE = 0.9

# The straight ways to where codes of the target lie are tried in so many steps.
STRAIGHT_STEPS = 20
REFINEMENTS = 40
# Of those that arrive, the shortest go on.
STARTS = 3
# What a nat of density counts beside half a squared length, in standard deviations of a code.
DENSITY = 0.15
# Of the way along the level set in one refinement; and how far one may go across it, in standard deviations.
RATE, MOST_ACROSS = 0.2, 0.3
# Where refinements aim at: a little beyond the goal, lest rounding leave them short of it.
BEYOND = 0.05


class Aim(NamedTuple):
    """A way from a code to one whose picture reads as a target.

    Attributes:
        start: Where it begins, float32 (latent_dim,).
        end: Where it ends, float32 (latent_dim,): its picture reads as the target with the confidence that was asked.
        target: The class.
        confidence: How sure the reading is at the end, 0 to 1.
    """

    start: np.ndarray
    end: np.ndarray
    target: int
    confidence: float

    @property
    def length(self) -> float:
        """How long the way is, in latent units."""
        return float(np.linalg.norm(self.end - self.start))

    def path(self, steps: int) -> np.ndarray:
        """Codes at even steps from start to end, both included, float32 (steps, latent_dim)."""
        fractions = np.linspace(0, 1, steps)[:, None]
        return (self.start + fractions * (self.end - self.start)).astype(np.float32)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """log(p / (1 - p)), finite for every p in [0, 1]."""
    inside = np.clip(probabilities.astype(np.float64), 1e-12, 1 - 1e-7)
    return np.log(inside) - np.log1p(-inside)


def margin_gradients(vae: VAE, reader: Reader, z: np.ndarray) -> np.ndarray:
    """Which way the reading of codes' pictures gains most on the runner-up.

    Args:
        vae: What decodes them.
        reader: What reads them.
        z: Finite floats, (n, latent_dim).

    Returns:
        The gradient of log p(reading) - log p(runner-up) with respect to each code, float32 (n, latent_dim).

    Raises:
        InputError: Codes of another shape or type.
    """
    images = vae.decode(z)
    first, second = np.argsort(-reader.scores(images), axis=1, kind="stable")[:, :2].T
    return vae.decode_backward(z, reader.backward(images, first)[1] - reader.backward(images, second)[1])


def _margin(vae: VAE, reader: Reader, z: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
    """The log odds of reading as the target, (n,), and their gradients with respect to codes z, (n, latent_dim)."""
    codes = z.astype(np.float32)
    logs, gradients = reader.backward(vae.decode(codes), np.full(len(z), target))
    odds = log_odds(np.exp(logs))
    # d log(p / (1 - p)) = d log p / (1 - p).
    back = vae.decode_backward(codes, gradients).astype(np.float64)
    return odds, back * (1 + np.exp(np.minimum(odds, 15)))[:, None]


def _crossings(
    vae: VAE, reader: Reader, start: np.ndarray, ends: np.ndarray, target: int, confidence: float
) -> np.ndarray:
    """Where straight ways first read as the target, the shortest first, (n, latent_dim); those that never do are left
    out."""
    fractions = np.arange(STRAIGHT_STEPS + 1) / STRAIGHT_STEPS
    codes = start + fractions[:, None] * (ends - start)[:, None]
    read = reader.read(vae.decode(codes.reshape(-1, len(start)).astype(np.float32)))[:, target]
    reached = read.reshape(codes.shape[:2]) >= confidence
    first, arrives = reached.argmax(axis=1), reached.any(axis=1)
    found = codes[np.arange(len(ends)), first][arrives]
    return found[np.linalg.norm(found - start, axis=1).argsort(kind="stable")]


def aim(
    vae: VAE,
    reader: Reader,
    mixture: GaussianMixture,
    z: np.ndarray,
    target: int,
    confidence: float = CONFIDENCE,
) -> Aim | None:
    """Finds a short way to where a code's picture reads as a target.

    It begins where the shortest of the straight ways to the target's codes, to their mean and to those of the mixture's
    components, first read as the target. From there it slides along the level set of the reading, against the gradient
    of half the squared length minus DENSITY times the log density of the target's codes, and steps back to the level
    set by the reader's gradient. The density keeps it from where no code of a digit lies: there a reader can be told
    what nobody sees.

    Args:
        vae: What decodes.
        reader: What reads.
        mixture: Where codes of digits are.
        z: Where from, (latent_dim,).
        target: The class to read as.
        confidence: With which probability, between 0 and 1.

    Returns:
        The way, which ends where it starts if the picture already reads as the target; None where none was found.

    Raises:
        InputError: A code of another shape or type, a class that the mixture lacks, or a confidence out of range.
    """
    if not 0 < confidence < 1:
        raise InputError(f"Expected a confidence between 0 and 1. Received {confidence!r}.")
    start = as_codes(np.asarray(z)[None], vae.network.latent_dim)[0].astype(np.float64)
    of_target = mixture.of_class(target)
    ends = np.vstack([of_target.weights @ of_target.means, of_target.means])
    code = _crossings(vae, reader, start, ends, target, confidence)[:STARTS]
    if not len(code):
        return None
    scale = np.sqrt(mixture.variances.mean())
    goal = float(log_odds(np.array(confidence)))
    longest, best, least = np.linalg.norm(code[0] - start), code[0], np.inf
    for _ in range(REFINEMENTS):
        odds, gradient = _margin(vae, reader, code, target)
        length = np.linalg.norm(code - start, axis=1)
        cost = (length / scale) ** 2 / 2 - DENSITY * of_target.log_density(code)
        cost[(odds < goal) | (length > longest)] = np.inf
        if cost.min() < least:
            best, least = code[cost.argmin()], cost.min()
        slope = (code - start) / scale - DENSITY * scale * of_target.gradient(code)
        norm = np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1e-12)
        up = gradient / norm
        # What would leave the level set downwards is taken from the step, what leads upwards is not.
        slope -= np.maximum((slope * up).sum(axis=1, keepdims=True), 0) * up
        across = np.clip((goal + BEYOND - odds)[:, None] / norm, 0, MOST_ACROSS * scale)
        code = code - RATE * scale * slope + across * up
    end = best.astype(np.float32)
    reached = float(reader.read(vae.decode(end))[target])
    return Aim(start.astype(np.float32), end, target, reached)
