"""Step 6: why the KL divergence is there, told by models that differ in its weight alone."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.kl_dial.claims import claims
from ui.kl_dial.dial import show_dial
from ui.show import glossary, pictures
from ui.show.pictures import Picture
from ui.teaching.question import Question, ask
from vae.ladder import best_draws

DRAWS = 8
ROWS = ("The upper row", "The lower row")


def show(story: Story) -> None:
    """A question, then the dial and what the siblings' figures say."""
    siblings = cache.ladder()
    st.header("6. Why the KL divergence is there", anchor="prior")
    glossary.write(
        "The [[KL divergence]] is a price: each [[nat]] of code costs. Without a price, the encoder may "
        "put the digits anywhere and shrink each cloud to a speck. What does one get for paying? Here are "
        f"{len(siblings)} siblings: the same network, the same digits in the same order, the same chance. They "
        "differ in nothing but what a nat costs, the weight of the KL term."
        + ("" if story.test.are_digits else " They were trained on digits.")
    )
    if _guess():
        for claim in claims([sibling.figures for sibling in siblings]):
            glossary.write(f"**{claim.title}.** {claim.sentence}")
        st.markdown("### The dial\n\nDrag it, and see for yourself. The curve shows where you are.")
        show_dial()
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
q(z) = \tfrac1N \textstyle\sum_n q_\phi(z \mid x_n)
$$

$$
\tfrac1N \textstyle\sum_n D_{\mathrm{KL}}\bigl(q_\phi(z \mid x_n)\,\|\,p(z)\bigr) = I(n; z) +
D_{\mathrm{KL}}\bigl(q(z)\,\|\,p(z)\bigr)
$$

- $q(z)$: all the clouds laid over one another, the *aggregated posterior* of the $N$ digits $x_n$. Its
  standard deviation in one dimension is $\sqrt{\operatorname{Var}[\mu_n] + \operatorname{mean}[\sigma_n^2]}$.
- $p(z)$: the prior. To make a new digit one draws $z$ from it; that works as far as $q(z)$ looks like it.
- $I(n; z)$: what a code tells about which digit it came from. So the price holds down two things: how much a code
  says, and how far the clouds together are from the prior (Hoffman and Johnson, "ELBO surgery", 2016).
- What a code costs is its *rate*, what is lost its *distortion*; a model with another weight stands at another place
  of the curve between them (Alemi, Poole, Fischer, Dillon, Saurous and Murphy, "Fixing a Broken ELBO", ICML 2018).
  A weight other than 1: Higgins et al., "beta-VAE", ICLR 2017.
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/metrics.py", "kl_divergence")
        show_source("vae/rate_distortion.py", "measure")


def _guess() -> bool:
    """Two rows of draws, one from the sibling without the KL term; whether the visitor has guessed which."""
    siblings = cache.ladder()
    free, best = siblings[0], siblings[best_draws([sibling.figures for sibling in siblings])]
    rng = fresh_rng("Other draws", "prior")
    with_kl = int(rng.integers(2))
    codes = rng.standard_normal((DRAWS, best.model.config.network.latent_dim), dtype=np.float32)
    pair = [free, best] if with_kl else [best, free]
    pictures.show_rows(
        {
            row: [
                Picture(image, alt=f"Draw {n} of {row.lower()}")
                for n, image in enumerate(sibling.model.vae.decode(codes), 1)
            ]
            for row, sibling in zip(ROWS, pair, strict=True)
        }
    )
    drawn = "-".join(map(str, np.round(codes[0, :2], 3)))
    return ask(
        Question(
            f"kl.{drawn}",
            f"Two of the siblings decoded the same {DRAWS} codes, drawn from N(0, I). Which row comes from the one "
            "that was trained with the KL term?",
            ROWS,
            ROWS[with_kl],
            f"It was trained with weight {best.figures.kl_weight:g}, the other one with weight 0.",
        )
    )
