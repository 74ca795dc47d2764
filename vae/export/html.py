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

from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS
from vae.data import load_mnist
from vae.js import SCRIPTS, join_modules
from vae.packing import pack

PAGE = Path(__file__).parent / "page"
MODULES = ("kernel", "network", "fetch", "model", "noise", "metrics")
EXAMPLES = 2  # Test digits of each kind.
SLIDERS = 8


def examples() -> np.ndarray:
    """The test digits that the page shows: uint8 (20, 28, 28), two of each kind."""
    images, labels = load_mnist("test")
    rows = [np.flatnonzero(labels == label)[n] for n in range(EXAMPLES) for label in np.unique(labels)]
    return np.round(images[rows] * 255).astype(np.uint8)


def build(model: Checkpoint) -> str:
    """The page as text.

    Args:
        model: Any loaded model.

    Returns:
        HTML with style, script, weights and test digits in it; the weights as `vae.packing` packs them.
    """
    data = {
        "model": base64.b64encode(pack(model)).decode(),
        "digits": base64.b64encode(examples().tobytes()).decode(),
        "sliders": SLIDERS,
        "corruptions": {
            kind: {"label": corruption.label, "meaning": corruption.meaning, "field": corruption.field}
            for kind, corruption in CORRUPTIONS.items()
        },
    }
    paths = [*(SCRIPTS / f"{name}.js" for name in MODULES), PAGE / "page.js"]
    return Template((PAGE / "page.html").read_text(encoding="utf-8")).substitute(
        NAME=html.escape(model.name),
        STYLE=(PAGE / "page.css").read_text(encoding="utf-8"),
        SCRIPT=join_modules(paths),
        DATA=json.dumps(data).replace("<", "\\u003c"),  # Lest a "</script>" in it end the script.
    )


def write(model: Checkpoint, path: Path) -> None:
    """Writes the page to one file."""
    path.write_text(build(model), encoding="utf-8")
