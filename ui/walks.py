"""Where a visitor stands in the latent space: the explorer's sliders and the way there, and the traversals'
rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from vae.latent import PrincipalComponents

REACH = 3.0  # How far sliders and traversals go, in standard deviations.
STEP = 0.05  # A slider's step, likewise.

Start = Literal["digit", "noisy", "mean", "test", "prior"]


@dataclass
class Explorer:
    """Where the sliders of the principal components stand.

    A slider's position is a coordinate in standard deviations. At the start each stands at the start's own
    coordinate, rounded to a slider's step and within its reach; only how far a slider has moved from there
    changes the code. So what no slider holds, and what rounding cuts off, stays as it is.

    Attributes:
        start: What the sliders start from.
        test_index: Which test digit that is, where it is one.
        seed: What decides the random draw, where it is one.
        shown: How many sliders are shown, the strongest components first.
        focus: The components that are shown before these, from 0.
        code: The start's code, (latent_dim,), or None before the first visit.
        origin: Where the sliders stand at the start, (latent_dim,).
        positions: Where they stand now, (latent_dim,).
        history: Earlier positions, the latest last.
    """

    start: Start = "digit"
    test_index: int = 0
    seed: int = 0
    shown: int = 10
    focus: tuple[int, ...] = ()
    code: np.ndarray | None = None
    origin: np.ndarray = field(default_factory=lambda: np.zeros(0))
    positions: np.ndarray = field(default_factory=lambda: np.zeros(0))
    history: list[np.ndarray] = field(default_factory=list)

    def begin(self, code: np.ndarray, components: PrincipalComponents) -> None:
        """Starts from a code, (latent_dim,), unless the sliders have started from it already."""
        if self.code is not None and np.array_equal(code, self.code):
            return
        reached = np.clip(components.standardise(code[None])[0], -REACH, REACH)
        self.code, self.origin = code, np.round(np.round(reached / STEP) * STEP, 2)
        self.positions, self.history = self.origin.copy(), []
        self.focus = tuple(component for component in self.focus if component < len(code))

    @property
    def listed(self) -> list[int]:
        """The components that have a slider, in the order in which they are shown."""
        strongest = range(min(self.shown, len(self.positions)))
        return [*self.focus, *(component for component in strongest if component not in self.focus)]

    def moved(self, component: int) -> bool:
        """Whether a component's slider stands elsewhere than at the start."""
        return bool(self.positions[component] != self.origin[component])

    def current_code(self, components: PrincipalComponents) -> np.ndarray:
        """The code where the sliders stand now, (latent_dim,)."""
        return components.move(self.code, self.positions - self.origin)

    def put(self, component: int, position: float) -> None:
        """Moves one slider."""
        positions = self.positions.copy()
        positions[component] = position
        self._go(positions)

    def reset(self, component: int | None = None) -> None:
        """Moves one slider back to the start, or all of them."""
        if component is None:
            self._go(self.origin.copy())
        else:
            self.put(component, self.origin[component])

    def undo(self) -> None:
        """Takes the last move back."""
        if self.history:
            self.positions = self.history.pop()

    def _go(self, positions: np.ndarray) -> None:
        if not np.array_equal(positions, self.positions):
            self.history.append(self.positions)
            self.positions = positions


@dataclass
class Traversals:
    """Which traversals are on show.

    Attributes:
        basis: Along the principal components, or along the raw latent dimensions.
        around: What every row passes through in its middle.
        rows: How many rows.
        row: The place of the one shown large, from 0.
    """

    basis: Literal["components", "dimensions"] = "components"
    around: Literal["digit", "mean"] = "digit"
    rows: int = 10
    row: int = 0
