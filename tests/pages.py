"""How tests run a page without a browser, draw on its canvas and read its pictures."""

from __future__ import annotations

import base64
import html
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest
from ui.state import State

ROOT = Path(__file__).parents[1]


def run_page(name: str = "denoise") -> AppTest:
    """The app, opened and switched to a page of `pages/`, with Streamlit's own widgets in place of live views."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["state"] = State(live=False)
    app.run()
    return app if name == "denoise" else app.switch_page(f"pages/{name}.py").run()


def draw(app: AppTest, ink: np.ndarray, key: str = "canvas-0") -> AppTest:
    """Puts ink, uint8 (h, w), on the canvas as the browser would send it, and reruns the page."""
    pixels = np.full((*ink.shape, 4), 255, np.uint8)
    pixels[..., 3] = ink
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    data = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    stroke = {"type": "path", "path": [["M", 1, 1], ["L", 2, 2]]}
    app.session_state[key] = {"drawing": {"raw": {"objects": [stroke]}, "data": data}}
    return app.run()


def pictures(app: AppTest) -> dict[str, np.ndarray]:
    """Every picture on the page by its alternative text, as uint8 arrays."""
    found = {}
    for element in app.get("html"):
        for data, alt in re.findall(r'src="data:image/png;base64,([^"]+)" alt="([^"]*)"', element.proto.body):
            found[html.unescape(alt)] = np.array(Image.open(io.BytesIO(base64.b64decode(data))))
    return found


def messages(app: AppTest) -> str:
    """All that the page says in boxes, captions and paragraphs."""
    kinds = (app.error, app.warning, app.info, app.caption, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)
