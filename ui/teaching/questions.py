"""What a page asks before it shows its answer; each right answer is computed from the model that is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import numpy as np
import streamlit as st

from ui import cache
from ui.anomaly.scores import judge, non_digits, reference
from ui.bench.model import usable_model
from ui.cache import BY_WEIGHTS
from ui.generate.draws import DRAWS, draw_codes
from ui.show.pictures import Picture
from ui.show.plain_text import as_plain_text
from ui.state import State, current
from ui.teaching.question import Question
from vae import metrics
from vae.checkpoints import Checkpoint
from vae.config import IMAGE_PIXELS
from vae.nondigits import NON_DIGITS
from vae.properties import PROPERTIES
from vae.rate_distortion import READS
from vae.reader import Reader

# As the noise rises: where one asks what the picture reads as, and the answers' upper ends.
LEVELS = np.linspace(0, 1, 41)
LEVEL_ENDS = (0.4, 0.6, 0.8, 1.0)
COMPONENTS = 5


def page_question(page: str) -> Question | None:
    """The question of a page about what it shows now; None where it has none, as for a model of no digits.

    Args:
        page: The page's file in pages/, without its ending.
    """
    state, model = current(), usable_model()
    reader = None if model is None else cache.reader_of(model)
    make = _QUESTIONS.get(page)
    return None if make is None or reader is None else make(state, model, reader.reader)


def _key(page: str, model: Checkpoint, *shown: object) -> str:
    # Long enough that two pages' answers are told apart; the same for all who see the same.
    text = repr([one.tobytes() if isinstance(one, np.ndarray) else one for one in shown])
    return f"{page}.{hashlib.sha256((model.digest + text).encode()).hexdigest()[:16]}"


def _noise(state: State) -> tuple[object, ...]:
    return (state.digit.image, state.corruption, state.seed, state.hole)


def _reads(reader: Reader, images: np.ndarray) -> np.ndarray:
    # The likeliest digit of each picture, (n,), and -1 where none is likely.
    found = reader.read(images)
    return np.where(found.max(axis=1) > 0.5, found.argmax(axis=1), -1)


def _ask_denoised(state: State, model: Checkpoint, reader: Reader) -> Question | None:
    clean = state.digit.image[None]
    truth, seen = _reads(reader, np.concatenate([clean, model.vae.denoise(state.corrupt(clean))]))
    if truth < 0:
        return None
    options = ("the same digit", "another digit", "no digit clearly")
    right = options[0 if seen == truth else 1 if seen >= 0 else 2]
    because = (
        f"It reads as {seen}, and the clean one as {truth}." if seen >= 0 else "No digit has half the weight."
    )
    return Question(
        _key("denoise", model, *_noise(state)),
        f"At noise level {state.level:.2f}: will the denoised picture read as the same digit?",
        options,
        right,
        because,
        holds=("gallery", "numbers"),
        veils=True,
    )


def _ask_level(state: State, model: Checkpoint, reader: Reader) -> Question | None:
    clean = state.digit.image[None]
    (truth,) = _reads(reader, clean)
    if truth < 0:
        return None
    noisy = np.concatenate([state.corrupt(clean, level) for level in LEVELS])
    seen = _reads(reader, model.vae.denoise(noisy))
    wrong = np.flatnonzero(seen != truth)
    options = [f"by {end:.1f}" for end in LEVEL_ENDS]
    never = "at no level"
    if len(wrong) == 0:
        right, because = never, f"It reads as {truth} at all {len(LEVELS)} levels that were tried."
    else:
        first = LEVELS[wrong[0]]
        right = options[int(np.searchsorted(LEVEL_ENDS, first - 1e-9))]
        what = f"as {seen[wrong[0]]}" if seen[wrong[0]] >= 0 else "as no digit clearly"
        because = f"It first reads {what} at level {first:.3g}."
    return Question(
        _key("noise_levels", model, *_noise(state)),
        f"As the noise rises: by which level has the denoised picture first read as something other than {truth}?",
        (*options, never),
        right,
        because,
        holds=("quality", "models", "posterior", "path"),
        veils=True,
    )


def _ask_slant(state: State, model: Checkpoint, _: Reader) -> Question | None:
    profile = cache.latent_profile(model, state.model)
    if profile is None or model.config.network.latent_dim < COMPONENTS:
        return None
    r = profile.correlations[:COMPONENTS, list(PROPERTIES).index("slant")]
    best = int(np.abs(r).argmax())
    return Question(
        _key("latent_space", model),
        f"Move the sliders PC 1 to PC {COMPONENTS}: which of them slants the digit most?",
        [f"PC {n + 1}" for n in range(COMPONENTS)],
        f"PC {best + 1}",
        f"Over the training digits, the correlation of PC {best + 1} with the measured slant is {abs(r[best]):.2f}; "
        f"that of the next of these is {np.sort(np.abs(r))[-2]:.2f}.",
        holds=("own", "how-to-read"),
        unnames=True,
    )


def _ask_bottleneck(state: State, model: Checkpoint, _: Reader) -> Question | None:
    if state.lesson.step != "encoder":
        return None
    image = state.digit.image[None]
    nats = float(metrics.kl_divergence(*model.vae.encode(image)).sum())
    bits = int(round(nats / np.log(2), -1))
    whole = 8 * IMAGE_PIXELS
    options = sorted({10, bits, (bits + whole) // 2, whole})
    return Question(
        _key("how_it_works", model, image),
        f"This picture is {IMAGE_PIXELS} grey values, {whole:,} bits. About how many bits of it does its code tell?",
        [f"{count:,}" for count in options],
        f"{bits:,}",
        f"Its code costs {nats:.0f} nats, and a nat is 1.44 bits. What these don't tell, the decoder must make up.",
        holds=("step",),
    )


def _ask_active(state: State, model: Checkpoint, _: Reader) -> Question | None:
    dims = model.config.network.latent_dim
    if dims < 4:
        return None
    active = int((model.components.dimension_variances > metrics.ACTIVE_VARIANCE).sum())
    counts = sorted({active, dims, dims // 2, dims // 4})
    return Question(
        _key("traversals", model),
        f"How many of its {dims} raw dimensions does this model use?",
        [str(count) for count in counts],
        str(active),
        "In each of them the codes of training digits vary by more than a hundredth of the prior's variance.",
        holds=("rows",),
    )


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=BY_WEIGHTS)
def _class_distances(model: Checkpoint) -> dict[tuple[int, int], float]:
    # How far the mean codes of two classes are from each other.
    test, codes = cache.test_set(model), cache.test_codes(model).z_mean
    means = {label: codes[test.of_class(label)].mean(axis=0) for label in test.classes}
    return {(a, b): float(np.linalg.norm(means[a] - means[b])) for a, b in combinations(test.classes, 2)}


def _ask_neighbours(state: State, model: Checkpoint, _: Reader) -> Question | None:
    apart = _class_distances(model)
    ordered = sorted(apart, key=apart.get)
    # The closest, the farthest, and some between them.
    offered = sorted({ordered[place] for place in (0, len(ordered) // 3, 2 * len(ordered) // 3, -1)})
    names = {pair: f"{pair[0]} and {pair[1]}" for pair in ordered}
    return Question(
        _key("digit_map", model),
        "Which two of these digits have codes that are closest on average?",
        [names[pair] for pair in offered],
        names[ordered[0]],
        f"The means of their codes are {apart[ordered[0]]:.1f} apart, the least of all {len(ordered)} pairs; those of "
        f"{names[ordered[-1]]} are {apart[ordered[-1]]:.1f} apart, the most. "
        "A map of two dimensions can only hint at that.",
    )


def _ask_weight(state: State, model: Checkpoint, _: Reader) -> Question | None:
    figures = [sibling.figures for sibling in cache.ladder()]
    best = max(figures, key=lambda one: one.draws_read)
    return Question(
        f"kl_dial.{len(figures)}",
        "Drag the dial: at which weight of the KL term do most of the digits from nowhere read as a digit?",
        [f"{one.kl_weight:g}" for one in figures],
        f"{best.kl_weight:g}",
        f"{best.draws_read:.0%} of its draws read as some digit with more than 90% confidence; at weight "
        f"{figures[0].kl_weight:g} it is {figures[0].draws_read:.0%}, at {figures[-1].kl_weight:g} "
        f"{figures[-1].draws_read:.0%}.",
        holds=("claims",),
        veils=True,
    )


def _ask_draws(state: State, model: Checkpoint, reader: Reader) -> Question | None:
    made = state.generate
    if made.what != "draw":
        return None
    codes = draw_codes(model, state.model, made.source, made.temperature, made.seed, made.digit)
    if codes is None:
        return None
    count = int((reader.read(model.vae.decode(codes)).max(axis=1) > READS).sum())
    ends = np.linspace(0, DRAWS, 5).astype(int)
    options = [f"{low if n == 0 else low + 1} to {high}" for n, (low, high) in enumerate(pairwise(ends))]
    return Question(
        _key("generate", model, made.source, made.temperature, made.seed, made.digit),
        f"{DRAWS} codes are drawn at random and decoded: how many will read as some digit with more than {READS:.0%} "
        "confidence?",
        options,
        options[max(0, int(np.searchsorted(ends, count)) - 1)],
        f"{count} of these {DRAWS} do, by {as_plain_text(model.name)}.",
        holds=("made",),
    )


def _ask_strangest(state: State, model: Checkpoint, _: Reader) -> Question | None:
    images, test = non_digits(state.anomaly.seed), reference(model)
    scores, _ = judge(model, np.stack(list(images.values())), test)
    kinds: Sequence[str] = list(images)
    above = scores.verdict - np.median(test.verdict)
    strangest = kinds[int(np.argmax(above))]
    return Question(
        _key("anomaly", model, state.anomaly.seed),
        "Which of these does the model find the most unlike a digit?",
        [NON_DIGITS[kind].label for kind in kinds],
        NON_DIGITS[strangest].label,
        f"Its score is {above.max():,.1f} {test.unit} above a typical digit's; that of the least strange, "
        f"{NON_DIGITS[kinds[int(np.argmin(above))]].label.lower()}, {above.min():,.1f}.",
        holds=("verdict", "kinds", "score"),
        pictures=[Picture(image, NON_DIGITS[kind].label) for kind, image in images.items()],
    )


_QUESTIONS: dict[str, Callable[[State, Checkpoint, Reader], Question | None]] = {
    "denoise": _ask_denoised,
    "noise_levels": _ask_level,
    "latent_space": _ask_slant,
    "how_it_works": _ask_bottleneck,
    "traversals": _ask_active,
    "digit_map": _ask_neighbours,
    "kl_dial": _ask_weight,
    "generate": _ask_draws,
    "anomaly": _ask_strangest,
}
