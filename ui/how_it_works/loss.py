"""Section 5: the loss of this digit, and the tug of war between its two parts."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.show import pictures
from ui.show.bars import ACCENT, bars, nice_limit
from ui.show.pictures import Picture
from ui.state import bind, current
from vae import loss
from vae.config import Objective
from vae.posterior import pull_to_prior

DRAWS, STEPS = 4, 21

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


@st.fragment
def show(story: Story) -> None:
    """The loss with its two parts as numbers, and what happens to them on the way to the prior."""
    objective = story.model.config.objective
    st.header("5. The loss: two wishes in one number", anchor="loss")
    st.write(
        "Training makes one number small, the **loss**, and it has two parts. The **reconstruction "
        "loss** wants the output to be the clean digit. The **KL divergence** wants the cloud to be the "
        "prior, N(0, 1) in every number: it is the price, in nats, of what the code says about the "
        "digit. " + weighing(objective)
    )
    rng = fresh_rng("Sample again", "loss")
    epsilon = rng.standard_normal((DRAWS, story.latent_dim), dtype=np.float32)
    output = story.model.vae.decode(story.posterior.draw(epsilon[:1]))
    show_parts(loss.loss_parts(objective, story.clean, output, story.posterior), objective)
    left, right = st.columns([1, 2], gap="large")
    with left:
        error = np.abs(story.clean[0] - output[0])
        pictures.show([Picture(output[0], "Output"), Picture(error, "Where it is off")], max_width=320)
    with right:
        st.markdown("**KL divergence** of each number, in nats: what it says about this digit")
        alt_text = "KL divergence of each number of the code"
        st.html(bars(story.kl, alt_text, nice_limit(story.kl), signed=False, pale=~story.active))
    show_tug_of_war(story, epsilon)
    with st.expander("The mathematics", expanded=story.in_depth):
        st.latex(r"\ell = \ell_{\text{rec}} + \beta\, D_{\mathrm{KL}}")
        st.latex(FORMULAS[objective.reconstruction])
        st.latex(r"D_{\mathrm{KL}} = \tfrac12 \sum_j \bigl(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\bigr)")
        st.markdown(
            rf"""
- $x$: the clean digit, $\hat x$: the output, $i$ counts pixels; $\mu_j$, $\sigma_j^2$: mean and variance of
  the posterior's number $j$, of {story.latent_dim}.
- $\beta$: the weight of the KL divergence, {objective.kl_weight:g} for this model.
- $D_{{\mathrm{{KL}}}}$: the divergence of the posterior from the prior $\mathcal N(0, I)$. A number with
  $\mu_j = 0$ and $\sigma_j = 1$ costs nothing and says nothing.
"""
        )
        st.markdown(REASONS[objective.reconstruction])
        st.markdown(
            r"""
Where the decoder is a probability and $\beta = 1$, $-\ell$ is, but for a constant, a lower bound on $\log
p(x)$, how probable the model finds the digit: the *evidence lower bound* (Kingma and Welling 2014, equation
3).
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        st.markdown("What training minimises:")
        show_source("vae/training/network.py", "objective")


def show_parts(parts: loss.LossParts, objective: Objective) -> None:
    """The numbers of one digit's loss."""
    mse, reconstruction_loss, kl_divergence, total = (float(part[0]) for part in parts)
    places = 4 if objective.reconstruction == "mse" else 1
    columns = st.columns(3)
    columns[0].metric(
        "Reconstruction loss",
        f"{reconstruction_loss:,.{places}f}",
        help="How far the output is from the clean digit, as this model counts it: the smaller the better.",
    )
    columns[1].metric(
        "KL divergence", f"{kl_divergence:,.1f} nats", help="What the code says about this digit."
    )
    columns[2].metric(
        "Loss", f"{total:,.{places}f}", help=f"Their sum, the KL divergence weighing {objective.kl_weight:g}."
    )
    st.caption(
        f"{kl_divergence:,.1f} nats are {kl_divergence / np.log(2):,.0f} bits: what this cloud says of "
        "the digit beyond what the prior says of all. The mean squared error over the pixels is "
        f"{mse:.4f}."
    )


@st.fragment
def show_tug_of_war(story: Story, epsilon: np.ndarray) -> None:
    """A slider that pulls the posterior to the prior, and what that does to both parts.

    Args:
        story: Whose posterior.
        epsilon: Draws from N(0, I), float32 (draws, latent_dim).
    """
    st.subheader("The tug of war", anchor=False)
    st.write("Pull the cloud towards the prior yourself: the code gets cheaper, and the picture worse.")
    state = current()
    pull = (
        st.slider("Pull towards the prior", 0, 100, step=5, format="%d%%", **bind("pull", part=state.lesson))
        / 100
    )
    shares = np.linspace(0, 1, STEPS)
    vae, objective = story.model.vae, story.model.config.objective
    war = loss.tug_of_war(vae, objective, story.clean, story.posterior, shares, epsilon)
    outputs = vae.decode(pull_to_prior(story.posterior, pull).draw(epsilon))
    left, right = st.columns([1, 2], gap="large")
    with left:
        shown = [
            Picture(output, alt=f"Draw {n} from the pulled cloud") for n, output in enumerate(outputs, 1)
        ]
        pictures.show(shown, columns=2, max_width=260)
        st.caption(f"{DRAWS} draws from the pulled cloud")
    with right:
        show_curve("Mean squared error", shares, war.mse, pull)
        show_curve("KL divergence (nats)", shares, war.kl_divergence, pull)
    st.caption(
        f"At a pull of {pull:.0%} the code costs {np.interp(pull, shares, war.kl_divergence):,.1f} nats "
        f"and the mean squared error is {np.interp(pull, shares, war.mse):.4f}. By this model's own loss, "
        f"the best pull for this digit is {shares[war.total.argmin()]:.0%}."
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
        "data": {
            "values": [{"pull": x, "value": y} for x, y in zip(pulls.tolist(), values.tolist(), strict=True)]
        },
        "mark": {"type": "line", "color": ACCENT, "strokeWidth": 3},
        "encoding": {
            "x": {"field": "pull", "type": "quantitative", "axis": {**axis, "format": "%", "tickCount": 5}},
            "y": {
                "field": "value",
                "type": "quantitative",
                "axis": {**axis, "tickCount": 4, "minExtent": 45},
            },
            "tooltip": [
                {"field": "pull", "type": "quantitative", "title": "Pull", "format": ".0%"},
                {"field": "value", "type": "quantitative", "title": name, "format": ".4g"},
            ],
        },
    }
    here = {
        "data": {"values": [{"pull": pull}]},
        "mark": {"type": "rule", "color": "gray", "strokeWidth": 2},
        "encoding": {"x": {"field": "pull", "type": "quantitative"}},
    }
    # A plain specification: Altair's checks of one would cost more than all the rest of the section.
    st.vega_lite_chart(
        {
            "title": name,
            "description": f"{name} against the pull towards the prior",
            "height": 150,
            "layer": [curve, here],
        },
        width="stretch",
    )
