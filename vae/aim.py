"""A short way in the latent space to where a picture reads as another digit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae.inference import VAE
from vae.reader import Reader


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


# A step's length at most, in units of the latent space, where the prior has a standard deviation of 1.
STEP = 0.3
MOST_STEPS = 100
# How many of the places where the odds are high enough are drawn nearer, the nearest first, and how often.
REFINED, REFINEMENTS = 4, 15
# How far beyond the boundary a step goes, in the logarithm of the odds.
BEYOND = 0.1
# At how many places it looks on a straight way.
LOOKS = 20
# What probabilities and squares are at least, so that logarithms and quotients are finite.
TINY = 1e-9


class Way(NamedTuple):
    """A way to where a picture reads as another digit.

    Attributes:
        codes: From the start to the end, float32 (steps + 1, latent_dim).
        arrived: Whether its end reads as that digit as confidently as asked for.
    """

    codes: np.ndarray
    arrived: bool


def aim(
    vae: VAE, reader: Reader, z: np.ndarray, target: int, goals: np.ndarray, confidence: float = 0.9
) -> Way:
    """Finds a short way from a code to one whose picture reads as another digit.

    It first follows the gradient of the odds until they are high enough. From there, and from where they first are on
    the straight ways to some goals, it takes the odds as linear around where it stands, goes half of the way to the
    nearest point to the start that would do, and so on; the nearest of all that did is where the way ends.

    Args:
        vae: What decodes.
        reader: What reads.
        z: The start, finite floats, (latent_dim,).
        target: The digit.
        goals: Codes of such digits to try, (n, latent_dim).
        confidence: With what probability its picture has to read as that, in (0, 1).

    Raises:
        InputError: A code of another shape or type.

    Source: Croce and Hein, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack", ICML 2020,
    section 3 (projection on the linearised boundary), here in the latent space.
    """
    odds, start = _Odds(vae, reader, target, confidence), np.asarray(z, np.float64)
    codes, ends = [start], []
    missing, gradient = odds.linear(start)
    while missing < 0 and len(codes) <= MOST_STEPS and gradient.any():
        length = np.linalg.norm(gradient)
        codes.append(codes[-1] + min(STEP, (BEYOND - missing) / length) * gradient / length)
        missing, gradient = odds.linear(codes[-1])
    if missing >= 0:
        ends.append(codes[-1])
    shares = np.arange(1, LOOKS + 1)[:, None] / LOOKS
    for goal in np.asarray(goals, np.float64):
        straight = start + shares * (goal - start)
        enough = np.flatnonzero(odds.of(straight) >= 0)
        ends += [straight[n] for n in enough[:1]]
    if not ends:
        return Way(np.stack(codes).astype(np.float32), False)

    def far(end: np.ndarray) -> float:
        return float(np.linalg.norm(end - start))

    nearest = min((odds.draw_near(start, end) for end in sorted(ends, key=far)[:REFINED]), key=far)
    return Way(np.stack([*codes[:-1], nearest]).astype(np.float32), True)


class _Odds:
    # By how much the logarithm of the odds of a reading exceeds what is asked for.

    def __init__(self, vae: VAE, reader: Reader, target: int, confidence: float):
        self.vae, self.reader, self.target = vae, reader, target
        self.asked = np.log(confidence / (1 - confidence))

    def of(self, codes: np.ndarray) -> np.ndarray:
        probability = self.reader.read(self.vae.decode(codes.astype(np.float32)))[:, self.target].astype(
            np.float64
        )
        probability = np.clip(probability, TINY, 1 - TINY)
        return np.log(probability) - np.log1p(-probability) - self.asked

    def linear(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        codes = z[None].astype(np.float32)
        (log,), gradients = self.reader.backward(self.vae.decode(codes), np.array([self.target]))
        rest = max(-np.expm1(float(log)), TINY)
        return float(log) - np.log(rest) - self.asked, self.vae.decode_backward(codes, gradients)[0] / rest

    def draw_near(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        z = best = end
        for _ in range(REFINEMENTS):
            beyond, gradient = self.linear(z)
            if beyond >= 0 and np.linalg.norm(z - start) < np.linalg.norm(best - start):
                best = z
            lacking = gradient @ (z - start) - beyond + BEYOND
            z = (z + start + gradient * lacking / max(gradient @ gradient, TINY)) / 2
        return best
