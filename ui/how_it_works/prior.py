"""Step 6: why the KL divergence is there, with and without it side by side."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.show import pictures
from ui.show.bars import ACCENT
from ui.show.pictures import Picture, image_tag, tile
from ui.show.plain_text import as_plain_text
from ui.state import bind, current
from vae import neighbours
from vae.checkpoints import Checkpoint, CheckpointError
from vae.latent import interpolate
from vae.posterior import Posterior, Spread, spread

# The two objectives that the lesson compares: without a KL divergence, and the calibrated one.
COMPARED = ("notebook", "calibrated")
# How many clouds, steps of a walk and samples are shown, and over how many samples and walks the models are measured.
CLOUD, STEPS, SAMPLES, MEASURED = 200, 5, 7, 100
# What stands in a picture's address as it is; escaped, it would be twice as long.
SAFE = " ='/:().,-"


def compared_models(current: Checkpoint) -> list[Checkpoint]:
    """The models to compare, as far as they are there; the one at work needn't be loaded again."""
    models = []
    for name in COMPARED:
        try:
            models.append(current if current.name == name else cache.load_model(name))
        except CheckpointError as error:
            st.warning(f"The comparison lacks the model *{name}*. {as_plain_text(str(error))}")
    return models


def heading(model: Checkpoint) -> str:
    """A model's name and what held its codes."""
    weight = model.config.objective.kl_weight
    return f"{model.name}, trained " + (
        f"with a KL weight of {weight:g}" if weight else "without the KL divergence"
    )


class Measured(NamedTuple):
    """What the step shows of a model, whatever the visitor's digit.

    Attributes:
        dims: The two dimensions that tell most about the digits, (2,).
        reach: How far a picture of the clouds in these two has to reach, in latent units.
        clouds: That picture, as SVG in thousandths of a latent unit, ready for a picture's address.
        spread: How widely the codes are spread.
        ends: The code of one test digit of each class, where walks end, (10, latent_dim).
        samples: Mean squared distance to the nearest of the 10,000 test digits, averaged over draws from the prior.
        middles: The same, half way between the codes of two test digits of different classes.
    """

    dims: np.ndarray
    reach: float
    clouds: str
    spread: Spread
    ends: np.ndarray
    samples: float
    middles: float


@st.cache_resource(max_entries=4, show_spinner="Measuring the models…", hash_funcs=BY_WEIGHTS)
def measure_all(models: tuple[Checkpoint, ...]) -> list[Measured]:
    """Measures models, once for all visitors; all at once, since each look into a cache takes its time."""
    return [measure(model) for model in models]


def measure(model: Checkpoint) -> Measured:
    """Measures a model."""
    digits, latent_dim = cache.test_set(model), model.config.network.latent_dim
    codes = model.vae.encode(digits.images[:CLOUD])
    dims = np.sort(np.argsort(-model.kl)[:2])
    ends = model.vae.encode(digits.images[[digits.of_class(label)[0] for label in range(10)]]).z_mean
    draws = np.random.default_rng(0).standard_normal((MEASURED, latent_dim), dtype=np.float32)
    middles = (codes.z_mean[:MEASURED] + ends[(digits.labels[:MEASURED] + 1) % 10]) / 2
    images = model.vae.decode(np.concatenate([draws, middles]))
    distances = neighbours.nearest_images(images, digits.search_set).mse[:, 0]
    return Measured(
        dims=dims,
        # A few stragglers may lie outside: they would shrink all the rest.
        reach=float(max(3, np.ceil(np.quantile(np.abs(codes.z_mean[:, dims]), 0.97)))),
        clouds=quote(draw_clouds(Posterior(codes.z_mean[:, dims], codes.z_log_var[:, dims])), SAFE),
        spread=spread(codes),
        ends=ends,
        samples=float(distances[:MEASURED].mean()),
        middles=float(distances[MEASURED:].mean()),
    )


