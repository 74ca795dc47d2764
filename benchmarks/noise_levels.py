"""How fast the page of noise levels repaints, beside an otherwise empty Streamlit page with one `st.image`.

Both run here and are driven by Chromium in turns, so that whatever else the machine does weighs on both.
Run from the repository's root: python -m benchmarks.noise_levels
"""

from __future__ import annotations

import statistics

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import CHROMIUM_FLAGS, chromium_path, serving, serving_empty_page

PRESSES = 20
# From the key press to the frame after the one in which the picture changed and was decoded: the last such frame, for a
# view may paint in several. A picture is an <img> of the page, or, of a live view, a <canvas> in its shadow root.
WATCH = """([selector]) => {
  const find = () => document.querySelector(selector)
    ?? [...document.querySelectorAll("*")].map((e) => e.shadowRoot?.querySelector(selector)).find(Boolean);
  const look = () => {
    const picture = find();
    if (picture?.tagName === "IMG") return picture.complete && picture.naturalWidth ? picture.src : null;
    const pixels = picture?.getContext("2d").getImageData(0, 0, picture.width, picture.height).data;
    return pixels?.[3] ? String(pixels) : null;
  };
  let seen = look();
  window.repainted = new Promise((done, fail) => addEventListener("keydown", () => {
    const start = performance.now();
    let changed = null;
    const frame = (time) => {
      const now = look();
      if (changed === "now") changed = time;
      if (now && now !== seen) [seen, changed] = [now, "now"];
      if (changed > 0 && time - changed > 300) done(changed - start);
      else if (time - start > 20_000) fail(new Error(`Nothing changed in ${selector}.`));
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }, { once: true, capture: true }));
}"""
STRIP = ".strip > :nth-child(3) canvas"
LIVE = "document.documentElement.dataset.live === 'running'"


def settle(page: Page) -> None:
    """Waits until the page has run to its end."""
    page.wait_for_timeout(300)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=120_000)


def repaint(page: Page, slider: str, picture: str, key: str) -> float:
    """Milliseconds from a key press on a slider to the changed picture on the screen."""
    page.get_by_role("slider", name=slider).first.focus()
    page.evaluate(WATCH, [picture])
    page.keyboard.press(key)
    milliseconds = page.evaluate("window.repainted")
    settle(page)
    return milliseconds


def measure(empty_url: str, app_url: str) -> dict[str, list[float]]:
    """Milliseconds of each repaint, by slider; the empty page's come first."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        empty, app = (browser.new_page() for _ in range(2))
        for page in (empty, app):
            page.set_default_timeout(180_000)
        empty.goto(empty_url)
        app.goto(app_url)
        app.wait_for_function(LIVE)
        settle(app)
        app.get_by_role("link", name="Noise levels").first.click()
        app.get_by_role("heading", name="The path in latent space").wait_for()
        app.wait_for_function(LIVE)
        for page in (empty, app):
            settle(page)
        sliders = {
            "an empty page, one st.image": (empty, "Level", "[data-testid=stImage] img"),
            "how many levels": (app, "How many levels", STRIP),
            "from level": (app, "From level", STRIP),
            "noise level, first picture": (
                app,
                "Noise level",
                '.results canvas[aria-label*="noisy, level"]',
            ),
            "noise level, last picture": (app, "Noise level", 'canvas[aria-label^="Standard deviation"]'),
        }
        times: dict[str, list[float]] = {name: [] for name in sliders}
        for press in range(PRESSES + 2):
            key = ("ArrowRight", "ArrowLeft")[press % 2]
            for name, (page, slider, picture) in sliders.items():
                page.bring_to_front()
                milliseconds = repaint(page, slider, picture, key)
                if press >= 2:  # The first ones warm up.
                    times[name].append(milliseconds)
        browser.close()
    return times


def main() -> None:
    """Measures and prints."""
    with serving_empty_page() as (empty_url, _), serving() as (app_url, _):
        times = measure(empty_url, app_url)
    base = statistics.median(next(iter(times.values())))
    print(f"{'slider':<32}{'median ms':>10}{'p95 ms':>10}{'ratio':>8}")
    for name, values in times.items():
        median, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        print(f"{name:<32}{median:>10.0f}{p95:>10.0f}{median / base:>8.2f}")


if __name__ == "__main__":
    main()
