"""Step 5: the loss of this digit, and the tug of war between its two parts."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.show import charts, glossary, pictures
from ui.show.bars import ACCENT, bars, nice_limit, titled
from ui.show.pictures import Picture, tile
from ui.state import bind, current
from ui.teaching.question import Question, ask
from vae import loss
from vae.checkpoints import Checkpoint
from vae.config import IMAGE_PIXELS, Objective
from vae.posterior import Posterior

STEPS = 11
# Over so many test pictures, with one draw each, the best pull is found: one picture says little.
PULLED = 200

_MSE = r"\mathrm{MSE} = \tfrac{1}{784} \sum_{i=1}^{784} (x_i - \hat x_i)^2"
_MSE_BELOW = r"\\[1ex]" + _MSE  # On a line of its own: a phone is narrow.
FORMULAS = {
    "mse": r"\ell_{\text{rec}} = " + _MSE,
    "batch_variance": r"\begin{gathered} \ell_{\text{rec}} = \tfrac{784}{2} \log \overline{\mathrm{MSE}} "
    + _MSE_BELOW
    + r"\end{gathered}",
    "image_variance": r"\begin{gathered} \ell_{\text{rec}} = \tfrac{784}{2} \log \mathrm{MSE} "
    + _MSE_BELOW
    + r"\end{gathered}",
}
_CALIBRATED = r"""
A Gaussian decoder of variance $\sigma_x^2$ charges $-\log p(x \mid z) = \tfrac{784}{2} \log(2\pi\sigma_x^2) +
\tfrac{784\,\mathrm{MSE}}{2\sigma_x^2}$. That is smallest at $\sigma_x^2 = \mathrm{MSE}$, and there, but for a
constant, it is $\tfrac{784}{2} \log \mathrm{MSE}$. So nobody has to choose how much a nat of code is worth in
pixels: the variance is worked out, not tuned (the $\sigma$-VAE: Rybkin, Daniilidis and Levine, "Simple and
Effective VAE Training with Calibrated Decoders", ICML 2021, section 3.3).
"""
REASONS = {
    "mse": r"""
This model's reconstruction loss is the plain squared error, as in the notebook that this project descends
from. It is a small number between 0 and 1, while the KL divergence counts in nats, dozens of them: how the
two should be weighed is left open.
""",
    "batch_variance": _CALIBRATED
    + r"""
This model takes one variance for each batch of digits, from the batch's average error
$\overline{\mathrm{MSE}}$. The number above is for a batch of this digit alone.
""",
    "image_variance": _CALIBRATED
    + r"""
This model takes a variance for each picture, so that lightly and heavily spoilt pictures weigh alike.
""",
}


def weighing(objective: Objective) -> str:
    """What the model's objective makes of the KL divergence, as a sentence."""
    if objective.kl_weight == 0:
        return (
            "This model was trained with a KL weight of **0**: its KL divergence is counted here, but "
            "nothing held it down; training minimised the reconstruction loss alone."
        )
    return (
        "This model was trained to make their sum small, the KL divergence weighing "
        f"**{objective.kl_weight:g}**: what the code says has to pay for itself with a better picture."
    )


def worth_of_a_nat(objective: Objective) -> str:
    """How much a better picture a model's objective asks for in return for a nat, as a sentence."""
    if objective.kl_weight == 0:
        return "For this model a nat costs nothing."
    if objective.reconstruction == "mse":
        return (
            f"A [[nat]] costs this model as much as {objective.kl_weight:.2g} of [[MSE|mean squared error]]: it is "
            "worth saying where it saves more than that."
        )
    # 784/2 d(log MSE) = kl_weight.
    share = 1 - np.exp(-2 * objective.kl_weight / IMAGE_PIXELS)
    return (
        f"A [[nat]] is worth saying where it makes the [[MSE|mean squared error]] smaller by {share:.2%} or more: only "
        "then does the reconstruction loss fall by as much as the nat costs."
    )


def sign_of_the_loss(total: float) -> str:
    """Why a loss may be negative, where this one is; a sentence, or nothing."""
    if total >= 0:
        return ""
    return (
        f"Why is the loss negative? The reconstruction loss is {IMAGE_PIXELS // 2} times the logarithm of the error, "
        "and the logarithm of a number below 1 is negative. Where 0 lies means nothing; only lower or higher does. "
    )


@st.cache_resource(max_entries=8, show_spinner="Pulling many digits…", hash_funcs=BY_WEIGHTS)
def average_losses(model: Checkpoint) -> np.ndarray:
    """The loss at each of `STEPS` pulls from 0 to 1, averaged over the first `PULLED` clean test pictures, (steps,)."""
    images = cache.test_set(model).images[:PULLED]
    codes, rng = model.vae.encode(images), np.random.default_rng(0)
    pulls = np.linspace(0, 1, STEPS)
    losses = [
        loss.tug_of_war(
            model.vae,
            model.config.objective,
            images[n : n + 1],
            Posterior(codes.z_mean[n : n + 1], codes.z_log_var[n : n + 1]),
            pulls,
            rng.standard_normal((1, codes.z_mean.shape[1]), dtype=np.float32),
        ).total
        for n in range(len(images))
    ]
    return np.mean(losses, axis=0)


def show(story: Story) -> None:
    """The loss with its two parts as numbers, and what happens to them on the way to the prior."""
    objective = story.model.config.objective
    st.header("5. The loss: two wishes in one number", anchor="loss")
    glossary.write(
        "Training makes one number small, the **loss**, and it has two parts. The **[[reconstruction]] loss** "
        "wants the output to be the clean digit. The **[[KL divergence]]** wants the cloud to be the [[prior]], "
        "N(0, 1) in every number: it is the price, in [[nat|nats]], of what the code says about the digit. "
        + weighing(objective)
    )
    epsilon = fresh_rng("Sample again", "loss").standard_normal((1, story.latent_dim), dtype=np.float32)
    vae, pulls = story.model.vae, np.linspace(0, 1, STEPS)
    war = loss.tug_of_war(vae, objective, story.clean, story.posterior, pulls, epsilon)
    output = war.outputs[0]
    show_parts(war, objective)
    off = [Picture(output[0], "Output"), Picture(np.abs(story.clean[0] - output[0]), "Where it is off")]
    alt_text = "KL divergence of each number of the code"
    shown = bars(story.kl, alt_text, nice_limit(story.kl), signed=False, pale=~story.active)
    charts = {
        "The output, and its distance from the clean digit": pictures.grid(off, 2, max_width=320),
        "KL divergence of each number, in nats: what it says about this digit": shown,
    }
    st.html(titled(charts))
    show_tug_of_war(story, pulls, war)
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            rf"""
$$
\ell = \ell_{{\text{{rec}}}} + \beta\, D_{{\mathrm{{KL}}}}
$$

$$
{FORMULAS[objective.reconstruction]}
$$

$$
D_{{\mathrm{{KL}}}} = \tfrac12 \sum_j \bigl(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\bigr)
$$

- $x$: the clean digit, $\hat x$: the output, $i$ counts pixels; $\mu_j$, $\sigma_j^2$: mean and variance of
  the posterior's number $j$, of {story.latent_dim}.
- $\beta$: the weight of the KL divergence, {objective.kl_weight:g} for this model.
- $D_{{\mathrm{{KL}}}}$: the divergence of the posterior from the prior $\mathcal N(0, I)$. A number with
  $\mu_j = 0$ and $\sigma_j = 1$ costs nothing and says nothing.

{REASONS[objective.reconstruction]}

Where the decoder is a probability and $\beta = 1$, $-\ell$ is, but for a constant, a lower bound on $\log
p(x)$, how probable the model finds the digit: the *evidence lower bound* (Kingma and Welling 2014, equation
3).
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/training/network.py", "objective")


def show_parts(war: loss.TugOfWar, objective: Objective) -> None:
    """The numbers of the digit's loss, before anything pulls at it."""
    mse, reconstruction_loss, kl_divergence, total = (
        float(part[0]) for part in (war.mse, war.reconstruction_loss, war.kl_divergence, war.total)
    )
    places = 4 if objective.reconstruction == "mse" else 1
    with st.container(horizontal=True):
        st.metric(
            "Reconstruction loss",
            f"{reconstruction_loss:,.{places}f}",
            help="How far the output is from the clean digit, as this model counts it: the smaller the better.",
        )
        st.metric("KL divergence", f"{kl_divergence:,.1f} nats", help="What the code says about this digit.")
        st.metric(
            "Loss",
            f"{total:,.{places}f}",
            help=f"Their sum, the KL divergence weighing {objective.kl_weight:g}.",
        )
    glossary.write(
        f"{kl_divergence:,.1f} nats are {kl_divergence / np.log(2):,.0f} bits: what this cloud says of the digit "
        f"beyond what the prior says of all. The [[MSE|mean squared error]] over the pixels is {mse:.4f}. "
        f"{sign_of_the_loss(total)}{worth_of_a_nat(objective)}"
    )


@st.fragment
def show_tug_of_war(story: Story, pulls: np.ndarray, war: loss.TugOfWar) -> None:
    """A slider that pulls the posterior to the prior, and what that does to both parts.

    Args:
        story: Whose digit and model.
        pulls: How far the posterior can be pulled, (steps,) in [0, 1].
        war: What comes of it.
    """
    st.markdown(
        "### The tug of war\n\n"
        "Pull the cloud towards the prior yourself, with ε staying as it is. The code gets cheaper; watch "
        "what happens to the picture."
    )
    chosen = current().lesson
    step = 100 // (len(pulls) - 1)
    place = round(chosen.pull / step)  # A link may say anything from 0 to 100.
    st.slider(
        "Pull towards the prior",
        0,
        100,
        step=step,
        format="%d%%",
        **bind("pull", part=chosen, shown=place * step),
    )
    left, right = st.columns([1, 2], gap="large")
    with left:
        pictures.show([Picture(war.outputs[place, 0], f"At a pull of {pulls[place]:.0%}")], max_width=260)
    with right:
        show_curve("Mean squared error", pulls, war.mse, pulls[place])
        show_curve("KL divergence (nats)", pulls, war.kl_divergence, pulls[place])
    strip = tile(war.outputs[:, 0], len(pulls))
    pictures.show([Picture(strip, "From a pull of 0% to one of 100%, from left to right")])
    st.caption(
        f"At a pull of {pulls[place]:.0%} the code costs {war.kl_divergence[place]:,.1f} nats and the mean "
        f"squared error is {war.mse[place]:.4f}. By this model's own loss, the best of these pulls for this digit and "
        f"this draw is {pulls[war.total.argmin()]:.0%}."
    )
    ask_for_best_pull(story, pulls)


def ask_for_best_pull(story: Story, pulls: np.ndarray) -> None:
    """Asks where the loss is smallest, averaged over many digits, and says why that is so.

    Args:
        story: Whose model.
        pulls: How far the posterior can be pulled, (steps,) in [0, 1].
    """
    losses = average_losses(story.model)
    best = int(losses.argmin())
    things = story.test.noun + "s"
    ask(
        Question(
            f"pull.{story.model.digest[:16]}",
            f"Now {min(PULLED, len(story.test))} test {things}, with one draw each: at which pull is their average "
            "loss smallest?",
            [f"{pulls[place]:.0%}" for place in sorted({0, best, len(pulls) // 2, len(pulls) - 1})],
            f"{pulls[best]:.0%}",
            f"The average loss is {losses[best]:,.4g} there, {losses[0]:,.4g} at 0% and {losses[-1]:,.4g} at 100%. "
            + _why_there(best)
            + f" The encoder answers for all {things} and all draws at once; for one of them, another pull may be "
            "better.",
        )
    )


def _why_there(best: int) -> str:
    if best == 0:
        return "Training put each cloud where pulling it any further costs more than it saves."
    return (
        "Even on average the clouds say a little more than pays, for an encoder is never trained to the end."
    )


def show_curve(name: str, pulls: np.ndarray, values: np.ndarray, pull: float) -> None:
    """Draws what happens on the way to the prior, and where the slider stands.

    Args:
        name: What is drawn.
        pulls: How far the posterior is pulled, (steps,) in [0, 1].
        values: What is drawn at each, (steps,).
        pull: Where the slider stands.
    """
    axis = {"title": None, "labelFontSize": 13}
    curve = {
        "data": {"values": charts.rows({"pull": pulls, "value": values})},
        "mark": {"type": "line", "color": ACCENT, "strokeWidth": 3},
        "encoding": {
            "x": charts.quantity("pull", axis={**axis, "format": "%", "tickCount": 5}),
            "y": charts.quantity("value", axis={**axis, "tickCount": 4, "minExtent": 45}),
            "tooltip": [
                {"field": "pull", "type": "quantitative", "title": "Pull", "format": ".0%"},
                {"field": "value", "type": "quantitative", "title": name, "format": ".4g"},
            ],
        },
    }
    here = {
        "data": {"values": [{"pull": pull}]},
        "mark": {"type": "rule", "color": "gray", "strokeWidth": 2},
        "encoding": {"x": charts.quantity("pull")},
    }
    charts.show(
        {"title": name, "layer": [curve, here]},
        height=150,
        key=f"pull.{name}",
        alt=f"{name} against the pull towards the prior",
    )
