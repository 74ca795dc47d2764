"""How live the live views are: from an input event to the painted frame, in a headless Chromium.

Starts the app on a free port, opens it as a visitor does and prints medians and 95th percentiles in
milliseconds, what crosses the wire, and the server's CPU time while ten browsers drag. It needs Playwright's
Python package and a Chromium on the PATH, or named by CHROMIUM.
Run from the repository's root: python -m benchmarks.live
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
RUNNING = "document.documentElement.dataset.live === 'running'"
PAUSE = 0.016  # Seconds between two moves of the mouse: one a frame.
BROWSERS, DRAG_SECONDS = 10, 10
VISITS = 15

# A frame is painted when a message that was posted inside its animation frame arrives. The view has asked for
# that frame already, for the event is watched here as it bubbles up.
MEASURE = """
window.delays = [];
const painted = (event) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => delays.push(performance.now() - event.timeStamp);
  port2.postMessage(null);
});
window.addEventListener("input", painted);
window.addEventListener("pointermove", (event) => {
  if (event.buttons && event.composedPath()[0].tagName === "CANVAS") painted(event);
});
new MutationObserver(() => {
  if (document.querySelector("h1")) window.firstPaint ??= performance.now();
  if (document.documentElement.dataset.live === "running") window.interactive ??= performance.now();
}).observe(document, { childList: true, attributes: true, subtree: true });
"""


@contextmanager
def running_app() -> Iterator[tuple[str, int]]:
    """The app on a free port of this machine: its address and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        while server.poll() is None:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield url, server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


def cpu_seconds(process: int) -> float:
    """CPU time that a process has used, in seconds (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Visit:
    """A page of the app with what it sends over its websocket and what it fetches of models, in bytes."""

    def __init__(self, browser: Browser, url: str):
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.set_default_timeout(120_000)
        self.sent: list[int] = []
        self.fetched: list[int] = []
        self.page.on("websocket", self._watch)
        self.page.on("response", self._note)
        self.page.add_init_script(MEASURE)
        self.page.goto(url)
        self.page.wait_for_function(RUNNING)
        self.page.wait_for_timeout(1500)

    def _watch(self, connection) -> None:
        connection.on("framesent", lambda frame: self.sent.append(len(frame)))

    def _note(self, response) -> None:
        if response.url.endswith(".bin"):
            self.fetched.append(len(response.body()))

    def drag(self, slider: str, seconds: float) -> tuple[list[float], int]:
        """Drags a slider to and fro: delays in milliseconds, and how many messages were sent meanwhile."""
        thumb = self.page.get_by_role("slider", name=slider, exact=True)
        thumb.scroll_into_view_if_needed()
        box = thumb.bounding_box()
        middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(middle, y)
        self.page.mouse.down()
        sent, start = len(self.sent), time.monotonic()
        self.page.evaluate("delays.length = 0")
        while (passed := time.monotonic() - start) < seconds:
            self.page.mouse.move(middle + 0.4 * box["width"] * np.sin(2 * passed), y)
            time.sleep(PAUSE)
        sent = len(self.sent) - sent
        self.page.mouse.up()
        return self.page.evaluate("delays"), sent

    def draw(self) -> tuple[list[float], int]:
        """Draws one long stroke; returns what `drag` does."""
        box = self.page.locator("canvas.upper-canvas").bounding_box()
        angles = np.linspace(0, 6 * np.pi, 200)
        points = [
            (box["x"] + 140 + 80 * np.sin(a), box["y"] + 175 + (40 + 3 * a) * np.cos(0.7 * a)) for a in angles
        ]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        sent = len(self.sent)
        self.page.evaluate("delays.length = 0")
        for point in points:
            self.page.mouse.move(*point)
            time.sleep(PAUSE)
        sent = len(self.sent) - sent
        self.page.mouse.up()
        return self.page.evaluate("delays"), sent


def first_picture(browser: Browser, url: str) -> float:
    """Milliseconds from the heading to the first picture that follows pen and slider, with nothing cached."""
    visit = Visit(browser, url)
    milliseconds = visit.page.evaluate("interactive - firstPaint")
    visit.page.close()
    return milliseconds


def report(what: str, milliseconds: list[float], sent: int) -> None:
    """Prints one row of the table."""
    median, high = np.percentile(milliseconds, [50, 95])
    print(f"{what:<44}{median:>8.1f}{high:>8.1f}{len(milliseconds):>8}{sent:>10}", flush=True)


def main() -> None:
    """Measures and prints."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with running_app() as (url, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        print(f"{'input to painted frame, ms':<44}{'median':>8}{'p95':>8}{'events':>8}{'messages':>10}")
        visit = Visit(browser, url)
        first = visit.page.evaluate("interactive - firstPaint")
        report("dragging the noise slider", *visit.drag("Noise level", 5))
        visit.page.wait_for_timeout(1500)
        report("drawing", *visit.draw())
        visit.page.wait_for_timeout(1500)
        visit.page.get_by_role("link", name="Latent space").click()
        visit.page.get_by_role("slider", name="Principal component 1", exact=True).wait_for()
        visit.page.wait_for_timeout(3000)
        report("dragging a component's slider", *visit.drag("Principal component 1", 5))
        fetched = visit.fetched
        print(f"weights over the wire in this visit: {len(fetched)} time(s), {sum(fetched) / 1e6:.2f} MB")
        print(
            f"from the heading to the first denoised picture that follows, first visit of all: {first:.0f} ms"
        )
        visit.page.close()
        firsts = [first_picture(browser, url) for _ in range(VISITS)]
        low, median, high = np.percentile(firsts, [10, 50, 90])
        print(
            f"the same, {VISITS} more visits: {median:.0f} ms (10th to 90th percentile: {low:.0f} to {high:.0f})"
        )

        others = [Visit(browser, url) for _ in range(BROWSERS)]
        boxes = [v.page.get_by_role("slider", name="Noise level").bounding_box() for v in others]
        for v, box in zip(others, boxes, strict=True):
            v.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            v.page.mouse.down()
        idle = cpu_seconds(server)
        time.sleep(DRAG_SECONDS)
        idle = cpu_seconds(server) - idle
        busy, start = cpu_seconds(server), time.monotonic()
        while (passed := time.monotonic() - start) < DRAG_SECONDS:
            for v, box in zip(others, boxes, strict=True):
                x = box["x"] + box["width"] * (0.5 + 0.4 * np.sin(2 * passed))
                v.page.mouse.move(x, box["y"] + box["height"] / 2)
        busy = cpu_seconds(server) - busy
        print(
            f"server CPU time in {DRAG_SECONDS} s: {1000 * busy:.0f} ms with {BROWSERS} browsers dragging, "
            f"{1000 * idle:.0f} ms with them idle"
        )
        browser.close()


if __name__ == "__main__":
    main()
