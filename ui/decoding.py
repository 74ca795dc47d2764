"""Decoded pictures that are asked for again at every rerun."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.codes import BY_WEIGHTS
from vae.checkpoints import Checkpoint


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_WEIGHTS)
def decode_rows(model: Checkpoint, codes: np.ndarray) -> np.ndarray:
    """Rows of codes (k, n, latent_dim) as rows of pictures (k, n, 28, 28), decoded as one batch."""
    return model.vae.decode(codes.reshape(-1, codes.shape[-1])).reshape(*codes.shape[:2], 28, 28)
