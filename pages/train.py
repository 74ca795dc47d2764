"""Watch a network learn: a shipped model's training played again, and one of one's own, live."""

import streamlit as st

from ui.show.layout import introduce
from ui.show.parts import part
from ui.state import TRAIN_VIEWS, bind, current
from ui.train import ownership
from ui.train.live import show_own
from ui.train.models import show_models
from ui.train.replay import show_replay

LABELS = {"replay": "Watch a shipped model", "own": "Train your own", "models": "Your models"}
SHOW = {"replay": show_replay, "own": show_own, "models": show_models}

state = current()
st.title("Watch it learn")
introduce(
    "A network begins with random weights and paints fog. Each step shows it some digits and moves its weights a "
    "little, so that its loss falls. Watch how a shipped model began, then train one yourself and change one thing."
)
with part("watch"):
    st.segmented_control(
        "What to watch",
        TRAIN_VIEWS,
        format_func=LABELS.get,
        required=True,
        label_visibility="collapsed",
        **bind("view", part=state.train),
    )
with part("training"):
    SHOW[state.train.view]()
ownership.keep_in_browser(state.owner)
