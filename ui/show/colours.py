"""The colours of classes, the same on every page: one for each of the ten digits."""

from __future__ import annotations

# A sequence for ten classes, optimised so that any two of its colours can also be told apart with each of the
# three colour vision deficiencies. Source: Petroff, "Accessible Color Sequences for Data Visualization",
# 2021, table 1.
CLASS_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


def class_colours(count: int) -> list[str]:
    """A colour for each class; of more than ten classes some share one."""
    return [CLASS_COLOURS[place % len(CLASS_COLOURS)] for place in range(count)]
