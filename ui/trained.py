"""What a model has been trained on, beside what it is asked to do."""

from __future__ import annotations

from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS


def trained_range(model: Checkpoint, corruption: str) -> tuple[float, float] | None:
    """The lowest and highest level of a corruption that a model was trained on; None if it never met it."""
    noise = model.config.noise
    return (noise.sigma_min, noise.sigma_max) if corruption == noise.kind else None


def describe_training(model: Checkpoint, corruption: str) -> str:
    """A sentence, in Markdown, on what the model was trained on and whether the corruption is part of it."""
    noise = model.config.noise
    low, high = f"{noise.sigma_min:g}", f"{noise.sigma_max:g}"
    levels = f"level {low} alone" if low == high else f"levels {low} to {high}"
    sentence = f"**{model.name}** was trained on {CORRUPTIONS[noise.kind].label} only, at {levels}"
    if corruption == noise.kind:
        return f"{sentence}."
    return f"{sentence}. {CORRUPTIONS[corruption].label} is new to it."
