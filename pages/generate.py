"""Digits that nobody wrote: drawn from the prior, on the way between two, and by adding and subtracting."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.model import current_model
from ui.cache import decode_rows
from ui.generate.operands import default_operands
from ui.show import pictures
from ui.show.download import gif, there_and_back
from ui.show.pictures import Picture, png, tile
from ui.state import MAX_SEED, bind, current, new_seed
from vae.checkpoints import shipped_models
from vae.latent import analogy, interpolate
from vae.slant import slant

state = current()
choices = state.generate
model = current_model()
latent_dim = model.config.network.latent_dim

WHAT = {"draw": "Draw at random", "morph": "Morph", "sum": "Add and subtract"}
SOURCES = {"prior": "The prior N(0, I)", "codes": "A Gaussian fitted to the codes"}
ENDS = {"digit": "My digit", "test": "Test digit"}
PATHS = {"straight": "Straight", "spherical": "Spherical"}
DRAWS, STRIP, FRAMES = 24, 9, 41
NEAR_PRIOR = "So a draw lands about where the digits are, and the decoder knows the place."
FAR_FROM_PRIOR = "So a draw lands where there are hardly any digits, and the decoder has never been."


def encode(image: np.ndarray) -> np.ndarray:
    """The code of one picture, (latent_dim,)."""
    return model.vae.encode(image[None]).z_mean[0]


def show_draws() -> None:
    """The same draws through the current model and the other shipped ones, side by side."""
    left, right = st.columns(2)
    left.slider(
        "Temperature",
        0.0,
        2.0,
        step=0.05,
        help="The draws' standard deviation. At 1 they are what the model was trained for; less makes them "
        "more typical and more alike, more makes them wilder.",
        **bind("temperature", part=choices),
    )
    with right, st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Seed", 0, MAX_SEED, step=1, **bind("seed", part=choices))
        st.button("New draws", icon=":material/casino:", on_click=reroll)
    st.segmented_control("Draw from", list(SOURCES), format_func=SOURCES.get, required=True,
                         **bind("source", part=choices))  # fmt: skip
    names = [state.model, *(name for name in shipped_models() if name != state.model)]
    for column, name in zip(st.columns(len(names), gap="medium"), names, strict=True):
        drawn = cache.load_model(name)
        components = drawn.components
        noise = np.random.default_rng(choices.seed).standard_normal(
            (DRAWS, len(components.mean)), dtype=np.float32
        )
        z = choices.temperature * noise
        if choices.source == "codes":
            z = components.restore(z * components.deviations)
        images = decode_rows(drawn, z[None])[0]
        with column:
            st.subheader(drawn.name)
            pictures.show(
                [Picture(image, alt=f"Draw {i + 1} of {drawn.name}") for i, image in enumerate(images)], 6
            )
            spread = float(np.sqrt(components.variances.mean()))
            st.write(
                f"Over the training digits its codes have a standard deviation of **{spread:.2f}**, averaged "
                "over all dimensions; the prior's is 1. "
                + (NEAR_PRIOR if abs(np.log(spread)) < np.log(1.5) else FAR_FROM_PRIOR)
            )
    st.caption(
        "This is why a VAE's loss has a KL term: it pulls the codes towards the prior, until drawing from "
        "the prior is as good as drawing from the codes. Switch to the fitted Gaussian to see what is "
        "gained by knowing where the codes are."
    )


def reroll() -> None:
    choices.seed = new_seed()


def choose_end(name: str, label: str) -> np.ndarray:
    """Lets the visitor pick one end of the walk, and returns its picture."""
    st.segmented_control(label, list(ENDS), format_func=ENDS.get, required=True, **bind(name, part=choices))
    if getattr(choices, name) == "digit":
        return state.digit.image
    st.number_input(f"{label}: test digit, 0 to 9,999", 0, cache.TEST_COUNT - 1, step=1,
                    label_visibility="collapsed", **bind(f"{name}_index", part=choices))  # fmt: skip
    return cache.test_digit(getattr(choices, f"{name}_index"))[0]


def show_morph() -> None:
    """A walk between two digits' codes: a slider along it, a strip, a GIF."""
    left, right = st.columns(2)
    with left:
        start = choose_end("start", "From")
    with right:
        end = choose_end("end", "To")
    st.segmented_control(
        "Way", list(PATHS), format_func=PATHS.get, required=True, **bind("path", part=choices)
    )
    codes = interpolate(encode(start), encode(end), FRAMES, spherical=choices.path == "spherical")
    frames = decode_rows(model, codes[None])[0]
    st.slider("How far", 0.0, 1.0, step=1 / (FRAMES - 1), format="percent", **bind("fraction", part=choices))
    place = round(choices.fraction * (FRAMES - 1))
    pictures.show(
        [
            Picture(start, "From"),
            Picture(frames[place], f"{choices.fraction:.0%} of the way", f"Morph at {choices.fraction:.0%}"),
            Picture(end, "To"),
        ],
        max_width=640,
    )
    strip = tile(frames[:: (FRAMES - 1) // (STRIP - 1)], STRIP)
    pictures.show([Picture(strip, alt="The way in nine steps")])
    with st.container(horizontal=True):
        st.download_button(
            "GIF", gif(there_and_back(frames), fps=25), "morph.gif", icon=":material/download:"
        )
        st.download_button("Strip as PNG", png(strip, 4), "morph.png", icon=":material/download:")
    norms = np.linalg.norm(codes, axis=1)
    st.caption(
        "Both ends of the walk are already the model's own reconstructions. The codes' distance from the "
        f"origin goes from {norms[0]:.1f} over {norms[FRAMES // 2]:.1f} in the middle to {norms[-1]:.1f}; "
        f"the prior's draws lie around {np.sqrt(latent_dim):.1f}. A straight way cuts through the inside, a "
        "spherical one keeps the distance."
    )


def show_sum() -> None:
    """What leads from one digit to another, done to a third."""
    if choices.example < 0:
        choices.example, choices.reference, choices.subject = default_operands()
    labels = {"example": "Take", "reference": "minus", "subject": "plus"}
    images = []
    for column, (name, label) in zip(st.columns(3), labels.items(), strict=True):
        column.number_input(
            f"{label} test digit", 0, cache.TEST_COUNT - 1, step=1, **bind(name, part=choices)
        )
        images.append(cache.test_digit(getattr(choices, name))[0])
    st.slider("How much of it", -2.0, 2.0, step=0.1, **bind("strength", part=choices))
    example, reference, subject = map(encode, images)
    full = analogy(example, reference, subject)
    result = model.vae.decode((subject + choices.strength * (full - subject))[None])[0]
    angles = slant(np.stack([*images, result]))
    captions = [
        f"{mark}leans {angle:+.0f}°" for mark, angle in zip(("", "− ", "+ ", "= "), angles, strict=True)
    ]
    pictures.show([Picture(*pair) for pair in zip([*images, result], captions, strict=True)], max_width=760)
    st.caption(
        "What leads from the second digit to the first is a direction in the latent space; here it is added "
        "to the third. At the start that is a slant, chosen by measuring the ink: a 7 that leans more than "
        "nine in ten, less an upright 7 that is otherwise most like it, plus a typical 1. Pick others, and "
        "move the slider: two digits seldom differ in one thing alone, and the sum takes it all."
    )


st.title("Digits that nobody wrote")
st.write(
    f"The decoder turns any {latent_dim} numbers into a picture. Which numbers give a digit: random ones, "
    "those between two digits, sums of digits?"
)
st.segmented_control("Make", list(WHAT), format_func=WHAT.get, required=True, label_visibility="collapsed",
                     **bind("what", part=choices))  # fmt: skip
{"draw": show_draws, "morph": show_morph, "sum": show_sum}[choices.what]()
