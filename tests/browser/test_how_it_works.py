"""The lesson in Chromium: sampling again moves its own part alone, steps begin at their top, a phone is wide enough."""

from __future__ import annotations

import pytest

from ui.how_it_works.steps import NAMES
from ui.state import STEPS

BARS = "[...document.querySelectorAll('[aria-label^=\"The drawn code\"] i.tick')]"
TICKS = f"{BARS}.map(tick => tick.style.top).join()"
LIST_AND_HEADING = "[...document.querySelectorAll('.st-key-how_it_works-lesson-step, #uses')]"
PLACES = f"{LIST_AND_HEADING}.map(element => element.getBoundingClientRect())"


def test_sampling_again_moves_the_drawn_code_and_leaves_the_rest(open_page):
    page, watch = open_page()
    page.get_by_role("link", name="How it works").click()
    page.get_by_role("radio", name="Sampling").click()
    page.wait_for_selector("#sampling")
    page.wait_for_function(f"{BARS}.length == 40")
    # What is not drawn again keeps a mark that the server knows nothing of.
    page.evaluate("document.querySelectorAll('h1, #sampling').forEach(e => { e.dataset.kept = '' })")
    ticks, mean = page.evaluate(TICKS), page.get_by_alt_text("From the mean").get_attribute("src")
    assert ticks.count("%") == 40
    page.get_by_role("button", name="Sample again").click()
    page.wait_for_function(f"{TICKS} !== '{ticks}'")
    assert page.get_by_alt_text("From the mean").get_attribute("src") == mean
    assert page.locator("[data-kept]").count() == 2
    assert watch.foreign_requests == []
    assert watch.console_errors == []


@pytest.mark.parametrize("width", [390, 1366])
def test_next_step_begins_beneath_the_contents_list_which_stays_in_sight(open_page, width):
    page, _ = open_page("how_it_works?step=noise", width=width)
    page.wait_for_selector("#noise")
    page.get_by_role("button", name="Next: Uses").click()
    page.wait_for_selector("#uses")
    beneath = "list.top >= 0 && list.bottom <= heading.top + 1 && heading.top < 450"
    page.wait_for_function(f"(([list, heading]) => {beneath})({PLACES})")
    page.mouse.move(width / 2, 700)
    page.mouse.wheel(0, 600)
    page.wait_for_function(
        f"(([list, heading]) => list.top >= 0 && list.top < 100 && heading.top < 0)({PLACES})"
    )


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(open_page, dark):
    page, _ = open_page("how_it_works", width=390, dark=dark)
    for step in STEPS:
        if step != STEPS[0]:
            # By its name: while a step is still made, the last one's button stands there yet.
            page.get_by_role("button", name=f"Next: {NAMES[step]}").click()
        page.wait_for_selector(f"#{step}", state="attached")
        if step == "loss":
            page.wait_for_selector("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas")
        page.wait_for_selector(":is(.network, .bars, .digits, .clouds)")
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
        pictures = (
            "[...document.querySelectorAll('[data-testid=stMain] :is(img, canvas, .bars, .clouds, figure)')]"
        )
        assert page.evaluate(f"Math.max(...{pictures}.map(e => e.getBoundingClientRect().right))") <= 390
