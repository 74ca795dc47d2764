"""What a visitor may set before training: a preset to start from, and what differs from it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import streamlit as st

from ui.show.plain_text import as_plain_text
from ui.state import MAX_SEED, Train, bind, current
from vae.config import IMAGE_PIXELS, RECONSTRUCTIONS, Config, Network
from vae.errors import ConfigError
from vae.presets import LADDER, PRESETS, ladder_config

STARTS: dict[str, Config] = {**PRESETS, LADDER: ladder_config(8.0)}
LABELS = {
    "notebook": "notebook: small and dense",
    "calibrated": "calibrated: the default model",
    LADDER: "a sibling from the KL dial: small, convolutional",
}
LOSSES = {
    "mse": "squared error",
    "batch_variance": "log of the squared error, over the batch",
    "image_variance": "log of the squared error, for each picture",
}
MOST_LATENT, MOST_EPOCHS, MOST_UNITS, MOST_LAYERS = 128, 100, 2_048, 6
RATES = [round(m * 10.0**e, 7) for e in (-5, -4, -3) for m in (1, 2, 3, 5)] + [0.01, 0.02]
WEIGHTS = [0.0, 0.0001, 0.001, 0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
# Of the arithmetic of a step of training: once forwards, twice as much backwards.
PASSES = 3
# What a training reaches of the speed of one large matrix product, and what it takes to start, seconds.
EFFICIENCY, START = 0.35, 10.0


def begin_with(settings: Train, start: str) -> None:
    """Sets everything as a preset has it."""
    config = STARTS[start]
    changed = replace(
        settings,
        start=start,
        sigma=(config.noise.sigma_min, config.noise.sigma_max),
        fresh=config.noise.fresh,
        latent_dim=config.network.latent_dim,
        hidden="",
        reconstruction=config.objective.reconstruction,
        kl_weight=config.objective.kl_weight,
        epochs=min(config.training.epochs, 10),
        batch_size=config.training.batch_size,
        learning_rate=config.training.learning_rate,
        optimizer=config.training.optimizer,
    )
    for name, value in vars(changed).items():
        setattr(settings, name, value)


def config_of(settings: Train) -> Config:
    """What is to be trained.

    Raises:
        ConfigError: The hidden layers are no sizes of layers; the message is for the visitor.
    """
    start = STARTS[settings.start]
    network = replace(start.network, latent_dim=settings.latent_dim)
    if settings.hidden.strip():
        network = Network.of_dense_layers(_sizes(settings.hidden), settings.latent_dim)
    changes = {
        "noise.sigma_min": settings.sigma[0],
        "noise.sigma_max": settings.sigma[1],
        "noise.fresh": settings.fresh,
        "objective.reconstruction": settings.reconstruction,
        "objective.kl_weight": settings.kl_weight,
        "training.epochs": settings.epochs,
        "training.batch_size": settings.batch_size,
        "training.learning_rate": settings.learning_rate,
        "training.optimizer": settings.optimizer,
        "training.share": settings.share / 100,
        # What takes another hour for the last tenths of a decibel.
        "training.polish_epochs": 0,
    }
    return replace(start.with_changes(changes), network=network)


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.replace(",", " ").split()]
    except ValueError:
        sizes = []
    if not 0 < len(sizes) <= MOST_LAYERS or not all(0 < size <= MOST_UNITS for size in sizes):
        raise ConfigError(
            f"Hidden layers are up to {MOST_LAYERS} whole numbers from 1 to {MOST_UNITS:,}, such as 512, 128."
        )
    return sizes


@st.cache_resource(show_spinner=False)
def speed() -> float:
    """Multiply-adds a second of a large matrix product on this machine, the best of a few."""
    a = np.ones((1_024, 1_024), np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return len(a) ** 3 / min(times)


def estimate(config: Config, pictures: int, speed: float) -> float:
    """About how long a training takes, seconds.

    Args:
        config: What is to be trained.
        pictures: How many training pictures there are.
        speed: As `speed` has it.
    """
    passes = PASSES * pictures * config.training.share * config.training.epochs
    return START + passes * config.network.multiply_adds / (EFFICIENCY * speed)


def in_words(seconds: float) -> str:
    """A duration, roughly."""
    if seconds < 90:
        return f"{max(round(seconds, -1), 10):.0f} seconds"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def choose_settings() -> None:
    """All settings, grouped by what they are for."""
    settings = current().train

    def start() -> None:
        begin_with(settings, settings.start)

    bound = bind("start", part=settings)
    keep = bound.pop("on_change")

    def keep_and_start() -> None:
        keep()
        start()

    st.selectbox("Start from", list(STARTS), format_func=LABELS.get, on_change=keep_and_start, **bound)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What it sees**")
        st.slider(
            "Share of the training digits",
            1,
            100,
            format="%d%%",
            help="Fewer digits train faster, and the network knows fewer hands.",
            **bind("share", part=settings),
        )
        st.slider(
            "Noise levels in training",
            0.0,
            1.0,
            step=0.05,
            help="Each digit gets Gaussian noise of a level between the two. It learns to remove what it has seen.",
            **bind("sigma", part=settings),
        )
        st.toggle(
            "New noise each time",
            help="Otherwise each digit has one draw of noise for good, which can be learned by heart.",
            **bind("fresh", part=settings),
        )
        st.markdown("**The network**")
        st.slider(
            "Numbers in a code",
            1,
            MOST_LATENT,
            help="Two numbers can be drawn on paper; forty hold almost all of a digit.",
            **bind("latent_dim", part=settings),
        )
        st.text_input(
            "Hidden layers, if not the preset's",
            placeholder="512, 128",
            help="Sizes of dense layers from the pixels to the code; the decoder mirrors them. Empty: the preset's "
            "network.",
            **bind("hidden", part=settings),
        )
    with right:
        st.markdown("**What it minimises**")
        st.select_slider(
            "Weight of the KL term",
            WEIGHTS if settings.kl_weight in WEIGHTS else sorted([*WEIGHTS, settings.kl_weight]),
            help="What a nat of code costs. 0: codes are free, and nothing can be drawn from the prior.",
            **bind("kl_weight", part=settings),
        )
        st.selectbox(
            "Reconstruction loss",
            RECONSTRUCTIONS,
            format_func=LOSSES.get,
            help=f"The logarithm, times {IMAGE_PIXELS // 2}, weighs a picture against nats; the plain error is tiny "
            "beside them, so that a KL weight of 0.001 is large for it.",
            **bind("reconstruction", part=settings),
        )
        st.markdown("**How**")
        st.slider(
            "Epochs", 1, MOST_EPOCHS, help="How often it sees each digit.", **bind("epochs", part=settings)
        )
        st.select_slider(
            "Learning rate",
            RATES if settings.learning_rate in RATES else sorted([*RATES, settings.learning_rate]),
            format_func=lambda rate: f"{rate:g}",
            help="How far each step goes. Too far, and the loss jumps about; too near, and it hardly falls.",
            **bind("learning_rate", part=settings),
        )
        with st.expander("More"):
            st.select_slider(
                "Batch",
                [16, 32, 64, 128, 256, 512],
                help="How many digits share one step.",
                **bind("batch_size", part=settings),
            )
            st.segmented_control(
                "Optimizer",
                ["adam", "muon"],
                required=True,
                format_func=str.capitalize,
                **bind("optimizer", part=settings),
            )
            st.number_input(
                "Seed",
                0,
                MAX_SEED,
                help="What decides the first weights, the order of digits and the noise: the same seed, the same "
                "model.",
                **bind("seed", part=settings),
            )
    st.text_input("Name", max_chars=40, **bind("name", part=settings))


def describe(config: Config, pictures: int) -> str:
    """What is about to be trained and how long that may take, a sentence."""
    used = round(pictures * config.training.share)
    seconds = estimate(config, pictures, speed())
    return (
        f"{config.network.parameters:,} weights, {used:,} digits, {config.training.epochs} epochs: about "
        f"{in_words(seconds)} on this machine, by its speed at a matrix product. Others' trainings come on top."
    )


def problem_of(settings: Train) -> str:
    """What keeps it from being trained, a sentence; "" for nothing."""
    try:
        config_of(settings)
    except ConfigError as error:
        return as_plain_text(str(error))
    return ""
