"""Section 6: why the KL divergence is there, with and without it side by side."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui import cache
from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.show import pictures
from ui.show.bars import ACCENT
from ui.show.pictures import Picture
from ui.state import bind, current
from vae import neighbours
from vae.checkpoints import Checkpoint, CheckpointError
from vae.latent import interpolate
from vae.posterior import Posterior, spread

# The two objectives that the lesson compares: without a KL divergence, and the calibrated one.
COMPARED = ("notebook", "calibrated")
CLOUD, STEPS, SAMPLES = 300, 7, 7


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
    trained = f"trained with the KL weighing {weight:g}" if weight else "trained without the KL"
    return f"**{model.name}**, {trained}"


def show(story: Story) -> None:
    """Samples, clouds and a walk under both objectives."""
    st.header("6. Why the KL divergence is there", anchor="prior")
    st.write(
        "Without a price, the encoder may fling the digits far apart and shrink each cloud to a speck: "
        "between the specks the decoder has never been. The price keeps the clouds near the prior and "
        "close together, so that every place means something. Three looks at the same thing:"
    )
    models = compared_models()
    if not models:
        return
    show_samples(models)
    show_clouds(models, story)
    show_walk(models, story)
    with st.expander("The mathematics", expanded=story.in_depth):
        aggregate = r"q(z) = \tfrac1N \textstyle\sum_n q_\phi(z \mid x_n)"
        st.latex(aggregate)
        st.latex(r"p(z) = \mathcal N(0, I)")
        st.markdown(
            r"""
- $q(z)$: all the clouds laid over one another, the *aggregate posterior* of the $N$ digits $x_n$. Its
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


@st.fragment
def show_samples(models: list[Checkpoint]) -> None:
    """The same draws from the prior, decoded by each model."""
    st.subheader("Samples: codes from nowhere", anchor=False)
    st.write("Draw codes from the prior, with no digit behind them, and let each model paint them.")
    rng = fresh_rng("New samples", "prior")
    most = max(model.config.network.latent_dim for model in models)
    codes = rng.standard_normal((SAMPLES, most), dtype=np.float32)
    among = cache.test_digits().images
    for model in models:
        images = model.vae.decode(codes[:, : model.config.network.latent_dim])
        st.markdown(heading(model))
        pictures.show(
            [Picture(image, alt=f"Sample {n} of {model.name}") for n, image in enumerate(images, 1)]
        )
        distance = neighbours.nearest_images(images, among).mse.mean()
        st.caption(
            f"Mean squared distance to the nearest of the 10,000 test digits: {distance:.3f} on average."
        )


@st.fragment
def show_clouds(models: list[Checkpoint], story: Story) -> None:
    """The clouds of many digits, against the prior."""
    st.subheader("Spread: the clouds against the prior", anchor=False)
    st.write(
        f"Each ellipse is the cloud of one of {CLOUD} test digits, out to two standard deviations, in the "
        "two dimensions that tell most. The dashed circle is the prior's, likewise. Both pictures have "
        "one scale; the ringed dot is your digit."
    )
    chosen = [(model, cache.test_codes(model), np.sort(np.argsort(-model.kl)[:2])) for model in models]
    limit = max(cloud_limit(codes, dims) for _, codes, dims in chosen)
    for column, (model, codes, dims) in zip(st.columns(len(models), gap="large"), chosen, strict=True):
        measured = spread(codes)
        with column:
            st.markdown(heading(model))
            st.html(cloud(codes, dims, limit, model.vae.encode(story.clean), model.name))
            st.caption(
                f"Standard deviation of the means: {measured.means:.2f}; of one cloud: "
                f"{measured.posteriors:.2g}; of all clouds together: {measured.codes:.2f}, where N(0, I) "
                "has 1. Over 10,000 test digits and all active dimensions."
            )


def cloud_limit(codes: Posterior, dims: np.ndarray) -> float:
    """How far a picture of the clouds has to reach, in latent units."""
    # A few stragglers may lie outside: they would shrink all the rest.
    return float(max(3, np.ceil(np.quantile(np.abs(codes.z_mean[:CLOUD, dims]), 0.97))))


