"""The lesson in a real browser: sampling again moves its own section alone, and a phone is wide enough."""

from __future__ import annotations

import pytest

BARS = "[...document.querySelectorAll('[aria-label^=\"The drawn code\"] i.tick')]"
TICKS = f"{BARS}.map(tick => tick.style.top).join()"
SAMPLE = "document.querySelector('img[alt=\"Sample 1 of notebook\"]').src"


def test_sampling_again_moves_the_drawn_code_and_leaves_the_rest(open_page):
    page, watch = open_page()
    page.get_by_role("link", name="How it works").click()
    page.wait_for_selector("#uses", state="attached")
    ticks, sample = page.evaluate(TICKS), page.evaluate(SAMPLE)
    assert ticks.count("%") == 40
    page.get_by_role("button", name="Sample again").first.click()
    page.wait_for_function(f"{TICKS} !== '{ticks}'")
    assert page.evaluate(SAMPLE) == sample
    assert watch.foreign_requests == []
    assert watch.console_errors == []


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(open_page, dark):
    page, _ = open_page("how_it_works", width=390, dark=dark)
    page.wait_for_selector("#uses", state="attached")
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    pictures = (
        "[...document.querySelectorAll('[data-testid=stMain] :is(img, canvas, .bars, .clouds, figure)')]"
    )
    assert page.evaluate(f"Math.max(...{pictures}.map(e => e.getBoundingClientRect().right))") <= 390
