"""The test digits' codes under a model, computed once for all visitors."""

from __future__ import annotations

import streamlit as st

from ui import mnist
from vae.checkpoints import Checkpoint
from vae.inference import Posterior

# Caches tell models apart by what training made of them, so that a replaced model counts as a new one.
BY_WEIGHTS = {Checkpoint: lambda model: model.digest}


@st.cache_resource(show_spinner="Encoding the test digits…", max_entries=4, hash_funcs=BY_WEIGHTS)
def test_codes(model: Checkpoint) -> Posterior:
    """The posteriors of all 10,000 clean test digits, shared by all sessions, so never written to."""
    codes = model.vae.encode(mnist.test_digits().images)
    for array in codes:
        array.setflags(write=False)
    return codes