def verdict(models: Sequence[Checkpoint], distances: Sequence[float], things: str) -> str:
    """What distances to the nearest test digits say for or against the KL divergence.

    Args:
        models: The models that are compared.
        distances: How far the pictures of each are from real digits, on average.
        things: What was measured, in the plural: "samples".
    """
    each = ", ".join(
        f"**{as_plain_text(m.name)}** {far:.4f}" for m, far in zip(models, distances, strict=True)
    )
    told = (
        f"Mean squared distance to the nearest of the 10,000 test digits, over {MEASURED} {things}: {each}."
    )
    weights = [model.config.objective.kl_weight > 0 for model in models]
    if len(set(weights)) < 2:
        return told
    best = int(np.argmin(distances))
    if weights[best]:
        return f"{told} With the KL divergence, they are closer to real digits."
    return (
        f"{told} By this number the KL divergence buys nothing: without it, they are closer to real digits. "
        "But it compares pixels; it doesn't ask whether anybody could read the picture."
    )


def show(story: Story) -> None:
    """Clouds, samples and a walk under both objectives."""
    st.header("6. Why the KL divergence is there", anchor="prior")
    st.write(
        "The KL divergence is a price. Without it, the encoder may put the digits anywhere and shrink each "
        "cloud to a speck. The price keeps the clouds near the prior, N(0, I). Here are three looks at two "
        "models, one trained without the price and one with it. They differ in their networks and in the "
        "noise they were trained on as well, so not every difference comes from the KL divergence."
        + ("" if story.model.knows_digits else " Both were trained on digits.")
    )
    models = compared_models(story.model)
    if not models:
        return
    measured = measure_all(tuple(models))
    codes = [model.vae.encode(story.clean).z_mean[0] for model in models]
    show_clouds(models, measured, codes)
    show_samples(models, measured)
    show_walk(models, measured, codes)
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
q(z) = \tfrac1N \textstyle\sum_n q_\phi(z \mid x_n)
$$

$$
p(z) = \mathcal N(0, I)
$$

- $q(z)$: all the clouds laid over one another, the *aggregated posterior* of the $N$ digits $x_n$. Its
  standard deviation in one dimension is $\sqrt{\operatorname{Var}[\mu_n] + \operatorname{mean}[\sigma_n^2]}$.
- $p(z)$: the prior. To make a new digit one draws $z$ from it; that works as far as $q(z)$ looks like it.

The KL divergence of a posterior from the prior, averaged over the digits, is what $z$ tells about which digit
it is, plus the divergence of $q(z)$ from $p(z)$. Making it small therefore makes the code frugal, and makes
the clouds together look like the prior.
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/metrics.py", "kl_divergence")
        show_source("vae/posterior.py", "spread")


def show_clouds(models: list[Checkpoint], measured: list[Measured], codes: list[np.ndarray]) -> None:
    """The clouds of many digits, against the prior.

    Args:
        models: The models to compare.
        measured: What was measured of each.
        codes: The current digit's code under each, (latent_dim,).
    """
    st.markdown(
        "### Spread: the clouds against the prior\n\n"
        f"Each ellipse is the cloud of one of {CLOUD} test digits, out to two standard deviations, in the "
        "two dimensions that tell most. The dashed circle is the prior's, drawn the same way. Both pictures "
        "have the same scale; the ring is your digit."
    )
    reach = max(each.reach for each in measured)
    parts = map(_clouds_part, models, measured, codes, [reach] * len(models))
    st.html(f'{_STYLE}<div class="clouds-beside">{"".join(parts)}</div>')


def _clouds_part(model: Checkpoint, measured: Measured, code: np.ndarray, reach: float) -> str:
    x, y = np.clip(code[measured.dims], -reach, reach)
    side = 2000 * reach
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='{-side / 2:g} {-side / 2:g} {side:g} {side:g}'>"
    svg = quote(head, SAFE) + measured.clouds + quote("</svg>", SAFE)
    first, second = measured.dims + 1
    alt = (
        f"The posteriors of {CLOUD} test digits under {model.name} in dimensions {first} and {second}, "
        f"against the prior's circle; the axes reach to {reach:g}"
    )
    found = measured.spread
    return (
        f"<div><p><b>{html.escape(heading(model))}</b></p>"
        # A picture rather than hundreds of elements, which the browser would go through at each rerun.
        f'<div class="clouds">{image_tag(svg, alt)}'
        # The second axis points up.
        f'<i style="left:{50 + 50 * x / reach:.2f}%;top:{50 - 50 * y / reach:.2f}%"></i><span>±{reach:g}</span></div>'
        f"<p><small>Standard deviation of the means: {found.means:.2f}; of one cloud: {found.posteriors:.2g}; of "
        f"all clouds together: {found.codes:.2f}, where N(0, I) has 1. Over these {CLOUD} digits and all active "
        "dimensions.</small></p></div>"
    )


