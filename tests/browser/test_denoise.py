"""The landing page in a real browser: drawing with the mouse, moving the slider, going and coming back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.pen import draw_stroke


def picture(page, alt_start: str) -> np.ndarray:
    """A live picture on the page by the start of its accessible name, as floats in [0, 1]."""
    red = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    return (
        np.array(page.locator(f'canvas[aria-label^="{alt_start}"]').first.evaluate(red)).reshape(28, 28) / 255
    )


def wait_for_drawing(page) -> None:
    page.wait_for_selector('canvas[aria-label^="My drawing"]')
    page.wait_for_function("document.documentElement.dataset.live === 'running'")
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")


def test_drawn_seven_is_denoised_and_follows_the_slider(open_page):
    page, watch = open_page()
    draw_stroke(page)
    page.mouse.up()
    wait_for_drawing(page)
    clean, before = picture(page, "My drawing"), picture(page, "Denoised")
    noisy = picture(page, "Noisy, level 0.50")
    assert ((before - clean) ** 2).mean() < ((noisy - clean) ** 2).mean()
    slider = page.get_by_role("slider", name="Noise level")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    page.wait_for_selector('canvas[aria-label^="Noisy, level 0.70"]')
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    after, noisier = picture(page, "Denoised"), picture(page, "Noisy, level 0.70")
    assert np.abs(after - before).max() > 0.05
    assert ((after - clean) ** 2).mean() < ((noisier - clean) ** 2).mean()
    assert watch.foreign_requests == []
    assert watch.console_errors == []


def test_drawing_comes_back_after_a_visit_to_another_page(open_page):
    page, watch = open_page()
    draw_stroke(page)
    page.mouse.up()
    wait_for_drawing(page)
    clean = picture(page, "My drawing")
    page.get_by_role("link", name="Traversals").click()
    page.wait_for_function("!document.querySelector('.st-key-live-denoise')")
    page.get_by_test_id("stSidebarNavLink").first.click()
    wait_for_drawing(page)
    np.testing.assert_array_equal(picture(page, "My drawing"), clean)
    # The strokes themselves are back on the canvas, not only what the model saw of them.
    pixels = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
    ink = f"{pixels}.filter((value, i) => i % 4 == 3 && value).length"
    assert page.locator("canvas.dc-canvas.lower-canvas").evaluate(ink) > 500
    assert watch.console_errors == []


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(open_page, dark):
    page, _ = open_page(width=390, dark=dark)
    page.wait_for_selector('canvas[aria-label^="Denoised"]')
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
