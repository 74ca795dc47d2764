"""A model as one page that needs no server: open the file, or put it on any host of static files.

It is made of the JavaScript that runs the model in the app (`vae/js/`) and of a small page of its own (`page/`).
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np

from vae import drawing
from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS
from vae.js import SCRIPTS, join_modules
from vae.packing import floats_as_text, pack

PAGE = Path(__file__).parent / "page"
MODULES = ("kernel", "network", "fetch", "model", "corruptions", "metrics", "drawing")
EXAMPLES, MOST = 2, 20  # Test pictures of each class, and of all.
SLIDERS = 8


@dataclass(frozen=True)
class Start:
    """What the page shows when it is opened.

    Attributes:
        clean: The digit, float32 (28, 28) in [0, 1].
        strokes: Its strokes where it was drawn, each (n, 2), in pixels of the canvas as `vae.drawing` has them.
        corruption: A key of `vae.corruptions.CORRUPTIONS`.
        level: Its level, [0, 1].
        field: The corruption's random field, float32 (28, 28): the page shows this noise until another is drawn.
        hole: Where the hole of "masking" stands, (down, right) in [0, 1].
    """

    clean: np.ndarray
    strokes: Sequence[np.ndarray]
    corruption: str
    level: float
    field: np.ndarray
    hole: tuple[float, float]

    def as_data(self) -> dict[str, object]:
        """The same for the page's script."""
        return {
            "clean": floats_as_text(self.clean),
            "strokes": [np.asarray(stroke).tolist() for stroke in self.strokes],
            "corruption": self.corruption,
            "level": round(float(self.level), 2),
            "field": floats_as_text(self.field),
            "hole": [float(share) for share in self.hole],
        }


def examples(model: Checkpoint) -> np.ndarray:
    """The test pictures that the page shows, of the data that the model was trained on: uint8 (n, 28, 28), n up to 20.

    Raises:
        CheckpointError: They are missing beside the model, or damaged.
    """
    images, labels = model.test_set()
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    rows = [members[n] for n in range(EXAMPLES) for members in classes if n < len(members)]
    return np.round(images[rows[:MOST]] * 255).astype(np.uint8)


def build(model: Checkpoint, start: Start | None = None) -> str:
    """The page as text.

    Args:
        model: Any loaded model.
        start: What it shows when it is opened; its first test picture without one.

    Returns:
        HTML with style, script, weights and test pictures in it; the weights as `vae.packing` packs them.

    Raises:
        CheckpointError: The model's test pictures can't be read.
    """
    noun = "digit" if model.knows_digits else "picture"
    data = {
        "noun": noun,
        "model": base64.b64encode(pack(model)).decode(),
        "digits": base64.b64encode(examples(model).tobytes()).decode(),
        "sliders": SLIDERS,
        "start": None if start is None else start.as_data(),
        "canvasSide": drawing.CANVAS_SIDE,
        "words": {name: getattr(drawing, name).replace("digit", noun) for name in ("SPECK", "BLOB")},
        "corruptions": {
            kind: {"label": corruption.label, "meaning": corruption.meaning, "field": corruption.field}
            for kind, corruption in CORRUPTIONS.items()
        },
    }
    paths = [*(SCRIPTS / f"{name}.js" for name in MODULES), PAGE / "page.js"]
    return Template((PAGE / "page.html").read_text(encoding="utf-8")).substitute(
        NAME=html.escape(model.name),
        NOUN=noun,
        STYLE=(PAGE / "page.css").read_text(encoding="utf-8"),
        SCRIPT=join_modules(paths),
        DATA=json.dumps(data).replace("<", "\\u003c"),  # Lest a "</script>" in it end the script.
    )


def write(model: Checkpoint, path: Path) -> None:
    """Writes the page to one file."""
    path.write_text(build(model), encoding="utf-8")