def draw_clouds(codes: Posterior) -> str:
    """SVG of posteriors in two dimensions as ellipses, with the prior's circle, in thousandths of a latent unit.

    Args:
        codes: The posteriors in these two dimensions, (n, 2).
    """
    middles = np.round(1000 * codes.z_mean * (1, -1)).astype(int).tolist()  # The second axis points up.
    radii = np.round(2000 * np.exp(codes.z_log_var / 2)).astype(int).tolist()
    ellipses = "".join(
        f"<ellipse cx='{x}' cy='{y}' rx='{across}' ry='{up}'/>"
        for (x, y), (across, up) in zip(middles, radii, strict=True)
    )
    return (
        # Lines as thin as on the screen, whatever the picture reaches to.
        "<style>*{vector-effect:non-scaling-stroke;fill:none;stroke:#888}"
        f"ellipse{{fill:{ACCENT};fill-opacity:.2;stroke:{ACCENT};stroke-opacity:.65}}"
        "circle{stroke-width:2;stroke-dasharray:6 4}</style>"
        f"<path d='M-99999 0H99999M0 -99999V99999'/>{ellipses}<circle r='2000'/>"
    )


_STYLE = """<style>
.clouds-beside { display: grid; gap: 1rem 2rem; align-items: end;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); }
.clouds-beside p { margin: 0 0 0.5rem; line-height: 1.4; }
.clouds { position: relative; aspect-ratio: 1; width: 100%; max-width: 420px; overflow: hidden; margin-bottom: 0.5rem; }
.clouds img { width: 100%; display: block; }
.clouds i { position: absolute; width: 14px; height: 14px; margin: -7px; border-radius: 50%;
  border: 2px solid currentColor; }
.clouds span { position: absolute; right: 0; top: 50%; font-size: 0.85rem; }
</style>"""


@st.fragment
def show_samples(models: list[Checkpoint], measured: list[Measured]) -> None:
    """The same draws from the prior, decoded by each model.

    Args:
        models: The models to compare.
        measured: What was measured of each.
    """
    st.markdown(
        "### Samples: codes from nowhere\n\n"
        "Draw codes from the prior, with no digit behind them, and let each model paint them."
    )
    rng = fresh_rng("New samples", "prior")
    most = max(model.config.network.latent_dim for model in models)
    codes = rng.standard_normal((SAMPLES, most), dtype=np.float32)
    st.html(samples(tuple(models), codes))
    st.caption(verdict(models, [each.samples for each in measured], "samples"))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_WEIGHTS)
def samples(models: tuple[Checkpoint, ...], codes: np.ndarray) -> str:
    """HTML of what models make of draws from the prior; of each, one takes as many numbers as its codes have."""
    rows = {}
    for model in models:
        images = model.vae.decode(codes[:, : model.config.network.latent_dim])
        alts = (f"Sample {n} of {model.name}" for n in range(1, len(images) + 1))
        rows[heading(model)] = [Picture(image, alt=alt) for image, alt in zip(images, alts, strict=True)]
    return pictures.named_rows(rows)


@st.fragment
def show_walk(models: list[Checkpoint], measured: list[Measured], codes: list[np.ndarray]) -> None:
    """A straight walk from the current digit to another, under each model.

    Args:
        models: The models to compare.
        measured: What was measured of each.
        codes: The current digit's code under each, (latent_dim,).
    """
    st.markdown(
        "### A walk: what lies between two digits\n\n"
        "Go in a straight line from the code of your digit to that of another, and paint each place on the "
        "way. Look at the middle: is it a digit, or two that show through each other?"
    )
    chosen = current().lesson
    st.segmented_control("Walk to a", range(10), required=True, **bind("walk_to", part=chosen))
    rows = {}
    for model, found, code in zip(models, measured, codes, strict=True):
        images = model.vae.decode(interpolate(code, found.ends[chosen.walk_to], STEPS))
        alt = f"A walk to a {chosen.walk_to} under {model.name}"
        rows[heading(model)] = [Picture(tile(images, STEPS), alt=alt)]
    pictures.show_rows(rows)
    st.caption(verdict(models, [each.middles for each in measured], "middles of such walks"))
