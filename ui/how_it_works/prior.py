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
from ui.show.pictures import Picture, tile
from ui.state import bind, current
from vae import neighbours
from vae.checkpoints import Checkpoint, CheckpointError
from vae.latent import interpolate
from vae.posterior import Posterior, spread

# The two objectives that the lesson compares: without a KL divergence, and the calibrated one.
COMPARED = ("notebook", "calibrated")
# How many clouds, steps of a walk and samples are shown, and over how many samples and walks the models are measured.
CLOUD, STEPS, SAMPLES, MEASURED = 200, 7, 7, 100
# What stands in a picture's address as it is; escaped, it would be twice as long.
SAFE = " ='/:().,-"


def compared_models() -> list[Checkpoint]:
    """The models to compare, as far as they are there."""
    models = []
    for name in COMPARED:
        try:
            models.append(cache.load_model(name))
        except CheckpointError as error:
            st.warning(f"The comparison lacks the model *{name}*. {error}")
    return models


def heading(model: Checkpoint) -> str:
    """A model's name and what held its codes."""
    weight = model.config.objective.kl_weight
    return f"{model.name}, trained " + (
        f"with a KL weight of {weight:g}" if weight else "without the KL divergence"
    )


# What depends on a model alone is worked out once for all visitors.


@st.cache_resource(max_entries=4, show_spinner="Encoding test digits…", hash_funcs=BY_WEIGHTS)
def clouds_of(model: Checkpoint) -> Posterior:
    """The posteriors of the first clean test digits."""
    return model.vae.encode(cache.test_digits().images[:CLOUD])


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def ends_of(model: Checkpoint) -> np.ndarray:
    """The code of one test digit of each class, where walks end, (10, latent_dim)."""
    firsts = [cache.indices_of(label)[0] for label in range(10)]
    return model.vae.encode(cache.test_digits().images[firsts]).z_mean


class Distances(NamedTuple):
    """Mean squared distances to the nearest of the 10,000 test digits, averaged over many pictures.

    Attributes:
        samples: Of what the decoder makes of draws from the prior.
        middles: Of what it makes half way between the codes of two test digits of different classes.
    """

    samples: float
    middles: float


@st.cache_data(max_entries=4, show_spinner="Measuring the models…", hash_funcs=BY_WEIGHTS)
def distances_of(model: Checkpoint) -> Distances:
    """How far a model's samples, and the middles of its walks, are from real digits."""
    draws = np.random.default_rng(0).standard_normal(
        (MEASURED, model.config.network.latent_dim), dtype=np.float32
    )
    starts, labels = clouds_of(model).z_mean[:MEASURED], cache.test_digits().labels[:MEASURED]
    middles = (starts + ends_of(model)[(labels + 1) % 10]) / 2
    images = model.vae.decode(np.concatenate([draws, middles]))
    found = neighbours.nearest_images(images, cache.test_search_set()).mse[:, 0]
    return Distances(float(found[:MEASURED].mean()), float(found[MEASURED:].mean()))


def verdict(models: Sequence[Checkpoint], distances: Sequence[float], things: str) -> str:
    """What distances to the nearest test digits say for or against the KL divergence.

    Args:
        models: The models that are compared.
        distances: How far the pictures of each are from real digits, on average.
        things: What was measured, in the plural: "samples".
    """
    each = ", ".join(f"**{m.name}** {far:.4f}" for m, far in zip(models, distances, strict=True))
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
        "But it compares pixels, and doesn't ask whether a picture can be read."
    )


def show(story: Story) -> None:
    """Clouds, samples and a walk under both objectives."""
    st.header("6. Why the KL divergence is there", anchor="prior")
    st.write(
        "The KL divergence is a price. Without it, the encoder may put the digits anywhere and shrink each "
        "cloud to a speck. The price keeps the clouds near the prior, N(0, I). Here are three looks at two "
        "models, one trained without the price and one with it. They differ in their networks and in the "
        "noise they were trained on as well, so not every difference comes from the KL divergence."
    )
    models = compared_models()
    if not models:
        return
    show_clouds(models, story)
    show_samples(models)
    show_walk(models, story)
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


def show_clouds(models: list[Checkpoint], story: Story) -> None:
    """The clouds of many digits, against the prior."""
    st.subheader("Spread: the clouds against the prior", anchor=False)
    st.write(
        f"Each ellipse is the cloud of one of {CLOUD} test digits, out to two standard deviations, in the "
        "two dimensions that tell most. The dashed circle is the prior's, drawn the same way. Both pictures "
        "have the same scale; the ringed dot is your digit."
    )
    limit = max(map(cloud_limit, models))
    st.html(
        f'{_STYLE}<div class="clouds-beside">{"".join(_cloud_part(m, limit, story) for m in models)}</div>'
    )


def _cloud_part(model: Checkpoint, limit: float, story: Story) -> str:
    mine = model.vae.encode(story.clean).z_mean[0, told_most(model)]
    ring = _ellipse_box(np.clip(mine, -limit, limit), limit / 30, limit)
    return (
        f"<div><p><b>{html.escape(heading(model))}</b></p>"
        f'<div class="clouds">{cloud(model, limit)}<i style="{ring}"></i></div>'
        f"<p><small>{describe_spread(model)}</small></p></div>"
    )


