"""A pen for the tests that draw on the canvas, and eyes for what the live views show."""

from __future__ import annotations

import numpy as np

CANVAS = "canvas.upper-canvas"
SEVEN = ((80, 80), (200, 80), (130, 230))
RUNNING = "document.documentElement.dataset.live === 'running'"
_SHADES = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
  .filter((_, i) => i % 4 === 0)"""
_INK = """() => {
  const canvases = [...document.querySelectorAll(".st-key-pad *")]
    .map((host) => host.shadowRoot?.querySelector("canvas.dc-canvas.lower-canvas")).filter(Boolean);
  const [canvas] = canvases;
  if (!canvas) return -1;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length;
}"""


def draw_stroke(page, points=SEVEN) -> None:
    """Draws through points (x, y) in pixels from the canvas's upper left corner, and leaves the pen down."""
    canvas, (x, y) = page.locator(CANVAS), points[0]
    wait_until_it_stands_still(page, canvas)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)


def draw(page, *strokes) -> None:
    """Draws strokes, the seven if not told otherwise, and waits until the server has heard of all of them."""
    for points in strokes or (SEVEN,):
        address = page.url
        draw_stroke(page, points)
        page.mouse.up()
        page.wait_for_url(lambda url, before=address: url != before)
    settle(page)


def wait_until_it_stands_still(page, element) -> None:
    """While a page opens, what comes in above an element moves it: a stroke would begin beside the canvas."""
    before, now = None, element.bounding_box()
    while now != before:
        page.wait_for_timeout(250)
        before, now = now, element.bounding_box()


def settle(page) -> None:
    """Waits until the live views run and no rerun is under way."""
    page.wait_for_function(RUNNING)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(300)


def drown(page) -> None:
    """Moves Streamlit's own slider of the noise to its end by a key, again if a rerun has put another in its place."""
    drowned = page.locator('img[alt^="Noisy, level 1.00"]')
    for _ in range(6):
        page.wait_for_selector("[data-test-script-state=notRunning]")
        page.get_by_role("slider", name="Noise level").press("End")
        for _ in range(20):
            if drowned.count():
                return
            page.wait_for_timeout(250)
    raise AssertionError("The noisy picture does not follow the slider.")


def shown(page, label: str) -> np.ndarray:
    """A live picture by a part of its accessible name, as floats in [0, 1]."""
    canvas = page.locator(f'.live canvas[aria-label*="{label}"]').first
    return np.array(canvas.evaluate(_SHADES)).reshape(28, 28) / 255


def ink(page) -> int:
    """How many of the canvas's pixels are inked."""
    return page.evaluate(_INK)


def digit_name(page) -> str:
    """What the bench says of the digit."""
    return page.locator(".digit-name").inner_text()
