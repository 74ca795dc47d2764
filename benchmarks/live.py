"""How live the live views are: from an input event to the painted frame, in a headless Chromium.

Starts the app on a free port, opens it as a visitor does and prints medians and 95th percentiles in
milliseconds, what crosses the wire, and the server's CPU time while ten browsers drag. It needs Playwright's
Python package and a Chromium on the PATH, or named by CHROMIUM.
Run from the repository's root: python -m benchmarks.live
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import CHROMIUM_FLAGS, chromium_path, serving

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
  const { live } = document.documentElement.dataset;
  if (live) window.interactive ??= performance.now(); // The noisy picture follows pen and slider.
  if (live === "running") window.denoising ??= performance.now(); // The denoised one as well.
}).observe(document, { childList: true, attributes: true, subtree: true });
// The first denoised picture, whoever denoised it: the server does while the model is still on its way.
const look = () => {
  const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
  const canvas = roots.map((root) => root.querySelector(".machine .denoised canvas")).find(Boolean);
  const ink = canvas?.getContext("2d").getImageData(0, 0, 28, 28).data.some((value, i) => i % 4 === 0 && value > 128);
  if (ink) window.seen ??= performance.now();
  else setTimeout(look, 30);
};
setTimeout(look, 300);
"""
# A slow line, as Chromium's developer tools make one: 1.5 Mbit/s each way and 150 ms.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.5e6 / 8, "uploadThroughput": 1.5e6 / 8}
SLOW_VISITS = 5


def cpu_seconds(process: int) -> float:
    """CPU time that a process has used, in seconds (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Visit:
    """A page of the app with what it sends over its websocket, in bytes."""

    def __init__(self, browser: Browser, url: str, is_slow: bool = False):
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
        if is_slow:
            line = self.page.context.new_cdp_session(self.page)
            line.send("Network.enable")
            line.send("Network.emulateNetworkConditions", SLOW)
        self.page.set_default_timeout(120_000)
        self.sent: list[int] = []
        self.page.on("websocket", self._watch)
        self.page.add_init_script(MEASURE)
        self.page.goto(url)
        self.page.wait_for_function(RUNNING)
        self.page.wait_for_timeout(1500)

    def _watch(self, connection) -> None:
        connection.on("framesent", lambda frame: self.sent.append(len(frame)))

    def fetched(self) -> list[int]:
        """How large the models were that the browser fetched."""
        return self.page.evaluate(
            "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('.bin'))"
            ".map((e) => e.transferSize).filter((size) => size > 100_000)"
        )

    def opening(self) -> tuple[float, float]:
        """Milliseconds from the heading to a picture that follows the controls, and to a denoised one that does."""
        return self.page.evaluate("[interactive - firstPaint, denoising - firstPaint]")

    def first_picture(self) -> float:
        """Milliseconds from the heading to the first denoised picture."""
        self.page.wait_for_function("window.seen")
        return self.page.evaluate("seen - firstPaint")

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
            (box["x"] + 140 + 80 * np.sin(a), box["y"] + 140 + (40 + 3 * a) * np.cos(0.7 * a)) for a in angles
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


def report(what: str, milliseconds: list[float], sent: int) -> None:
    """Prints one row of the table."""
    median, high = np.percentile(milliseconds, [50, 95])
    print(f"{what:<44}{median:>8.1f}{high:>8.1f}{len(milliseconds):>8}{sent:>10}", flush=True)


def main() -> None:
    """Measures and prints."""
    with serving() as (url, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        print(f"{'input to painted frame, ms':<44}{'median':>8}{'p95':>8}{'events':>8}{'messages':>10}")
        visit = Visit(browser, url)
        report("dragging the noise slider", *visit.drag("Noise level", 5))
        visit.page.wait_for_timeout(1500)
        report("drawing", *visit.draw())
        visit.page.wait_for_timeout(1500)
        visit.page.get_by_role("button", name="Explore").click()
        visit.page.get_by_role("menuitem", name="Latent space").click()
        visit.page.get_by_role("slider", name="Principal component 1", exact=True).wait_for()
        visit.page.wait_for_timeout(3000)
        report("dragging a component's slider", *visit.drag("Principal component 1", 5))
        fetched = visit.fetched()
        print(f"weights over the wire in this visit: {len(fetched)} time(s), {sum(fetched) / 1e6:.2f} MB")
        print("from the heading to the first interactive picture, and to the first denoised one, ms:")
        print(f"{'first visit of all':<44}{visit.opening()[0]:>8.0f}{visit.opening()[1]:>8.0f}")
        visit.page.close()
        openings = []
        for _ in range(VISITS):
            visit = Visit(browser, url)
            openings.append(visit.opening())
            visit.page.close()
        for share in (10, 50, 90):
            interactive, denoising = np.percentile(openings, share, axis=0)
            print(f"{f'{VISITS} more visits, {share}th percentile':<44}{interactive:>8.0f}{denoising:>8.0f}")

        for is_slow, visits in ((False, VISITS), (True, SLOW_VISITS)):
            waits = []
            for _ in range(visits):
                visit = Visit(browser, url, is_slow)
                waits.append(visit.first_picture())
                visit.page.close()
            line = "at 1.5 Mbit/s and 150 ms" if is_slow else "on a fast line"
            what = f"heading to first denoised picture {line}"
            print(f"{what:<62} median {np.median(waits):.0f} ms, at most {max(waits):.0f}")

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
