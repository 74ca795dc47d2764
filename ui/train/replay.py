"""How shipped models began to learn, from journals that come with them."""

from __future__ import annotations

import streamlit as st

from ui.state import bind, current
from ui.train.watch import Story, play_story
from vae import journal
from vae.checkpoints import model_folder, shipped_models
from vae.errors import CheckpointError


@st.cache_resource(show_spinner=False)
def _story(name: str) -> Story | None:
    try:
        return Story.of(journal.read_file(model_folder(name) / journal.FILE))
    except CheckpointError:
        return None


def replayed() -> dict[str, Story]:
    """The shipped models whose training can be watched, by name."""
    stories = {name: _story(name) for name in shipped_models()}
    return {name: story for name, story in stories.items() if story and story.snapshots}


def show_replay() -> None:
    """A shipped model's training, moment by moment."""
    stories, settings = replayed(), current().train
    if not stories:
        st.info("There is no recorded training to watch.", icon=":material/movie:")
        return
    if settings.replay not in stories:
        settings.replay = next(iter(stories))
    st.segmented_control("Model", list(stories), required=True, **bind("replay", part=settings))
    story = stories[settings.replay]
    epochs = story.begun["steps"] // story.begun["epoch"]
    seen = len(story.epochs)
    st.caption(
        f"The first {seen} of {epochs} epochs of its training, recorded."
        if seen < epochs
        else f"All {epochs} epochs of its training, recorded."
    )
    play_story(story, f"train.replay.{settings.replay}")
