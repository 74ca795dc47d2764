"""A training of one's own: its settings before, and what comes of them, live."""

from __future__ import annotations

import importlib.util

import numpy as np
import streamlit as st

from ui import cache
from ui.show import pictures
from ui.show.pictures import Picture
from ui.show.plain_text import as_plain_text
from ui.state import current
from ui.train.settings import RATES, WEIGHTS, choose_settings, config_of, describe, in_words, problem_of
from ui.train.trainings import Training, TrainingError, Trainings
from ui.train.watch import Story, play_story, show_story
from vae import journal
from vae.config import Config
from vae.inference import VAE

# Seconds between two looks at a training that runs, and at one that waits.
PACE, SLOW = 1.0, 3.0
PICTURES = 60_000


@st.cache_resource(show_spinner=False)
def trainings() -> Trainings:
    """The trainings of this server."""
    return Trainings()


def can_train() -> bool:
    """Whether TensorFlow is installed."""
    return importlib.util.find_spec("tensorflow") is not None


def show_own() -> None:
    """The visitor's training, or what to set before one."""
    training = trainings().of(current().owner)
    if training and not training.outcome:
        _show_running(training)
        return
    if training:
        _show_ended(training)
    if not can_train():
        st.info(
            "Training needs TensorFlow, which isn't installed here: `pip install -r requirements.txt` brings it.",
            icon=":material/info:",
        )
        return
    choose_settings()
    settings = current().train
    if problem := problem_of(settings):
        st.warning(problem)
        return
    config = config_of(settings)
    st.write(describe(config, PICTURES))

    def start() -> None:
        try:
            trainings().start(current().owner, settings.name.strip() or "mine", config, settings.seed)
        except TrainingError as error:
            st.session_state["train.refused"] = str(error)

    st.button("Train", type="primary", icon=":material/play_arrow:", on_click=start)
    if refused := st.session_state.pop("train.refused", ""):
        st.warning(as_plain_text(refused))


def _story_of(training: Training) -> Story:
    try:
        with training.journal.open(encoding="utf-8", errors="replace") as file:
            return Story.of(journal.read(file))
    except OSError:
        return Story()


@st.cache_data(max_entries=16, show_spinner=False)
def _untrained(config: Config, seed: int, latent_dim: int) -> list[tuple[str, np.ndarray]]:
    test = cache._test_digits()
    firsts = test.images[[test.of_class(label)[0] for label in range(10)]]
    vae = VAE.untrained(config.network, seed)
    return [("Test digits", firsts), ("What an untrained network makes of them", vae.denoise(firsts))]


def _show_running(training: Training) -> None:
    waits = not training.is_running

    @st.fragment(run_every=SLOW if waits else PACE)
    def look() -> None:
        if training.outcome or (waits and training.is_running):
            st.rerun()
        if waits:
            before = trainings().before(training)
            st.info(
                f"Another training is running. Yours begins after {before} {'other' if before == 1 else 'others'}; you "
                "may leave this page meanwhile.",
                icon=":material/hourglass_empty:",
            )
            st.button("Don't wait", on_click=trainings().cancel, args=(training,))
            return
        story = _story_of(training)
        if not story.snapshots:
            st.progress(0.0, "TensorFlow is starting, which takes some seconds…")
            rows = _untrained(training.config, training.seed, training.config.network.latent_dim)
            pictures.show_rows(
                {
                    name: [Picture(image, alt=f"{name}, {n}") for n, image in enumerate(images)]
                    for name, images in rows
                }
            )
            return
        _show_progress(story)
        _show_controls(training, story)
        show_story(story, f"train.live.{training.number}")

    st.header(f"Training {as_plain_text(training.name)}")
    look()


def _show_progress(story: Story) -> None:
    total = story.begun["steps"]
    left = story.seconds_left
    epoch = min(story.done // story.begun["epoch"] + 1, total // story.begun["epoch"])
    words = f"Epoch {epoch} of {total // story.begun['epoch']}, step {story.done:,} of {total:,}"
    if story.done >= total:
        words = "All steps are taken; the model is measured and saved"
    elif story.is_paused:
        words += ", paused"
    elif left is not None:
        words += f", about {in_words(left)} left"
    st.progress(min(story.done / total, 1.0), f"{words}.")


def _show_controls(training: Training, story: Story) -> None:
    key = f"train.steer.{training.number}"
    with st.container(horizontal=True):
        if story.is_paused:
            st.button("Go on", icon=":material/play_arrow:", on_click=training.ask, args=({"do": "resume"},))
            st.button("One step", icon=":material/skip_next:", on_click=training.ask, args=({"do": "step"},))
        else:
            st.button("Pause", icon=":material/pause:", on_click=training.ask, args=({"do": "pause"},))
        st.button("Stop and keep", icon=":material/stop:", on_click=trainings().cancel, args=(training,))
    with st.popover("Change it while it trains", icon=":material/tune:"):
        _steer(training, f"{key}.kl", "Weight of the KL term", WEIGHTS, "objective.kl_weight")
        _steer(training, f"{key}.rate", "Learning rate", RATES, "training.learning_rate")

        def change_noise() -> None:
            low, high = st.session_state[f"{key}.sigma"]
            training.ask({"set": {"noise.sigma_min": low, "noise.sigma_max": high}})

        noise = training.config.noise
        st.slider(
            "Noise levels",
            0.0,
            1.0,
            (noise.sigma_min, noise.sigma_max),
            step=0.05,
            key=f"{key}.sigma",
            on_change=change_noise,
        )
        st.caption("It acts from the very next step, and the curves mark where.")


def _steer(training: Training, key: str, label: str, values: list[float], setting: str) -> None:
    section, name = setting.split(".")
    now = getattr(getattr(training.config, section), name)

    def change() -> None:
        training.ask({"set": {setting: st.session_state[key]}})

    st.select_slider(
        label, sorted({*values, now}), now, format_func=lambda value: f"{value:g}", key=key, on_change=change
    )


def _show_ended(training: Training) -> None:
    name = as_plain_text(training.model.name if training.model else training.name)
    if training.model:
        said = (
            "is trained" if training.outcome == "finished" else "was stopped, and what it had learned is kept"
        )
        st.success(f"{name} {said}. It is in your model picker on every page.", icon=":material/check:")

        def use() -> None:
            current().model = str(training.model)
            current().write_address()

        st.button("Use it now", on_click=use, icon=":material/arrow_forward:")
    elif training.outcome == "stopped":
        st.info("It was taken out of the queue, or stopped before it had learned anything.")
    else:
        st.error(f"The training of {name} failed. {as_plain_text(training.reason)}", icon=":material/error:")
    story = _story_of(training)
    if story.snapshots:
        with st.expander("How it went", expanded=True):
            play_story(story, f"train.ended.{training.number}")
