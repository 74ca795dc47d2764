"""What a visitor has chosen on the map, in the generator and in the anomaly detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

End = Literal["digit", "test"]


@dataclass
class MapChoices:
    """How the test digits are laid out.

    Attributes:
        layout: By t-SNE or by the two strongest principal components; or what is decoded on the latter's
            plane.
        through: What the decoded plane passes through.
    """

    layout: Literal["tsne", "components", "plane"] = "tsne"
    through: Literal["mean", "digit"] = "mean"


@dataclass
class GenerateChoices:
    """What is made from codes.

    Attributes:
        what: Draws, a walk from one digit to another, or sums of digits.
        temperature: The standard deviation of the draws, in the source's own units.
        seed: What decides the draws.
        source: The prior, or a Gaussian fitted to the codes.
        start: Where the walk starts: my digit or a test digit.
        start_index: Which test digit.
        end: Where it ends, likewise.
        end_index: Which test digit.
        path: The way between.
        fraction: How far along it the large picture stands, [0, 1].
        example: The test digit that is added, -1 until one has been chosen by its slant.
        reference: The one that is subtracted, likewise.
        subject: The one that it is done to, likewise.
        strength: How many times it is done.
    """

    what: Literal["draw", "morph", "sum"] = "draw"
    temperature: float = 1.0
    seed: int = 0
    source: Literal["prior", "codes"] = "prior"
    start: End = "digit"
    start_index: int = 0
    end: End = "test"
    end_index: int = 1
    path: Literal["straight", "spherical"] = "straight"
    fraction: float = 0.5
    example: int = -1
    reference: int = -1
    subject: int = -1
    strength: float = 1.0


@dataclass
class AnomalyChoices:
    """What is judged.

    Attributes:
        what: "digit", my digit; "noisy", the same, noisy; or a key of `vae.nondigits.NON_DIGITS`.
        seed: Which of the non-digits.
    """

    what: str = "digit"
    seed: int = 0
