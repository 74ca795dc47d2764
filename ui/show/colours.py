"""The ten colours of the ten digits, the same on every page."""

from __future__ import annotations

# A sequence for ten classes, optimised so that any two of its colours can also be told apart with each of the
# three colour vision deficiencies. Source: Petroff, "Accessible Color Sequences for Data Visualization",
# 2021, table 1.
CLASS_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
