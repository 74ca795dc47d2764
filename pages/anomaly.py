"""How unlike a digit, or a picture of the data that the model was trained on, is this?"""

import numpy as np
import streamlit as st

from ui import cache
from ui.anomaly.scores import Scores, judge, non_digits, reference, show_one_of_each, show_verdict
from ui.bench.model import current_model
from ui.show import glossary, pictures
from ui.show.layout import introduce
from ui.show.parts import part
from ui.show.pictures import Picture, diverging, grid
from ui.show.plain_text import with_minus
from ui.show.reroll import reroll
from ui.state import bind, current
from vae import anomaly
from vae.anomaly import Score
from vae.nondigits import NON_DIGITS

state = current()
choices = state.anomaly
model = current_model()
pictured, test = cache.test_set(model), reference(model)

MINE = {"digit": pictured.words("My digit"), "noisy": pictured.words("My digit, noisy")}
WHAT = MINE | ({kind: made.label for kind, made in NON_DIGITS.items()} if pictured.are_digits else {})
what = choices.what if choices.what in WHAT else "digit"
PARTS = {
    "reconstruction": "How badly it is reproduced (reconstruction)",
    "kl": "How unusual its code is for the prior (KL)",
    "negative_elbo": "Both together (negative ELBO)",
    "negative_log_density": pictured.words("How unusual its code is for a digit (negative log-density)"),
}

if pictured.are_digits:
    st.title("How unlike a digit is this?")
    seen = "digits"
else:
    st.title("How unlike its training pictures is this?")
    seen = "one kind of pictures"
introduce(
    f"A model that has only ever seen {seen} gives anything else an unusual [[code]], even where it paints the picture "
    "well."
)


def show_parts(scores: Scores) -> None:
    """Each part of the score against the test pictures'."""
    table = "\n".join(
        f"| {PARTS[name]} | {with_minus(f'{part[0] - np.median(test.parts[name]):+.0f}')} "
        f"| {anomaly.percentile(part[0], test.parts[name]):.1f}% |"
        for name, part in scores.parts().items()
    )
    st.markdown(
        f"| Part | Nats above the median | {test.things.capitalize()} below |\n|:--|--:|--:|\n{table}"
    )


def show_pixels(image: np.ndarray, score: Score) -> None:
    """The picture, what the model makes of it, and which pixels don't fit."""
    denoised = model.vae.decode(score.z_mean)[0]
    of_pixels = score.negative_log_likelihood[0]
    worst = float(of_pixels.max())
    heat = diverging(np.sign(image - denoised) * of_pixels / max(worst, 1e-6))
    pictures.show(
        [
            Picture(image, WHAT[what]),
            Picture(denoised, "What the model makes of it"),
            Picture(heat, f"What doesn't fit, up to {worst:.0f} nats a pixel", "Which pixels don't fit"),
        ],
        max_width=640,
    )
    ordered = np.sort(of_pixels.ravel())[::-1].cumsum()
    half = int(np.searchsorted(ordered, ordered[-1] / 2)) + 1
    glossary.caption(
        "On the right is the negative log-likelihood of each pixel, in [[nat|nats]], apart from a constant. Orange is "
        "ink that the model doesn't reproduce; blue is ink that it expected and didn't find. Half of the total lies on "
        f"{half} of the {of_pixels.size} pixels."
    )


with part("judge"):
    st.segmented_control(
        "Judge", list(WHAT), format_func=WHAT.get, required=True, **bind("what", part=choices, shown=what)
    )
    if what in MINE:
        image = state.digit.image if what == "digit" else state.corrupt(state.digit.image[None])[0]
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            reroll("Another", choices)
            st.caption(f"{WHAT[what]}: {NON_DIGITS[what].meaning}.")
        image = non_digits(choices.seed)[what]

scores, score = judge(model, image[None], test)
verdict = float(scores.verdict[0])
with part("verdict"):
    left, right = st.columns(2, gap="large")
    left.html(grid([Picture(image, WHAT[what])], 1, max_width=280))
    with right:
        st.header(f"{test.say(verdict)}.")
        st.write(
            f"{test.rank(verdict)}. What is stranger than {1 - anomaly.ERROR_RATE:.0%} of them is called none, so "
            f"{anomaly.ERROR_RATE:.0%} of the {test.things} themselves are called none too."
        )
    with st.expander("Where it stands, and what doesn't fit"):
        show_verdict(verdict, test, WHAT[what])
        show_pixels(image, score)
        show_parts(scores)

with part("kinds"):
    if pictured.are_digits:
        st.header("One of each kind")
        show_one_of_each(model, test, choices.seed)
    else:
        st.caption(
            "Models of digits are also tried on letters, shapes and turned digits here. That would say nothing about "
            "this model, which wasn't trained on digits."
        )
about = (
    "**How badly it is reproduced** is the reconstruction part of the negative ELBO. The decoder's picture is "
    f"taken as the mean of a Gaussian with a standard deviation of {np.sqrt(model.decoder_variance):.3f}, where 0 "
    f"is black and 1 is white: this is the root mean square error of the model's pictures of training "
    f"{pictured.noun}s. The score is the negative logarithm of the density. **How unusual its code is for the prior** "
    "is the KL divergence of the code's posterior from N(0, I). Together they are the negative ELBO, and "
    "−log p(x) is at most that. Ten nats more means 22,000 times less likely. "
)
if test.table:
    about += (
        f"**How unusual its code is for a {pictured.noun}** is the negative log-density of the code under a mixture of "
        f"Gaussians, one for each class, fitted to the codes of the training {pictured.noun}s. It notices a code that "
        "lies between all classes. **The score** that decides, which the chart shows, is that of a finer mixture, with "
        "several Gaussians for each class"
        + (
            ", and how little a small classifier sees of any digit, added up in standard deviations of the test digits."
            if pictured.are_digits
            else "."
        )
    )
else:
    about += "The chart shows the negative ELBO."
with part("score"), st.expander("What the score means"):
    st.write(about)
