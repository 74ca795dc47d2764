"""A model as one page that needs no server: open the file, or put it on any host of static files.

It is made of the JavaScript that runs the model in the app (`vae/js/`) and of a small page of its own (`page/`).
"""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from string import Template

import numpy as np

from vae import drawing
from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS
from vae.js import SCRIPTS, join_modules
from vae.packing import pack

PAGE = Path(__file__).parent / "page"
MODULES = ("kernel", "network", "fetch", "model", "corruptions", "metrics", "drawing")
EXAMPLES, MOST = 2, 20  # Test pictures of each class, and of all.
SLIDERS = 8


def examples(model: Checkpoint) -> np.ndarray:
    """The test pictures that the page shows, of the data that the model was trained on: uint8 (n, 28, 28), n up to 20.

    Raises:
        CheckpointError: They are missing beside the model, or damaged.
    """
    images, labels = model.test_set()
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    rows = [members[n] for n in range(EXAMPLES) for members in classes if n < len(members)]
    return np.round(images[rows[:MOST]] * 255).astype(np.uint8)


def build(model: Checkpoint) -> str:
    """The page as text.

    Args:
        model: Any loaded model.

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
