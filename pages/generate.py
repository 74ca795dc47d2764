"""Pictures that nobody made: drawn at random, on the way between two, and by adding and subtracting."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.digit import choose_test_picture
from ui.bench.model import current_model
from ui.generate.draws import (
    ANY,
    describe,
    describe_reading,
    digit_codes,
    drawn_from,
    draws,
    mixture_of,
)
from ui.generate.operands import default_operands
from ui.show import glossary, pictures
from ui.show.layout import introduce
from ui.show.parts import part
from ui.show.pictures import Picture, tile
from ui.show.plain_text import as_plain_text, with_minus
from ui.show.reroll import reroll
from ui.state import MAX_SEED, Generate, bind, current
from vae.checkpoints import shipped_models
from vae.latent import analogy, interpolate
from vae.slant import slant

state = current()
choices = state.generate
model = current_model()
test = cache.test_set(model)
latent_dim = model.config.network.latent_dim

WHAT = {"draw": "Draw at random", "morph": "Morph", "sum": "Add and subtract"}
SOURCES = {
    "prior": "The prior N(0, I)",
    "codes": "A Gaussian fitted to the codes",
    "mixture": "A mixture of Gaussians fitted to the codes",
}
ENDS = {"digit": "My digit", "test": "Test digit"}
PATHS = {"straight": "Straight", "spherical": "Spherical"}
STRIP, FRAMES = 9, 41
ABOUT = {
    "prior": "The prior is the same for every model. The KL term in a VAE's loss pulls the codes towards it during "
    "training. Choose the fitted Gaussian to draw where a model's codes are, wherever that is.",
    "codes": "The fitted Gaussian has the mean and the covariance of a model's own codes; the temperature then scales "
    "its spread. Choose the prior to draw from the same N(0, I) for every model: the KL term in a VAE's loss pulls "
    "the codes towards it during training.",
    "mixture": "After training, a few Gaussians for each class were fitted to the codes of the training digits. A draw "
    "picks one of them and then a code of it, so it lies where codes of one class are; the temperature scales the "
    "spread within each.",
}


def show_draws() -> None:
    """The same draws through the current model and the other shipped ones, side by side."""
    left, right = st.columns(2)
    left.slider(
        "Temperature",
        0.0,
        2.0,
        step=0.05,
        help="Multiplies the standard deviation of the draws. Below 1 they are closer together, above 1 farther apart.",
        **bind("temperature", part=choices),
    )
    with right, st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Seed", 0, MAX_SEED, step=1, **bind("seed", part=choices))
        reroll("New draws", choices)
    sources = [source for source in SOURCES if source != "mixture" or mixture_of(model, state.model, ANY)]
    source = choices.source if choices.source in sources else "prior"
    st.segmented_control(
        "Draw from",
        sources,
        format_func=SOURCES.get,
        required=True,
        **bind("source", part=choices, shown=source),
    )
    if source == "mixture" and test.are_digits:
        st.segmented_control(
            "Which digit",
            [ANY, *range(10)],
            format_func=lambda digit: "Any" if digit == ANY else str(digit),
            required=True,
            **bind("digit", part=choices),
        )
    digit = choices.digit if source == "mixture" and test.are_digits else ANY
    names = [state.model, *(name for name in shipped_models() if name != state.model)]
    for column, name in zip(st.columns(len(names), gap="medium"), names, strict=True):
        decoder = cache.load_model(name)
        weight = decoder.config.objective.kl_weight
        trained = f"Trained with a KL weight of {weight:g}." if weight else "Trained without the KL term."
        with column:
            st.header(as_plain_text(decoder.name))
            if source == "mixture" and mixture_of(decoder, name, ANY) is None:
                st.caption(f"Nothing is known of the codes of {as_plain_text(decoder.name)} yet.")
                continue
            st.html(draws(decoder, name, source, choices.temperature, choices.seed, digit))
            read = describe_reading(decoder, name, source)
            about = f"{trained} Draws of one digit alone are shown."
            if digit == ANY:
                drawn = drawn_from(decoder, name, source, choices.temperature)
                about = f"{trained} " + cache.test_set(decoder).words(describe(drawn, *digit_codes(decoder)))
            glossary.write(f"{read}\n\n{about}" if read else about)
    st.caption(test.words(ABOUT[source]))


def choose_end(name: str, label: str) -> np.ndarray:
    """Lets the visitor pick one end of the walk, and returns its picture."""
    st.segmented_control(
        label,
        list(ENDS),
        format_func=lambda end: test.words(ENDS[end]),
        required=True,
        **bind(name, part=choices),
    )
    if getattr(choices, name) == "digit":
        return state.digit.image
    place = f"{label}: {test.words('test digit')}, 0 to {len(test) - 1:,}"
    default = Generate().end_index if name == "end" else 0
    return test.images[
        choose_test_picture(place, f"{name}_index", choices, default, label_visibility="collapsed")
    ]


def show_morph() -> None:
    """A walk between two digits' codes: a slider along it, a strip, a GIF."""
    left, right = st.columns(2)
    with left:
        start = choose_end("start", "From")
    with right:
        end = choose_end("end", "To")
    st.segmented_control(
        "Path", list(PATHS), format_func=PATHS.get, required=True, **bind("path", part=choices)
    )
    ends = model.vae.encode(np.stack([start, end])).z_mean
    codes = interpolate(*ends, FRAMES, spherical=choices.path == "spherical")
    st.slider("How far", 0.0, 1.0, step=1 / (FRAMES - 1), format="percent", **bind("fraction", part=choices))
    place = round(choices.fraction * (FRAMES - 1))
    *steps, large = model.vae.decode(np.stack([*codes[:: (FRAMES - 1) // (STRIP - 1)], codes[place]]))
    pictures.show(
        [
            Picture(start, "From"),
            Picture(large, f"{choices.fraction:.0%} of the way", f"Morph at {choices.fraction:.0%}"),
            Picture(end, "To"),
        ],
        max_width=640,
    )
    strip = tile(np.stack(steps), STRIP)
    pictures.show([Picture(strip, alt="The walk in nine steps")])
    norms = np.linalg.norm(codes, axis=1)
    start_norm, middle_norm, end_norm = (f"{norms[place]:.1f}" for place in (0, FRAMES // 2, -1))
    far = f"{start_norm} at the start, {middle_norm} in the middle and {end_norm} at the end"
    glossary.caption(
        f"Both ends of the walk are the model's reconstructions, not the {test.noun}s themselves. The distance of the "
        f"code from the origin is {far}; for draws from the [[prior]], its root mean square is "
        f"{np.sqrt(latent_dim):.1f}. "
        "A straight path can pass closer to the origin than either end. On a spherical path the distance changes "
        "evenly from one end to the other."
    )


def show_sum() -> None:
    """The difference between two pictures' codes, added to a third."""
    labels = {"example": "Take", "reference": "minus", "subject": "plus"}
    operands, indices = zip(labels.items(), default_operands(test), strict=True), []
    for column, ((name, label), default) in zip(st.columns(3), operands, strict=True):
        with column:
            indices.append(choose_test_picture(f"{label} test {test.noun}", name, choices, default))
    images = test.images[indices]
    st.slider("How much of the difference", -2.0, 2.0, step=0.1, **bind("strength", part=choices))
    example, reference, subject = model.vae.encode(images).z_mean
    full = analogy(example, reference, subject)
    result = model.vae.decode((subject + choices.strength * (full - subject))[None])[0]
    marks = ("", "− ", "+ ", "= ")
    if test.are_digits:
        angles = slant(np.stack([*images, result]))
        captions = [
            f"{mark}leans {with_minus(f'{angle:+.0f}')}°" for mark, angle in zip(marks, angles, strict=True)
        ]
    else:
        names = [*(test.class_name(int(test.labels[index])) for index in indices), "their sum"]
        captions = [f"{mark}{name}" for mark, name in zip(marks, names, strict=True)]
    pictures.show([Picture(*pair) for pair in zip([*images, result], captions, strict=True)], max_width=760)
    if test.are_digits:
        chosen = (
            "digits chosen by their measured slant: a 7 that leans more than nine in ten do, minus the upright 7 that "
            "is otherwise most like it, plus a typical 1"
        )
    elif len(test.classes) > 1:
        chosen = "a picture of one class, minus one of another, plus one of that other class"
    else:
        chosen = "the first pictures"
    st.caption(
        test.words(
            "The difference between the codes of the first and the second digit is a direction in the latent space; "
            f"here it is added to the code of the third. The page opens with {chosen}. Choose other digits, or move "
            "the slider. Two digits rarely differ in only one way, and the sum adds every difference."
        )
    )


st.title("Digits that nobody wrote" if test.are_digits else "Pictures that nobody made")
numbers = f"any {latent_dim} numbers" if latent_dim > 1 else "any number"
introduce(
    f"The decoder turns {numbers} into a picture. Which codes give "
    + ("a digit" if test.are_digits else "one like those it was trained on")
    + test.words(": random ones, ones between two digits, or sums of digits' codes?")
)
with part("make"):
    st.segmented_control("Make", list(WHAT), format_func=WHAT.get, required=True, label_visibility="collapsed",
                         **bind("what", part=choices))  # fmt: skip
with part("made"):
    {"draw": show_draws, "morph": show_morph, "sum": show_sum}[choices.what]()
