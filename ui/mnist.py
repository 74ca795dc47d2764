"""The 10,000 test digits, read once for all visitors."""

from __future__ import annotations

import numpy as np
import streamlit as st

from vae.data import Digits, load_mnist


@st.cache_resource(show_spinner="Reading the test digits…")
def test_digits() -> Digits:
    """MNIST's test set; shared by all sessions, so never written to."""
    digits = load_mnist("test")
    for array in digits:
        array.setflags(write=False)
    return digits


TEST_COUNT = 10_000


def test_digit(index: int) -> tuple[np.ndarray, int]:
    """One test digit, float32 (28, 28), and its label."""
    digits = test_digits()
    return digits.images[index], int(digits.labels[index])


@st.cache_resource
def indices_of(label: int) -> np.ndarray:
    """The numbers of all test digits of one class."""
    return np.flatnonzero(test_digits().labels == label)
