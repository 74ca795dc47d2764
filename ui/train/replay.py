"""How shipped models began to learn, from journals that come with them."""

from __future__ import annotations

import streamlit as st

from ui.state import bind, current
from ui.train.watch import Story, choose_place, chosen_place, show_story
from vae import journal
from vae.checkpoints import model_folder, shipped_models
from vae.errors import CheckpointError

PACE = 0.7


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
    _play(story, f"train.replay.{settings.replay}")


def _play(story: Story, key: str) -> None:
    playing, last = f"{key}.playing", len(story.snapshots) - 1
    is_playing = st.session_state.get(playing, False)

    @st.fragment(run_every=PACE if is_playing else None)
    def moment() -> None:
        if is_playing:
            place = chosen_place(key, last)
            if place == last:
                st.session_state[playing] = False
                st.rerun()
            choose_place(key, place + 1)
        show_story(story, key, is_playing=is_playing)

    def press() -> None:
        st.session_state[playing] = not is_playing
        if not is_playing and chosen_place(key, last) == last:
            choose_place(key, 0)

    words, icon = ("Stop", "stop") if is_playing else ("Play", "play_arrow")
    st.button(words, icon=f":material/{icon}:", on_click=press, key=f"{key}.play")
    moment()
