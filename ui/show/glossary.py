"""What the field's words mean: one explanation each, the same wherever the word stands."""

from __future__ import annotations

import html
import re

import streamlit as st

TERMS = {
    "autoencoder": "Two networks in a row: an encoder squeezes a picture into a few numbers, and a decoder paints the "
    "picture again from them.",
    "code": "The numbers into which the encoder squeezes a picture, also called latent variables or z.",
    "latent space": "All codes that there could be: each is a point in it, and the decoder makes a picture of each.",
    "encoder": "The network that turns a picture into a code: for each number of it a mean and a spread.",
    "decoder": "The network that turns a code into a picture.",
    "prior": "Where codes are expected before any picture is seen: N(0, I), independent numbers around 0 with a "
    "standard deviation of 1.",
    "posterior": "Where the code of one picture may lie once the encoder has seen it: a small cloud, with a mean and a "
    "standard deviation for each number.",
    "aggregated posterior": "The clouds of all pictures together. Where it fits the prior, codes drawn from the prior "
    "decode to digits.",
    "KL divergence": "How far a posterior is from the prior, in nats: what a code costs, and the most that it can "
    "tell of its picture.",
    "nat": "A unit of information, like the bit: with each nat, 2.7 times as many pictures can be told apart. "
    "1 nat is 1.44 bits.",
    "ELBO": "The evidence lower bound, which a VAE's training raises: how well the code explains the picture, less "
    "what the code costs.",
    "reconstruction": "What the decoder makes of a picture's code.",
    "MSE": "Mean squared error: the squared difference of two pictures, averaged over all pixels. 0 is perfect.",
    "PSNR": "The mean squared error in decibels: 10 dB more is a tenth of the error. Higher is better.",
    "SSIM": "Structural similarity: compares small windows of two pictures, as an eye does. 1 is the same picture.",
    "principal component": "A direction of the latent space: the first is the one along which codes differ most, the "
    "next the one along which the rest differs most.",
    "standard deviation": "A usual distance from the mean: two thirds of bell-shaped numbers lie within one, 95 of 100 "
    "within two.",
    "Fréchet distance": "How far two sets of pictures are from each other in what a classifier sees of them; "
    "0 is alike.",
    "reading": "The digit that a small classifier, trained on clean digits alone, sees in a picture.",
}  # fmt: skip

STYLE = """<style>
.term { text-decoration: underline dotted; text-underline-offset: 0.2em; cursor: help; position: relative; }
.term:is(:hover, :focus)::after { content: attr(data-means); position: absolute; left: 0; top: 1.6em; z-index: 99;
  width: max-content; max-width: 20rem; padding: 0.5rem 0.75rem; border-radius: 0.5rem; font-size: 0.875rem;
  font-weight: 400; line-height: 1.4; background: #1d1f27; color: #fff; box-shadow: 0 2px 12px rgb(0 0 0 / 40%); }
@media (max-width: 900px) {
  .term:is(:hover, :focus)::after { position: fixed; inset: auto 1rem 1rem; width: auto; max-width: none; }
}
</style>"""
_MARKED = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


def explain(text: str) -> str:
    """Markdown or HTML in which marked terms show what they mean when they are pointed at, tapped or focused.

    Args:
        text: In which "[[nat]]" marks a key of `TERMS`, and "[[nat|nats]]" one that stands there as "nats".

    Raises:
        KeyError: There is no such term.
    """

    def mark(found: re.Match[str]) -> str:
        term, shown = found.groups()
        means = html.escape(TERMS[term], quote=True)
        return f'<span class="term" tabindex="0" data-means="{means}">{html.escape(shown or term)}</span>'

    return _MARKED.sub(mark, text)


def write(text: str) -> None:
    """A paragraph of Markdown with its terms explained, as `explain` has them."""
    st.markdown(explain(text), unsafe_allow_html=True)


def caption(text: str) -> None:
    """The same in small print."""
    st.caption(explain(text), unsafe_allow_html=True)
