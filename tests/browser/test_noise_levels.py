"""The page of noise levels in a real browser, on a narrow screen."""

from __future__ import annotations


def open_noise_levels(open_page, width: int = 1280):
    page, watch = open_page("", width)
    if width < 700:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Noise levels").click()
    page.get_by_role("heading", name="How much noise can it take?").wait_for()
    page.get_by_role("heading", name="The path in latent space").wait_for()
    return page, watch


def test_nothing_overflows_a_phone_and_the_charts_are_drawn(open_page):
    page, watch = open_noise_levels(open_page, width=390)
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").nth(2).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert watch.console_errors == []