def told_most(model: Checkpoint) -> np.ndarray:
    """The two dimensions that tell most about the digits, (2,)."""
    return np.sort(np.argsort(-model.kl)[:2])


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def cloud_limit(model: Checkpoint) -> float:
    """How far a picture of the clouds has to reach, in latent units."""
    # A few stragglers may lie outside: they would shrink all the rest.
    means = clouds_of(model).z_mean[:, told_most(model)]
    return float(max(3, np.ceil(np.quantile(np.abs(means), 0.97))))


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def describe_spread(model: Checkpoint) -> str:
    """How widely a model's codes are spread, as a sentence."""
    measured = spread(clouds_of(model))
    return (
        f"Standard deviation of the means: {measured.means:.2f}; of one cloud: {measured.posteriors:.2g}; of "
        f"all clouds together: {measured.codes:.2f}, where N(0, I) has 1. Over these {CLOUD} digits and all "
        "active dimensions."
    )


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def cloud(model: Checkpoint, limit: float) -> str:
    """HTML of a picture of posteriors as ellipses in two dimensions, with the prior's circle.

    Args:
        model: Whose posteriors.
        limit: What the picture reaches to, in latent units.
    """
    codes, dims = clouds_of(model), told_most(model)
    # In units of a thousandth of the picture's half side; the second axis points up.
    middles = np.round(1000 * codes.z_mean[:, dims] / limit * (1, -1)).astype(int).tolist()
    radii = np.exp(codes.z_log_var[:, dims] / 2)
    radii = np.maximum(np.round(2000 * radii / limit), 4).astype(int).tolist()
    ellipses = "".join(
        f"<ellipse cx='{x}' cy='{y}' rx='{across}' ry='{up}'/>"
        for (x, y), (across, up) in zip(middles, radii, strict=True)
    )
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='-1000 -1000 2000 2000'>"
        "<path d='M-1000 0H1000M0 -1000V1000' stroke='#888' stroke-width='3'/>"
        f"<g fill='{ACCENT}' fill-opacity='.2' stroke='{ACCENT}' stroke-opacity='.65' stroke-width='4'>{ellipses}</g>"
        f"<circle r='{2000 / limit:.0f}' fill='none' stroke='#888' stroke-width='9' stroke-dasharray='28 20'/></svg>"
    )
    alt = html.escape(
        f"The posteriors of {CLOUD} test digits under {model.name} in dimensions {dims[0] + 1} and "
        f"{dims[1] + 1}, against the prior's circle; the axes reach to {limit:g}",
        quote=True,
    )
    # A picture rather than hundreds of elements, which Streamlit and the browser would go through at each rerun.
    return f'<img src="data:image/svg+xml,{quote(svg, SAFE)}" alt="{alt}"><span>±{limit:g}</span>'


_STYLE = """<style>
.clouds-beside { display: grid; gap: 1rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); }
.clouds-beside p { margin: 0 0 0.5rem; line-height: 1.4; }
.clouds { position: relative; aspect-ratio: 1; width: 100%; max-width: 420px; overflow: hidden; margin-bottom: 0.5rem; }
.clouds img { width: 100%; display: block; }
.clouds i { position: absolute; border-radius: 50%; border: 2px solid currentColor; }
.clouds span { position: absolute; right: 0; top: 50%; font-size: 0.85rem; }
</style>"""


def _ellipse_box(middle: Sequence[float], radius: float, limit: float) -> str:
    # Everything in per cent of the picture's side, which is 2 * limit; the second axis points up.
    left, top = 50 + 50 * (middle[0] - radius) / limit, 50 - 50 * (middle[1] + radius) / limit
    return f"left:{left:.2f}%;top:{top:.2f}%;width:{100 * radius / limit:.2f}%;aspect-ratio:1"


@st.fragment
def show_samples(models: list[Checkpoint]) -> None:
    """The same draws from the prior, decoded by each model."""
    st.subheader("Samples: codes from nowhere", anchor=False)
    st.write("Draw codes from the prior, with no digit behind them, and let each model paint them.")
    rng = fresh_rng("New samples", "prior")
    most = max(model.config.network.latent_dim for model in models)
    codes = rng.standard_normal((SAMPLES, most), dtype=np.float32)
    st.html("".join(samples(model, codes) for model in models))
    st.caption(verdict(models, [distances_of(model).samples for model in models], "samples"))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_WEIGHTS)
def samples(model: Checkpoint, codes: np.ndarray) -> str:
    """HTML of what a model makes of draws from the prior, of which it takes as many numbers as its codes have."""
    images = model.vae.decode(codes[:, : model.config.network.latent_dim])
    shown = [Picture(image, alt=f"Sample {n} of {model.name}") for n, image in enumerate(images, 1)]
    return pictures.named_rows({heading(model): shown})


@st.fragment
def show_walk(models: list[Checkpoint], story: Story) -> None:
    """A straight walk from the current digit to another, under each model."""
    st.subheader("A walk: what lies between two digits", anchor=False)
    st.write(
        "Go in a straight line from the code of your digit to that of another, and paint each place on the "
        "way. Look at the middle: is it a digit, or two that show through each other?"
    )
    chosen = current().lesson
    st.segmented_control("Walk to a", range(10), required=True, **bind("walk_to", part=chosen))
    rows = {}
    for model in models:
        start, end = model.vae.encode(story.clean).z_mean[0], ends_of(model)[chosen.walk_to]
        images = model.vae.decode(interpolate(start, end, STEPS))
        alt = f"A walk to a {chosen.walk_to} under {model.name}"
        rows[heading(model)] = [Picture(tile(images, STEPS), alt=alt)]
    pictures.show_rows(rows)
    st.caption(verdict(models, [distances_of(model).middles for model in models], "middles of such walks"))
