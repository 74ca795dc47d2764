"""What pictures read as, in words."""

from __future__ import annotations

import numpy as np
import pytest

from ui.show.reading import in_words, reads_as
from vae.checkpoints import load, load_reader, shipped_models
from vae.data import load_mnist


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "over 99%"),
        (0.995, "over 99%"),
        (0.99, "99%"),
        (0.834, "83%"),
        (0.01, "1%"),
        (0.004, "under 1%"),
        (0.0, "under 1%"),
    ],
)
def test_a_share_is_never_called_0_or_100_percent(share, words):
    assert in_words(share) == words


def test_a_caption_names_the_likeliest_digit_and_the_runner_up():
    image = load_mnist("test").images[8]
    probabilities = load_reader().reader.read(image)
    second, first = np.argsort(probabilities)[-2:]
    words = reads_as(load(shipped_models()[0]), image, "Denoised")
    assert words.startswith(f"Denoised. Reads as {first}, ")
    assert f", then {second}, " in words
