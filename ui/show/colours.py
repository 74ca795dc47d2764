"""The colours of classes, the same on every page, and those of models in charts."""

from __future__ import annotations

# A sequence for ten classes, optimised so that any two of its colours can also be told apart with each of the
# three colour vision deficiencies. Source: Petroff, "Accessible Color Sequences for Data Visualization",
# 2021, table 1.
CLASS_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip

# Readable on white and on black.
MODEL_COLOURS = ("#4c78d8", "#2fa56b", "#9a6fd8", "#d0588c", "#a8842c", "#2b98a8")


def class_colours(count: int) -> list[str]:
    """A colour for each class; of more than ten classes some share one."""
    return [CLASS_COLOURS[place % len(CLASS_COLOURS)] for place in range(count)]


def model_colours(count: int) -> list[str]:
    """A colour for each of several models that are compared; of more than six some share one."""
    return [MODEL_COLOURS[place % len(MODEL_COLOURS)] for place in range(count)]
