"""How unlike a digit is this?"""

import numpy as np
import streamlit as st

from ui import cache
from ui.anomaly.scores import Scores, judge, show_verdict, test_scores
from ui.bench.model import current_model
from ui.show import pictures
from ui.show.pictures import Picture, diverging
from ui.state import bind, current, new_seed
from vae import anomaly
from vae.nondigits import NON_DIGITS, make_non_digits

state = current()
choices = state.anomaly
model = current_model()

MINE = {"digit": "My digit", "noisy": "My digit, noisy"}
WHAT = MINE | {kind: made.label for kind, made in NON_DIGITS.items()}

st.title("How unlike a digit is this?")
st.write(
    "A model that has only ever seen digits is at a loss with anything else: it can't paint it, or needs an "
    "odd code to do so. Counted together, that says how surprised it is."
)


def non_digit(kind: str) -> np.ndarray:
    """One non-digit of a kind, as the seed decides."""
    return make_non_digits(kind, cache.test_digits(), 1, np.random.default_rng(choices.seed))[0]


def reroll() -> None:
    choices.seed = new_seed()


def rank(verdict: float) -> str:
    """Where a verdict stands among the test digits', in words."""
    below = anomaly.percentile(verdict, reference.verdict)
    return "Stranger than " + ("every test digit" if below == 100 else f"{below:.1f}% of the test digits")


def show_parts(found: Scores) -> None:
    """Each part of the score against the test digits'."""
    elbo = found.reconstruction + found.kl, reference.reconstruction + reference.kl
    rows = {
        "Can't be painted (reconstruction)": (found.reconstruction, reference.reconstruction),
        "Odd code for the prior (KL)": (found.kl, reference.kl),
        "Both together (negative ELBO)": elbo,
    }
    if reference.surprise is not None:
        rows["Odd code for a digit (density)"] = (found.surprise, reference.surprise)
    table = "\n".join(
        f"| {name} | {value[0] - np.median(real):+.0f} | {anomaly.percentile(value[0], real):.1f}% |"
        for name, (value, real) in rows.items()
    )
    st.markdown(f"| Part | Nats above typical | Test digits below |\n|:--|--:|--:|\n{table}")


def show_blame(image: np.ndarray, blame: np.ndarray) -> None:
    """The picture, what the model makes of it, and which pixels it can't explain."""
    denoised = model.vae.denoise(image[None])[0]
    worst = float(blame.max())
    heat = diverging(np.sign(image - denoised) * blame / max(worst, 1e-6))
    pictures.show(
        [
            Picture(image, WHAT[choices.what]),
            Picture(denoised, "What the model paints"),
            Picture(heat, f"Blame, up to {worst:.0f} nats a pixel", "Which pixels are to blame"),
        ],
        max_width=640,
    )
    ordered = np.sort(blame.ravel())[::-1].cumsum()
    half = int(np.searchsorted(ordered, ordered[-1] / 2)) + 1
    st.caption(
        "Orange: ink that the model can't paint. Blue: ink that it expected and that is missing. Half of "
        f"all blame lies on {half} of {blame.size} pixels."
    )


st.segmented_control("Judge", list(WHAT), format_func=WHAT.get, required=True, **bind("what", part=choices))
if choices.what in MINE:
    image = state.digit.image if choices.what == "digit" else state.corrupt(state.digit.image[None])[0]
else:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Another", icon=":material/casino:", on_click=reroll)
        st.caption(f"{WHAT[choices.what]}: {NON_DIGITS[choices.what].meaning}.")
    image = non_digit(choices.what)

reference, found = test_scores(model), judge(model, image[None])
left, right = st.columns(2, gap="large")
with left:
    show_blame(image, found.blame[0])
with right:
    st.write(f"**{rank(found.verdict[0])}.**")
    show_verdict(float(found.verdict[0]), reference, WHAT[choices.what])
    show_parts(found)

st.subheader("One of each kind")
of_each = np.stack([non_digit(kind) for kind in NON_DIGITS])
verdicts = judge(model, of_each).verdict
pictures.show(
    [
        Picture(one, f"{made.label}: {rank(verdict).lower()}", made.label)
        for made, one, verdict in zip(NON_DIGITS.values(), of_each, verdicts, strict=True)
    ],
    max_width=860,
)
with st.expander("What the score means"):
    st.write(
        "**Can't be painted** is the reconstruction part of the negative ELBO: the decoder's picture is "
        f"taken as the mean of a Gaussian whose standard deviation, {np.sqrt(model.decoder_variance):.3f} of "
        "the way from black to white, is what the model misses a training digit's pixels by, and the score "
        "is -log of the density there. **Odd code for the prior** is the KL divergence of the code from "
        "N(0, I); both together, the negative ELBO, bound how many nats of surprise, -log p(x), the picture "
        "holds for the model. **Odd code for a digit** is -log of a density fitted to the training digits' "
        "codes, a Gaussian for each class: it sees a code that lies between all classes. The verdict adds "
        "the first and the last, each counted in standard deviations of the test digits'. Ten nats more "
        "mean 22,000 times less likely."
    )
