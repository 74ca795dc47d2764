"""Records the README's moving picture from the running app: drawing, the noise slider, a slider of the latent space.

It needs Playwright's Python package and a Chromium, as the browser tests do.
Run from the repository's root: python -m docs.tour
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import CHROMIUM_FLAGS, chromium_path, serving

TARGET = Path(__file__).parent / "tour.gif"
WIDTH, HEIGHT, SHOWN = 1100, 700, 720
FRAME_MS, REST_MS = 120, 1200
RUNNING = "document.documentElement.dataset.live === 'running'"
COLOURS = 96


class Recorder:
    """The frames of the picture, each shown for a while."""

    def __init__(self, page: Page):
        self.page, self.frames, self.durations = page, [], []

    def take(self, milliseconds: int = FRAME_MS) -> None:
        """Adds what is on the screen."""
        with Image.open(io.BytesIO(self.page.screenshot())) as shot:
            small = shot.convert("RGB").resize((SHOWN, SHOWN * HEIGHT // WIDTH), Image.Resampling.LANCZOS)
        self.frames.append(small)
        self.durations.append(milliseconds)

    def save(self) -> None:
        """Writes the picture, in one palette, so that nothing flickers."""
        wall = Image.new("RGB", (SHOWN, sum(frame.height for frame in self.frames[::6])))
        for place, frame in enumerate(self.frames[::6]):
            wall.paste(frame, (0, place * frame.height))
        palette = wall.quantize(COLOURS)
        first, *rest = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames)
        first.save(TARGET, save_all=True, append_images=rest, duration=self.durations, loop=0, optimize=True)


def draw_three(recorder: Recorder) -> None:
    """Draws a three, slowly."""
    page = recorder.page
    box = page.locator("canvas.upper-canvas").bounding_box()
    upper = [(140 + 55 * np.sin(a), 95 - 45 * np.cos(a)) for a in np.linspace(-0.9, np.pi, 14)]
    lower = [(140 + 62 * np.sin(a), 190 - 52 * np.cos(a)) for a in np.linspace(0, np.pi + 0.9, 16)]
    points = [(box["x"] + x, box["y"] + y) for x, y in (*upper, *lower)]
    page.mouse.move(*points[0])
    page.mouse.down()
    for n, point in enumerate(points):
        page.mouse.move(*point, steps=2)
        if n % 2 == 0:
            recorder.take()
    page.mouse.up()
    page.wait_for_timeout(800)
    recorder.take(REST_MS)


def drag(recorder: Recorder, slider: str, values: np.ndarray) -> None:
    """Drags a live slider through values."""
    thumb = recorder.page.get_by_role("slider", name=slider).first
    for value in values:
        thumb.evaluate(
            "(s, v) => { s.value = v; s.dispatchEvent(new Event('input')); }", str(round(value, 2))
        )
        recorder.page.wait_for_timeout(60)
        recorder.take()
    thumb.evaluate("s => s.dispatchEvent(new Event('change'))")
    recorder.page.wait_for_timeout(800)
    recorder.take(REST_MS)


def main() -> None:
    """Records the picture and writes it beside this file."""
    with serving() as (url, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(url)
        page.wait_for_function(RUNNING)
        page.wait_for_timeout(1500)
        recorder = Recorder(page)
        recorder.take(REST_MS)
        draw_three(recorder)
        drag(recorder, "Noise level", np.concatenate([np.linspace(0.5, 0.9, 10), np.linspace(0.9, 0.4, 12)]))
        page.get_by_role("button", name="Explore").click()
        page.get_by_role("menuitem", name="Latent space").click()
        page.get_by_role("slider", name="Principal component 1", exact=True).wait_for()
        page.wait_for_timeout(2000)
        recorder.take(REST_MS)
        drag(recorder, "Slant", 2.5 * np.sin(np.linspace(0, 2 * np.pi, 24)))
        recorder.save()
        browser.close()
    print(f"{TARGET.name}: {len(recorder.frames)} frames, {TARGET.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
