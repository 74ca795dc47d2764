"""A player for a few dozen frames, with play, pause, speed and position; it needs no server while it
plays."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import streamlit as st

from ui.show.pictures import png, tile

_HTML = """
<section>
<canvas data-part="screen" role="img"></canvas>
<div data-part="controls">
  <label>Position<span data-part="place"></span>
    <input data-part="position" aria-label="Position" type="range" min="0" step="1"></label>
  <label>Speed<span data-part="pace"></span>
    <input data-part="speed" aria-label="Speed" type="range" min="0.25" max="3" step="0.25" value="1"></label>
  <button data-part="play" type="button">▶ Play</button>
</div>
</section>
"""

# On a phone the controls stand beside a small screen, so that both fit above what is chosen from.
_CSS = """
section { display: grid; gap: 0.5rem; }
canvas { width: 100%; display: block; image-rendering: pixelated; border-radius: 4px; background: #000; }
[data-part="controls"] { display: grid; gap: 0.5rem; }
label { display: grid; grid-template-columns: 1fr auto; font-size: 0.875rem; }
label span { font-variant-numeric: tabular-nums; }
input { grid-column: 1 / -1; width: 100%; margin: 0.25rem 0; accent-color: var(--st-primary-color); }
button { font: inherit; font-size: 0.875rem; padding: 0.4rem 0.75rem; cursor: pointer;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.5rem); }
button:focus-visible, input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
@media (max-width: 640px) {
  section { grid-template-columns: 8.5rem 1fr; gap: 1rem; }
  [data-part="controls"] { gap: 0.25rem; }
}
"""

_SCRIPT = Path(__file__).with_name("player.js")


def player(frames: np.ndarray, first: float, last: float, label: str, key: str) -> None:
    """Shows frames that play to and fro without end; a visitor who asks for less motion starts them.

    Args:
        frames: Floats in [0, 1], white on black, (n, h, h), n at least 2.
        first: Where the first frame stands, in standard deviations.
        last: Where the last one does.
        label: What a screen reader says.
        key: Tells players apart.
    """
    sheet = tile(frames, columns=len(frames), gap=0)
    data = {
        "sprite": "data:image/png;base64," + base64.b64encode(png(sheet)).decode(),
        "count": len(frames),
        "size": frames.shape[1],
        "first": first,
        "last": last,
        "label": label,
    }
    mount = st.components.v2.component("player", html=_HTML, css=_CSS, js=_SCRIPT.read_text("utf-8"))
    mount(key=key, data=data)
