"""What pictures read as, in words that Python and JavaScript share."""

from __future__ import annotations

import numpy as np

from ui import cache
from vae.checkpoints import Checkpoint
from vae.reader import reading

# Templates: {digit} and {share} come in.
WORDS = {
    "first": "Reads as {digit}, {share}",
    "second": "then {digit}, {share}",
    "most": "over 99%",
    "least": "under 1%",
    # Beneath the slider of the noise.
    "run": "reads as {digit}",
    "scale": "As the noise rises, the denoised digit reads as {parts}.",
    "turn": "{digit} from level {level}",
}
# Below the first a share is "the least", from the second on "the most".
ENDS = (0.01, 0.995)


def in_words(share: float) -> str:
    """A probability as a whole percentage, which is never 0 or 100."""
    least, most = ENDS
    if share >= most:
        return WORDS["most"]
    return WORDS["least"] if share < least else f"{share:.0%}"


def reads_as(model: Checkpoint, image: np.ndarray, caption: str) -> str:
    """A picture's caption with what it reads as and the runner-up, where there is a reader of the model's pictures.

    Args:
        model: Who made the picture.
        image: float32 (28, 28).
        caption: What it is.
    """
    reader = cache.reader_of(model)
    if reader is None:
        return caption
    first, confidence, second, runner_up = (value[0] for value in reading(reader.reader.read(image[None])))
    likeliest = WORDS["first"].format(digit=first, share=in_words(confidence))
    return f"{caption}. {likeliest}, {WORDS['second'].format(digit=second, share=in_words(runner_up))}"
