"""How tests run a page without a browser, draw on its canvas and read its pictures."""

from __future__ import annotations

import base64
import html
import io
import itertools
import re
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from ui.state import State

ROOT = Path(__file__).parents[1]


class _Pages(PagesManager):
    """AppTest forgets at each run that the app has a navigation of its own, and would run a page without `app.py`. What
    it forgets is this class's; a server never does."""


app_test.PagesManager = _Pages


def run_page(name: str = "denoise") -> AppTest:
    """The app, opened and switched to a page of `pages/`, with Streamlit's own widgets in place of live views."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["state"] = State(live=False)
    app.run()
    return app if name == "denoise" else app.switch_page(f"pages/{name}.py").run()


SEVEN = ((80, 80), (200, 80), (130, 230))


def record(*strokes: tuple[tuple[float, float], ...]) -> dict:
    """What the canvas sends of strokes that a pen has drawn: curves whose controls are the pen's points."""
    paths = []
    for points in strokes:
        path = [["M", *points[0]]]
        for (x, y), (next_x, next_y) in itertools.pairwise(points):
            path.append(["Q", x, y, (x + next_x) / 2, (y + next_y) / 2])
        paths.append({"type": "Path", "path": [*path, ["L", *points[-1]]]})
    return {"objects": paths}


def draw(app: AppTest, *strokes: tuple[tuple[float, float], ...]) -> AppTest:
    """Draws strokes on the canvas, and reruns the page."""
    app.session_state["canvas"] = {"drawing": {"raw": record(*strokes), "data": None}}
    return app.run()


def pictures(app: AppTest) -> dict[str, np.ndarray]:
    """Every picture on the page by its alternative text, as uint8 arrays."""
    found = {}
    for element in app.get("html"):
        for data, alt in re.findall(r'src="data:image/png;base64,([^"]+)" alt="([^"]*)"', element.proto.body):
            found[html.unescape(alt)] = np.array(Image.open(io.BytesIO(base64.b64decode(data))))
    return found


def messages(app: AppTest) -> str:
    """All that the page says in boxes, captions and paragraphs, its introduction too."""
    kinds = (app.error, app.warning, app.info, app.caption, app.markdown)
    html_bodies = (element.proto.body for element in app.get("html"))
    introduced = [body for body in html_bodies if 'class="about-page"' in body]
    return "\n".join([*(element.value for kind in kinds for element in kind), *introduced])
