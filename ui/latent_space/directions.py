"""Directions to walk the latent space along: a model's principal components, or its raw dimensions."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from vae.checkpoints import Checkpoint
from vae.latent import dimension_directions
from vae.metrics import ACTIVE_VARIANCE

Basis = Literal["components", "dimensions"]


class Direction(NamedTuple):
    """One direction.

    Attributes:
        name: The name of a file about it, "component-1".
        label: What it is called, with how much it carries: "PC 1 · 9.8%", or "z 17 · 2.31 nats".
        dead: Whether the codes hardly vary along it.
        vector: One standard deviation along it, (latent_dim,).
        leans_on: The principal components that it consists of, the foremost first, from 0.
    """

    name: str
    label: str
    dead: bool
    vector: np.ndarray
    leans_on: tuple[int, ...]

    @property
    def title(self) -> str:
        """The label, which says so where the direction is dead."""
        return f"{self.label} · dead" if self.dead else self.label


def directions(model: Checkpoint, basis: Basis) -> list[Direction]:
    """All directions of a basis: components by their variance, dimensions by their KL, the largest first."""
    components = model.components
    if basis == "components":
        dead, vectors = components.variances <= ACTIVE_VARIANCE, components.directions
        return [
            Direction(
                f"component-{i + 1}",
                f"PC {i + 1} · {percent(share)}",
                bool(dead[i]),
                vectors[i],
                (i,),
            )
            for i, share in enumerate(components.explained_variance_ratio)
        ]
    dead, vectors = components.dimension_variances <= ACTIVE_VARIANCE, dimension_directions(components)
    # Along the components' axes, a dimension's squared entries add up to 1: they are the components' shares
    # in it.
    leans_on = np.argsort(-(components.components**2), axis=0, kind="stable")[:3]
    return [
        Direction(
            f"dimension-{i + 1}",
            f"z {i + 1} · {model.kl[i]:.2f} nats",
            bool(dead[i]),
            vectors[i],
            tuple(map(int, leans_on[:, i])),
        )
        for i in np.argsort(-model.kl, kind="stable")
    ]


def percent(share: float) -> str:
    """A share, with one decimal place."""
    return f"{share:.1%}" if share >= 0.001 else "below 0.1%"