def cloud(codes: Posterior, dims: np.ndarray, limit: float, mine: Posterior, name: str) -> str:
    """HTML of posteriors as ellipses in two dimensions, with the prior's circle.

    Args:
        codes: Posteriors of many images; the first of them are drawn.
        dims: Which two dimensions.
        limit: What the picture reaches to, in latent units.
        mine: The current digit's posterior.
        name: The model's, for a screen reader.
    """
    middles = codes.z_mean[:CLOUD, dims]
    radii = 2 * np.exp(codes.z_log_var[:CLOUD, dims] / 2)
    ellipses = "".join(
        _ellipse(middle, radius, limit, "cloud") for middle, radius in zip(middles, radii, strict=True)
    )
    prior = _ellipse((0, 0), (2, 2), limit, "prior")
    ring = _ellipse(np.clip(mine.z_mean[0, dims], -limit, limit), (limit / 30, limit / 30), limit, "mine")
    alt = html.escape(
        f"The posteriors of {len(middles)} test digits under {name} in dimensions {dims[0] + 1} and "
        f"{dims[1] + 1}, against the prior's circle; the axes reach to {limit:g}",
        quote=True,
    )
    return (
        f'{_STYLE}<div class="clouds" role="img" aria-label="{alt}"><hr class="across"><hr class="up">'
        f"{ellipses}{prior}{ring}<span>±{limit:g}</span></div>"
    )


_STYLE = f"""<style>
.clouds {{ position: relative; aspect-ratio: 1; width: 100%; max-width: 460px; overflow: hidden; }}
.clouds i {{ position: absolute; border-radius: 50%; min-width: 2px; min-height: 2px; }}
.clouds i.cloud {{ background: {ACCENT}30; border: 1px solid {ACCENT}a0; }}
.clouds i.prior {{ border: 2px dashed currentColor; }}
.clouds i.mine {{ border: 2px solid currentColor; }}
.clouds hr {{ position: absolute; margin: 0; border: 0; background: currentColor; opacity: 0.25; }}
.clouds hr.across {{ left: 0; right: 0; top: 50%; height: 1px; }}
.clouds hr.up {{ top: 0; bottom: 0; left: 50%; width: 1px; }}
.clouds span {{ position: absolute; right: 0; top: 50%; font-size: 0.85rem; }}
</style>"""


def _ellipse(middle: Sequence[float], radii: Sequence[float], limit: float, kind: str) -> str:
    # Everything in per cent of the picture's side, which is 2 * limit; the second axis points up.
    left, top = 50 + 50 * (middle[0] - radii[0]) / limit, 50 - 50 * (middle[1] + radii[1]) / limit
    width, height = (100 * radius / limit for radius in radii)
    place = f"left:{left:.2f}%;top:{top:.2f}%;width:{width:.2f}%;height:{height:.2f}%"
    return f'<i class="{kind}" style="{place}"></i>'


@st.fragment
def show_walk(models: list[Checkpoint], story: Story) -> None:
    """A straight walk from the current digit to another, under each model."""
    st.subheader("A walk: what lies between two digits", anchor=False)
    st.write(
        "Go in a straight line from the code of your digit to that of another, and paint each place on "
        "the way. Where no cloud lies, the decoder can only cross-fade."
    )
    chosen = current().lesson
    st.segmented_control("Walk to a", range(10), required=True, **bind("walk_to", part=chosen))
    among = cache.test_digits().images
    target = among[cache.indices_of(chosen.walk_to)[:1]]
    for model in models:
        start, end = model.vae.encode(np.concatenate([story.clean, target])).z_mean
        images = model.vae.decode(interpolate(start, end, STEPS))
        distances = neighbours.nearest_images(images, among).mse[:, 0]
        st.markdown(heading(model))
        pictures.show([Picture(image, f"{far:.3f}") for image, far in zip(images, distances, strict=True)])
    st.caption(
        "Beneath each picture: its mean squared distance to the nearest of the 10,000 test digits. Look "
        "at the middle: a large number there, and two digits showing through each other, are the signs "
        "of a hole."
    )
