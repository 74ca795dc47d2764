"""Random draws: where the codes come from, what they decode to, and how they compare with the digits' codes."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.show import pictures
from vae import metrics
from vae.checkpoints import Checkpoint
from vae.density import GaussianMixture
from vae.posterior import Gaussian, aggregated_posterior

Source = Literal["prior", "codes", "mixture"]
ANY = -1
DRAWS, COLUMNS = 24, 6
# Spreads that differ by less than this factor count as equal, and so do middles that are closer than this share of the
# codes' own spread.
ALIKE, CLOSE = 1.25, 0.25


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=BY_WEIGHTS)
def digit_codes(model: Checkpoint) -> tuple[Gaussian, int]:
    """The aggregated posterior of the test pictures as a Gaussian, and how many dimensions are active."""
    codes = cache.test_codes(model)
    return aggregated_posterior(codes), int(metrics.active_units(codes.z_mean).sum())


def mixture_of(model: Checkpoint, name: str, digit: int) -> GaussianMixture | None:
    """The mixture that was fitted to a model's codes, of all classes or of one; None where nothing is known of it."""
    profile = cache.latent_profile(model, name)
    if profile is None:
        return None
    return profile.mixture if digit == ANY else profile.mixture.of_class(digit)


def drawn_from(
    model: Checkpoint, name: str, source: Source, temperature: float, digit: int = ANY
) -> Gaussian:
    """The mean and the covariance of what the codes are drawn from."""
    if source == "mixture":
        mixture = mixture_of(model, name, digit)
        mean = mixture.weights @ mixture.means
        apart, roots = mixture.means - mean, temperature * mixture.roots
        within = np.tensordot(mixture.weights, roots @ roots.swapaxes(1, 2), 1)
        return Gaussian(mean, (mixture.weights * apart.T) @ apart + within)
    if source == "codes":
        return digit_codes(model)[0].scale(temperature)
    return Gaussian.prior(model.config.network.latent_dim).scale(temperature)


def draw_codes(
    model: Checkpoint, name: str, source: Source, temperature: float, seed: int, digit: int = ANY
) -> np.ndarray | None:
    """Codes drawn at random, (DRAWS, latent_dim); for one seed the prior's are the same under every model.

    None for a mixture of which nothing is known.
    """
    rng = np.random.default_rng(seed)
    if source != "mixture":
        return drawn_from(model, name, source, temperature).sample(DRAWS, rng)
    mixture = mixture_of(model, name, digit)
    return None if mixture is None else mixture.sample(DRAWS, rng, temperature=temperature)


@st.cache_data(show_spinner=False, max_entries=128, hash_funcs=BY_WEIGHTS)
def draws(
    model: Checkpoint, name: str, source: Source, temperature: float, seed: int, digit: int = ANY
) -> str:
    """HTML of decoded draws."""
    codes = draw_codes(model, name, source, temperature, seed, digit)
    alts = [f"Draw {n} of {model.name}" for n in range(1, DRAWS + 1)]
    return pictures.sheet(model.vae.decode(codes), alts, COLUMNS)


_LEGIBLE = {"prior": "prior", "codes": "gaussian", "mixture": "mixture"}


def describe_reading(model: Checkpoint, name: str, source: Source) -> str:
    """How much draws from a source look like digits to the reader, in Markdown; "" where nobody asked it.

    Args:
        model: Who decodes.
        name: Its name or folder.
        source: What is drawn from.
    """
    profile = cache.latent_profile(model, name)
    if profile is None or not profile.legibility:
        return ""
    known = profile.legibility
    found, ends = known[_LEGIBLE[source]], (known["training"].distance, known["prior"].distance)
    between = "" if source == "prior" else f" and of the prior's draws {ends[1]:.1f}"
    return (
        f"Of 10,000 draws of all digits, at temperature 1, **{found.confident:.0%}** read as some digit with more than "
        f"90% confidence. Their [[Fréchet distance]] from real digits is **{found.distance:.1f}**; that of other "
        f"real digits is {ends[0]:.1f}{between}."
    )


def describe(drawn: Gaussian, codes: Gaussian, active: int) -> str:
    """Compares draws with digits' codes, in Markdown.

    Args:
        drawn: What is drawn from.
        codes: The digits' aggregated posterior.
        active: How many dimensions of the code depend on the digit.
    """
    dims = len(codes.mean)
    spread, wanted = drawn.deviation, codes.deviation
    offset = float(np.linalg.norm(drawn.mean - codes.mean))
    is_near = offset <= CLOSE * wanted * np.sqrt(dims)
    over = f", as a root mean square over all {dims} dimensions" if dims > 1 else ""
    said = [
        f"The digits' codes have a standard deviation of **{wanted:.2f}** and the draws of **{spread:.2f}**{over}."
    ]
    if spread == 0:
        said.append("All draws are the same code.")
    elif spread > ALIKE * wanted:
        said.append(
            "So the draws spread farther than the digits' codes, to where the decoder has had less training."
        )
    elif spread < wanted / ALIKE:
        said.append("So the draws lie closer together than the digits' codes.")
    elif is_near:
        said.append("So the draws spread about as far as the digits' codes, around nearly the same middle.")
    else:
        said.append("So the draws spread about as far as the digits' codes.")
    if not is_near:
        said.append(f"The middle of the draws is {offset:.1f} away from the middle of the codes.")
    if not active:
        said.append("No dimension of this model's code depends on the digit, so a draw can't choose one.")
    return " ".join(said)
